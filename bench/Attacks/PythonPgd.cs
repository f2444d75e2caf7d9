using System.Globalization;
using System.Runtime.InteropServices;

namespace GradientDynamics.Bench.Attacks;

/// <summary>The same PGD in PyTorch (<c>pgd.py</c>), on inputs that it reads from a file.</summary>
internal sealed class PythonPgd : IDisposable
{
    private readonly string _inputs = Path.GetTempFileName();
    private readonly PythonProcess _process;

    /// <summary>Starts the process and waits until it is ready.</summary>
    public PythonPgd(string python, AttackComparison.Trial trial, float[] inputs, double epsilon)
    {
        File.WriteAllBytes(_inputs, MemoryMarshal.AsBytes(inputs.AsSpan()));
        string[] numbers = [.. new double[] { trial.Examples, trial.Side, trial.Steps, epsilon, Environment.ProcessorCount }.Select(number => number.ToString(CultureInfo.InvariantCulture))];
        try
        {
            _process = new(python, "pgd.py", [trial.Name, _inputs, .. numbers], "--python none leaves it out");
        }
        catch
        {
            File.Delete(_inputs);
            throw;
        }
    }

    /// <summary>One turn; its seconds.</summary>
    public double Turn() => _process.Turn("go");

    public void Dispose()
    {
        _process.Dispose();
        File.Delete(_inputs);
    }
}
