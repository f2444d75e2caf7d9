using System.Text;
using System.Text.Json;
using GradientDynamics.CommandLine;

namespace GradientDynamics.Train.Sweeps;

/// <summary>The trials of a sweep, one a line. A trial is known by its id; its place among the lines is its number for a cluster's job array.</summary>
public sealed class TrialPlan
{
    private static readonly JsonSerializerOptions LineOptions = new(ConfigurationFile.Options) { WriteIndented = false };

    /// <summary>A plan of trials.</summary>
    public TrialPlan(IReadOnlyList<Trial> trials) => Trials = trials;

    /// <summary>The trials, in the order of their lines.</summary>
    public IReadOnlyList<Trial> Trials { get; }

    /// <summary>Reads a plan.</summary>
    /// <exception cref="CommandException">The file is missing, empty or has a line that is no trial; the message names the line.</exception>
    public static TrialPlan Read(string path)
    {
        string[] lines = ReadLines(path);
        List<Trial> trials = new(lines.Length);
        HashSet<string> ids = [];
        foreach ((int number, string line) in lines.Index())
        {
            Trial trial = Parse(line, $"{path}, line {number + 1}");
            if (!TrialName.IsValid(trial.Id))
            {
                throw new CommandException(ExitCode.Configuration, $"{path}, line {number + 1}: the id '{trial.Id}' is no file name; {TrialName.Accepted}.");
            }

            if (!ids.Add(trial.Id))
            {
                throw new CommandException(ExitCode.Configuration, $"{path}, line {number + 1}: the id '{trial.Id}' stands twice; accepted is each once.");
            }

            trials.Add(trial);
        }

        return trials.Count > 0 ? new(trials) : throw new CommandException(ExitCode.Configuration, $"{path}: has no trials; accepted is a plan that gd-train sweep plan has written.");
    }

    /// <summary>The plan as text.</summary>
    public string ToText()
    {
        StringBuilder text = new();
        foreach (Trial trial in Trials)
        {
            text.Append(JsonSerializer.Serialize(trial, LineOptions)).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>One trial as its line.</summary>
    internal static string Line(Trial trial) => JsonSerializer.Serialize(trial, LineOptions);

    // A plan is long, and the strict reader, which finds out what is wrong, slow: it reads only what is wrong.
    private static Trial Parse(string line, string source)
    {
        try
        {
            return JsonSerializer.Deserialize<Trial>(line, LineOptions) ?? ConfigurationFile.Parse<Trial>(line, source, []);
        }
        catch (JsonException)
        {
            return ConfigurationFile.Parse<Trial>(line, source, []);
        }
    }

    private static string[] ReadLines(string path)
    {
        try
        {
            return [.. File.ReadLines(path).Where(line => line.Length > 0)];
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new CommandException(ExitCode.Configuration, $"{path}: no such plan; gd-train sweep plan writes one.", error);
        }
        catch (UnauthorizedAccessException error)
        {
            throw new CommandException(ExitCode.Configuration, $"{path}: {(Directory.Exists(path) ? "is a directory; accepted is a plan" : error.Message)}", error);
        }
    }
}
