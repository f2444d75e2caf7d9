using System.Text.Json;
using GradientDynamics.CommandLine;
using GradientDynamics.Train.Training;

namespace GradientDynamics.Train.Sweeps;

/// <summary>The files of a sweep: plan.jsonl, and for each trial runs/ID (its run directory), trials/ID.json (how it ended) and logs/ID.log.</summary>
internal sealed class SweepFolder
{
    private SweepFolder(string path, TrialPlan plan)
    {
        FolderPath = path;
        Plan = plan;
    }

    /// <summary>The folder.</summary>
    public string FolderPath { get; }

    /// <summary>The sweep's trials.</summary>
    public TrialPlan Plan { get; }

    /// <summary>The plan's file.</summary>
    public string PlanFile => PlanIn(FolderPath);

    /// <summary>Held by whoever runs trials on this machine.</summary>
    public string LockFile => Path.Combine(FolderPath, "sweep.lock");

    /// <summary>The run directory of a trial.</summary>
    public RunDirectory RunOf(Trial trial) => RunDirectory.At(Path.Combine(FolderPath, "runs", trial.Id));

    /// <summary>What the trial's process said.</summary>
    public string LogOf(Trial trial) => Path.Combine(FolderPath, "logs", $"{trial.Id}.log");

    /// <summary>How the trial ended.</summary>
    public string OutcomeFileOf(Trial trial) => Path.Combine(FolderPath, "trials", $"{trial.Id}.json");

    /// <summary>The configuration that the trial's process reads.</summary>
    public string ConfigurationOf(Trial trial) => Path.Combine(FolderPath, "trials", $"{trial.Id}.configuration.json");

    /// <summary>Held by the trial's process as long as it lives.</summary>
    public string LockOf(Trial trial) => Path.Combine(FolderPath, "trials", $"{trial.Id}.lock");

    /// <summary>A folder for a plan: new, empty, or one that has the plan's trials already, or some of them.</summary>
    /// <exception cref="CommandException">The folder has something else.</exception>
    public static SweepFolder Open(string path, TrialPlan plan)
    {
        SweepFolder folder = new(Path.GetFullPath(path), plan);
        if (File.Exists(folder.FolderPath))
        {
            throw new CommandException(ExitCode.Configuration, $"{path}: is a file; accepted is a new or empty folder, or that of this sweep.");
        }

        if (!File.Exists(folder.PlanFile))
        {
            if (Directory.Exists(folder.FolderPath) && Directory.EnumerateFileSystemEntries(folder.FolderPath).Any())
            {
                throw new CommandException(ExitCode.Configuration, $"{path}: is not empty and has no plan.jsonl; accepted is a new or empty folder, or that of this sweep.");
            }

            AtomicFile.WriteText(folder.PlanFile, plan.ToText());
            return folder;
        }

        TrialPlan before = TrialPlan.Read(folder.PlanFile);
        Dictionary<string, string> lines = plan.Trials.ToDictionary(trial => trial.Id, TrialPlan.Line);
        foreach (Trial trial in before.Trials)
        {
            if (!lines.TryGetValue(trial.Id, out string? line))
            {
                throw new CommandException(ExitCode.Configuration, $"{path}: has the trial {trial.Id}, which the plan has not; accepted is the plan that this folder was begun with, or one with more trials.");
            }

            if (line != TrialPlan.Line(trial))
            {
                throw new CommandException(ExitCode.Configuration, $"{path}: has the trial {trial.Id} with other settings than the plan; accepted is the plan that this folder was begun with, or one with more trials.");
            }
        }

        if (plan.Trials.Count > before.Trials.Count)
        {
            AtomicFile.WriteText(folder.PlanFile, plan.ToText());
        }

        return folder;
    }

    /// <summary>The folder that a plan was read from.</summary>
    public static SweepFolder Of(string path, TrialPlan plan) => new(Path.GetFullPath(path), plan);

    /// <summary>The folder of a sweep that was begun.</summary>
    /// <exception cref="CommandException">It is none.</exception>
    public static SweepFolder Read(string path)
    {
        string full = Path.GetFullPath(path);
        return File.Exists(PlanIn(full))
            ? new(full, TrialPlan.Read(PlanIn(full)))
            : throw new CommandException(ExitCode.File, $"{path}: {(Directory.Exists(full) ? "has no plan.jsonl" : "no such folder")}; accepted is a folder that gd-train sweep run has written.");
    }

    /// <summary>How a trial's last attempt ended; null where none ended. A run directory with a result is done, whatever else there is.</summary>
    public TrialOutcome? OutcomeOf(Trial trial)
    {
        string file = OutcomeFileOf(trial);
        TrialOutcome? outcome = File.Exists(file) ? ReadOutcome(file) : null;
        return outcome?.State != TrialState.Done && ResultOf(trial) is not null
            ? new() { Id = trial.Id, State = TrialState.Done, ExitCode = (int)ExitCode.Done, Reason = null, Attempts = outcome?.Attempts ?? 1, Seconds = outcome?.Seconds ?? 0, PeakMemoryGib = outcome?.PeakMemoryGib ?? 0 }
            : outcome;
    }

    /// <summary>Writes how an attempt ended.</summary>
    public void Write(Trial trial, TrialOutcome outcome) => AtomicFile.WriteText(OutcomeFileOf(trial), ConfigurationFile.Write(outcome));

    /// <summary>The result of a trial's run, as run.json has it; null where the run has not ended.</summary>
    public JsonElement? ResultOf(Trial trial)
    {
        string file = RunOf(trial).RunFile;
        if (!File.Exists(file))
        {
            return null;
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(file));
            return document.RootElement.TryGetProperty("result", out JsonElement result) && result.ValueKind == JsonValueKind.Object ? result.Clone() : null;
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"{file}: is not readable: {error.Message}", error);
        }
    }

    private static TrialOutcome ReadOutcome(string file)
    {
        try
        {
            return JsonSerializer.Deserialize<TrialOutcome>(File.ReadAllBytes(file), ConfigurationFile.Options)!;
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"{file}: is not the outcome of a trial: {error.Message}", error);
        }
    }

    /// <summary>Where a folder has its plan.</summary>
    public static string PlanIn(string folder) => Path.Combine(folder, "plan.jsonl");
}
