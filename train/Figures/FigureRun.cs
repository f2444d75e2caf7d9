using System.Globalization;
using System.Text.Json.Nodes;
using GradientDynamics.CommandLine;
using GradientDynamics.Statistics;
using GradientDynamics.Train.Training;

namespace GradientDynamics.Train.Figures;

/// <summary>A run as figures read it. One that has not ended has its lines of metrics only.</summary>
internal sealed record FigureRun(RunDirectory Directory, RunRecord Record)
{
    private IReadOnlyList<EpochFigures>? _metrics;

    /// <summary>The configuration.</summary>
    public RunConfig Configuration => Record.Configuration;

    /// <summary>How it ended.</summary>
    /// <exception cref="CommandException">It has not.</exception>
    public RunResult Result => Record.Result ?? throw new CommandException(ExitCode.File, $"{Directory.Path}: the run has not ended; gd-train fit --resume takes it to its end.");

    /// <summary>Reads every run in folders: a folder with run.json is a run, and others are searched for runs, in the order of their names.</summary>
    /// <exception cref="CommandException">A folder holds no run.</exception>
    public static IReadOnlyList<FigureRun> ReadAll(IReadOnlyList<string> folders)
    {
        List<FigureRun> runs = [];
        foreach (string folder in folders)
        {
            string[] found = File.Exists(RunDirectory.At(folder).RunFile)
                ? [folder]
                : System.IO.Directory.Exists(folder)
                    ? [.. System.IO.Directory.EnumerateFiles(folder, RunDirectory.RunFileName, SearchOption.AllDirectories).Select(file => Path.GetDirectoryName(file)!).Order(StringComparer.Ordinal)]
                    : [];
            if (found.Length == 0)
            {
                throw new CommandException(ExitCode.File, $"--runs: {folder} holds no run; accepted are run directories of gd-train fit, or folders of them.");
            }

            runs.AddRange(found.Select(Read));
        }

        return runs;
    }

    /// <summary>Lines of metrics.jsonl, which is read once: a figure draws several curves of them.</summary>
    /// <exception cref="InvalidDataException">A line is not readable; the message names it.</exception>
    public IReadOnlyList<EpochFigures> Metrics() => _metrics ??= [.. EpochFigures.Read(Directory.MetricsFile)];

    private static FigureRun Read(string folder)
    {
        (RunDirectory directory, RunRecord record) = RunDirectory.Read(folder);
        return new(directory, record);
    }
}

/// <summary>Runs of the same configuration but for the seed.</summary>
internal sealed record RunGroup(string Name, IReadOnlyList<FigureRun> Runs)
{
    /// <summary>Groups in the order in which their first runs stand. A group is called what its directories are called before a last number, or else by the settings in which it differs from others.</summary>
    public static IReadOnlyList<RunGroup> Of(IReadOnlyList<FigureRun> runs)
    {
        (string Text, Dictionary<string, string> Leaves, FigureRun[] Runs)[] groups = [.. runs
            .GroupBy(run => Comparable(run.Configuration).ToJsonString())
            .Select(group => (group.Key, Leaves(JsonNode.Parse(group.Key)), group.ToArray()))];
        string?[] stems = [.. groups.Select(group => Stem(group.Runs))];
        bool named = stems.All(stem => stem is not null) && stems.Distinct(StringComparer.Ordinal).Count() == stems.Length;
        string[] differing = [.. groups.SelectMany(group => group.Leaves.Keys).Distinct(StringComparer.Ordinal)
            .Where(key => groups.Select(group => group.Leaves.GetValueOrDefault(key)).Distinct(StringComparer.Ordinal).Count() > 1)];
        return [.. groups.Select((group, index) => new RunGroup(named ? stems[index]! : string.Join(", ", differing.Where(group.Leaves.ContainsKey).Select(key => $"{key} {group.Leaves[key]}")), group.Runs))];
    }

    /// <summary>Mean and sample standard deviation of a number of each run; 0 for a single one.</summary>
    public (double Mean, double Deviation) Over(Func<FigureRun, double> number) => Spread([.. Runs.Select(number)]);

    /// <summary>Mean and sample standard deviation; 0 for a single value.</summary>
    public static (double Mean, double Deviation) Spread(double[] values)
    {
        Sample sample = Sample.Of(values);
        return (sample.Mean, sample.Count < 2 ? 0 : sample.StandardDeviation);
    }

    private static JsonObject Comparable(RunConfig config)
    {
        JsonObject json = JsonNode.Parse(ConfigurationFile.Write(config))!.AsObject();
        json.Remove("seed");
        json.Remove("threads");
        return json;
    }

    private static Dictionary<string, string> Leaves(JsonNode? root)
    {
        Dictionary<string, string> leaves = new(StringComparer.Ordinal);
        void Add(JsonNode? node, string path)
        {
            switch (node)
            {
                case JsonObject members:
                    foreach ((string key, JsonNode? value) in members)
                    {
                        Add(value, path.Length == 0 ? key : $"{path}.{key}");
                    }

                    break;
                case JsonArray items:
                    leaves[path] = items.ToJsonString();
                    break;
                default:
                    leaves[path] = node?.ToString() ?? "null";
                    break;
            }
        }

        Add(root, "");
        return leaves;
    }

    private static string? Stem(FigureRun[] runs)
    {
        string[] stems = [.. runs.Select(run => Path.GetFileName(run.Directory.Path).TrimEnd([.. "0123456789"]).TrimEnd('-', '_')).Distinct(StringComparer.Ordinal)];
        return stems is [{ Length: > 0 } only] ? only : null;
    }
}

/// <summary>A figure of each evaluation over the epochs of a run.</summary>
internal static class EpochCurve
{
    /// <summary>Mean over the runs of a group, at the epochs that all of them evaluated, and the sample standard deviation.</summary>
    public static Curve Of(string label, RunGroup group, int color, Func<IReadOnlyDictionary<string, double>, double?> number)
    {
        Dictionary<int, double>[] curves = [.. group.Runs.Select(run => Points(run, number))];
        int[] epochs = [.. curves[0].Keys.Where(epoch => curves.All(curve => curve.ContainsKey(epoch))).Order()];
        (double Mean, double Deviation)[] points = [.. epochs.Select(epoch => RunGroup.Spread([.. curves.Select(curve => curve[epoch])]))];
        return new(label, [.. epochs.Select(epoch => (double)epoch)], [.. points.Select(point => point.Mean)], color)
        {
            Deviation = group.Runs.Count > 1 ? [.. points.Select(point => point.Deviation)] : null,
        };
    }

    /// <summary>The number at each evaluated epoch that has it.</summary>
    public static Dictionary<int, double> Points(FigureRun run, Func<IReadOnlyDictionary<string, double>, double?> number)
    {
        Dictionary<int, double> points = [];
        foreach (EpochFigures line in run.Metrics())
        {
            if (number(line.Values) is { } value)
            {
                points[line.Epoch] = value;
            }
        }

        return points;
    }

    /// <summary>The share of the test set that is classified wrongly, or null where it was not evaluated.</summary>
    public static double? TestError(IReadOnlyDictionary<string, double> figures) => figures.TryGetValue("test/average_accuracy", out double accuracy) ? 1 - accuracy : null;

    /// <summary>A number as tables print it.</summary>
    public static string Text(double value, string format = "F3") => value.ToString(format, CultureInfo.InvariantCulture);
}
