using System.Diagnostics;
using System.Globalization;

namespace GradientDynamics.Bench.Training;

/// <summary>The same training step in PyTorch, in a process of its own (<c>training.py</c>): it waits until it is told to take one.</summary>
internal sealed class PythonStep : IDisposable
{
    private readonly Process _process;

    /// <summary>Starts the process and waits until it is ready.</summary>
    public PythonStep(string python, string network, int threads)
    {
        string[] arguments = [Path.Combine(AppContext.BaseDirectory, "training.py"), network, threads.ToString(CultureInfo.InvariantCulture)];
        _process = Process.Start(new ProcessStartInfo(python, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        string? ready = _process.StandardOutput.ReadLine();
        if (ready?.StartsWith("ready", StringComparison.Ordinal) != true)
        {
            Dispose();
            throw new InvalidOperationException($"{python} did not start PyTorch's side; --python names another interpreter, which needs torch and torchvision.");
        }

        Version = ready["ready ".Length..];
    }

    /// <summary>PyTorch's version.</summary>
    public string Version { get; }

    /// <summary>One step; its milliseconds.</summary>
    public double Step()
    {
        _process.StandardInput.WriteLine("step");
        _process.StandardInput.Flush();
        return 1000 * double.Parse(_process.StandardOutput.ReadLine() ?? throw new InvalidOperationException("PyTorch's side ended before its step."), CultureInfo.InvariantCulture);
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }
}
