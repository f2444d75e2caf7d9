using System.Diagnostics;
using System.Globalization;
using GradientDynamics.Train;

namespace GradientDynamics.Bench;

/// <summary>The same work in PyTorch, by a script in a process of its own: it writes one line when it is ready, and then waits until it is told to take a turn.</summary>
internal sealed class PythonProcess : IDisposable
{
    private readonly Process _process;

    /// <summary>Starts the process and waits until it is ready.</summary>
    /// <param name="python">The interpreter.</param>
    /// <param name="script">Name of the script beside the benchmark.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="hint">What a user can do where it does not start.</param>
    public PythonProcess(string python, string script, IEnumerable<string> arguments, string hint)
    {
        ProcessStartInfo start = new(python, [Path.Combine(AppContext.BaseDirectory, script), .. arguments]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        // PyTorch starts as its users start it; the setting of the allocator is gd-train's.
        start.Environment.Remove(LargePages.TunablesVariable);
        _process = Process.Start(start)!;
        string? ready = _process.StandardOutput.ReadLine();
        if (ready?.StartsWith("ready", StringComparison.Ordinal) != true)
        {
            Dispose();
            throw new InvalidOperationException($"{python} did not start PyTorch's side; {hint}.");
        }

        Version = ready["ready".Length..].TrimStart();
    }

    /// <summary>What it said of itself when it was ready: PyTorch's version.</summary>
    public string Version { get; }

    /// <summary>One turn; its seconds.</summary>
    /// <param name="command">What the script is told.</param>
    public double Turn(string command)
    {
        _process.StandardInput.WriteLine(command);
        _process.StandardInput.Flush();
        return double.Parse(_process.StandardOutput.ReadLine() ?? throw new InvalidOperationException("PyTorch's side ended before its turn."), CultureInfo.InvariantCulture);
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }
}
