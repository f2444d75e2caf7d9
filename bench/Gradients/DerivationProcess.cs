using System.Diagnostics;
using System.Globalization;
using GradientDynamics.Onnx.Gradients;
using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Bench.Gradients;

/// <summary>What reading a model file and deriving its companion costs a process that does nothing else: seconds, and its largest resident memory as the system counts it.</summary>
internal static class DerivationProcess
{
    /// <summary>The comparison's name on the command line of the process that is measured.</summary>
    public const string Name = "derive";

    private const double Mebibyte = 1 << 20;

    /// <summary>Writes the model to a file, has it derived by another process, and prints what that process took.</summary>
    public static void Measure(string name, OnnxGraph model, InputGradientOptions options)
    {
        string file = Path.GetTempFileName();
        try
        {
            OnnxModelFile.Write(model, file);
            double size = new FileInfo(file).Length / Mebibyte;

            // Where `dotnet` runs this program, it is told which.
            string host = Environment.ProcessPath!;
            string[] program = Path.GetFileNameWithoutExtension(host) == "dotnet" ? [Environment.GetCommandLineArgs()[0]] : [];
            string[] cut = options.Cut is { } value ? [value] : [];
            using Process process = Process.Start(new ProcessStartInfo(host, [.. program, Name, file, .. cut]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
            string[] times = (process.StandardOutput.ReadLine() ?? "").Split(' ');

            // The process waits for its input to end, so that it is still there to be looked at.
            process.Refresh();
            double peak = process.PeakWorkingSet64 / Mebibyte;
            process.StandardInput.Close();
            process.WaitForExit();
            Console.WriteLine($"{name,-18} file {size,6:F1} MiB: reading {times[0]} s, deriving {times[1]} s, writing {times[2]} s; peak {peak:F0} MiB, {peak / size:F2} files");
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>The process that is measured: reads, derives, writes the companion to nowhere, and waits.</summary>
    public static Task<int> RunAsync(string[] args)
    {
        long started = Stopwatch.GetTimestamp();
        OnnxGraph model = OnnxModelFile.Read(args[0]);
        double reading = Stopwatch.GetElapsedTime(started).TotalSeconds;
        started = Stopwatch.GetTimestamp();
        OnnxGraph companion = InputGradientGraph.Derive(model, new() { Cut = args.Length > 1 ? args[1] : null });
        double deriving = Stopwatch.GetElapsedTime(started).TotalSeconds;
        started = Stopwatch.GetTimestamp();
        OnnxModelFile.Write(companion, Stream.Null);
        double writing = Stopwatch.GetElapsedTime(started).TotalSeconds;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{reading:F2} {deriving:F2} {writing:F2}"));
        Console.In.ReadToEnd();
        return Task.FromResult(0);
    }
}
