using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace GradientDynamics.Bench.Attacks;

/// <summary>The same PGD in PyTorch, in a process of its own (<c>pgd.py</c>): it waits until it is told to take a turn.</summary>
internal sealed class PythonPgd : IDisposable
{
    private readonly string _inputs = Path.GetTempFileName();
    private readonly Process _process;

    /// <summary>Starts the process and waits until it is ready.</summary>
    public PythonPgd(string python, AttackComparison.Trial trial, float[] inputs, double epsilon)
    {
        File.WriteAllBytes(_inputs, MemoryMarshal.AsBytes(inputs.AsSpan()));
        string[] arguments =
        [
            Path.Combine(AppContext.BaseDirectory, "pgd.py"), trial.Name, _inputs,
            .. new double[] { trial.Examples, trial.Side, trial.Steps, epsilon, Environment.ProcessorCount }.Select(number => number.ToString(CultureInfo.InvariantCulture)),
        ];
        _process = Process.Start(new ProcessStartInfo(python, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        string? ready = _process.StandardOutput.ReadLine();
        if (ready?.StartsWith("ready", StringComparison.Ordinal) != true)
        {
            Dispose();
            throw new InvalidOperationException($"{python} did not start PyTorch's side (--python none leaves it out).");
        }
    }

    /// <summary>One turn; its seconds.</summary>
    public double Turn()
    {
        _process.StandardInput.WriteLine("go");
        _process.StandardInput.Flush();
        return double.Parse(_process.StandardOutput.ReadLine() ?? throw new InvalidOperationException("PyTorch's side ended before its turn."), CultureInfo.InvariantCulture);
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
        File.Delete(_inputs);
    }
}
