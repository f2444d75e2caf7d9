using System.Text;
using System.Text.Json;
using GradientDynamics.CommandLine;

namespace GradientDynamics.Train.Training;

/// <summary>The files of a run and how they come to be.</summary>
internal sealed class RunDirectory
{
    internal static readonly JsonSerializerOptions LineOptions = new(ConfigurationFile.Options) { WriteIndented = false, IgnoreReadOnlyProperties = false };

    /// <summary>Name of <see cref="RunFile"/>, which makes a folder a run directory.</summary>
    internal const string RunFileName = "run.json";

    private RunDirectory(string path) => Path = path;

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>What the run is and how it ended.</summary>
    public string RunFile => System.IO.Path.Combine(Path, RunFileName);

    /// <summary>One line per evaluation.</summary>
    public string MetricsFile => System.IO.Path.Combine(Path, "metrics.jsonl");

    /// <summary>The selected model.</summary>
    public string ModelFile => System.IO.Path.Combine(Path, "model.onnx");

    /// <summary>The state after the last evaluation.</summary>
    public string LastCheckpoint => System.IO.Path.Combine(Path, "checkpoint", "last.safetensors");

    /// <summary>The state after the best evaluation.</summary>
    public string BestCheckpoint => System.IO.Path.Combine(Path, "checkpoint", "best.safetensors");

    /// <summary>TensorBoard's files.</summary>
    public string EventFolder => System.IO.Path.Combine(Path, "tensorboard");

    /// <summary>The files of a run in a folder, whether or not there is one.</summary>
    public static RunDirectory At(string path) => new(System.IO.Path.GetFullPath(path));

    /// <summary>A folder for a new run, which the first file creates, or, to resume, one that a run has left.</summary>
    /// <exception cref="CommandException">The folder is not empty, or, to resume, is no run directory.</exception>
    public static RunDirectory Open(string path, bool resume)
    {
        RunDirectory run = At(path);
        bool empty = !Directory.Exists(run.Path) || !Directory.EnumerateFileSystemEntries(run.Path).Any();
        if (File.Exists(run.Path))
        {
            throw new CommandException(ExitCode.Configuration, $"{path}: is a file; accepted is a new or empty folder.");
        }

        if (!empty && !resume)
        {
            throw new CommandException(ExitCode.Configuration, $"{path}: exists and is not empty; accepted is a new or empty folder, or --resume to continue the run in it.");
        }

        if (!empty && !File.Exists(run.RunFile))
        {
            throw new CommandException(ExitCode.Configuration, $"{path}: has no run.json, so there is no run to resume; accepted is a run directory, or a new or empty folder.");
        }

        return run;
    }

    /// <summary>The record of an existing run.</summary>
    /// <exception cref="InvalidDataException">run.json is missing or not readable; the message names it.</exception>
    public static (RunDirectory Directory, RunRecord Record) Read(string path)
    {
        RunDirectory run = At(path);
        if (!File.Exists(run.RunFile))
        {
            throw new FileNotFoundException($"{run.RunFile}: no such file; accepted is a folder that gd-train fit has written.", run.RunFile);
        }

        return (run, run.ReadRecord());
    }

    /// <summary>Reads run.json.</summary>
    /// <exception cref="InvalidDataException">It is not readable; the message names it.</exception>
    public RunRecord ReadRecord()
    {
        try
        {
            return ConfigurationFile.Read<RunRecord>(RunFile, []);
        }
        catch (CommandException error)
        {
            throw new InvalidDataException(error.Message, error);
        }
    }

    /// <summary>Writes run.json.</summary>
    public void WriteRecord(RunRecord record) => AtomicFile.WriteText(RunFile, ConfigurationFile.Write(record));

    /// <summary>Adds a line to metrics.jsonl.</summary>
    public void AppendMetrics(EpochMetrics metrics)
    {
        using FileStream file = new(MetricsFile, FileMode.Append, FileAccess.Write, FileShare.Read);
        file.Write(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(metrics, LineOptions) + "\n"));
    }

    /// <summary>Removes the lines of metrics.jsonl after an epoch, which a resumed run writes again, and a last line that was cut off.</summary>
    public void TruncateMetrics(int lastEpoch)
    {
        if (File.Exists(MetricsFile))
        {
            string[] kept = [.. File.ReadLines(MetricsFile).TakeWhile(line => EpochOf(line) is { } epoch && epoch <= lastEpoch)];
            AtomicFile.WriteText(MetricsFile, string.Concat(kept.Select(line => line + "\n")));
        }
    }

    private static int? EpochOf(string line)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(line);
            return document.RootElement.GetProperty("epoch").GetInt32();
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
