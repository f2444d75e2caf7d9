using System.Text.Json;
using GradientDynamics.CommandLine;
using GradientDynamics.Train.Training;

namespace GradientDynamics.Train.Sweeps;

/// <summary>What gd-train sweep collect found, under one rule: of each run the epoch that the rule chooses, of each method on each dataset the combination of settings.</summary>
public sealed record SweepCollection
{
    /// <summary>Version of the schema. Default 1.</summary>
    public int SchemaVersion { get; init; } = 1;

    /// <summary>Program and version.</summary>
    public required string Tool { get; init; }

    /// <summary>The rule that chose epochs and combinations.</summary>
    public required SelectionRule Rule { get; init; }

    /// <summary>Whether the rule chooses on the test set, so that the test figures are no test.</summary>
    public required bool IsOracle { get; init; }

    /// <summary>The figures whose mean over seeds chose among combinations; none where there was nothing to choose.</summary>
    public required IReadOnlyList<string> ChosenBy { get; init; }

    /// <summary>What the configurations of all collected trials have, by path; empty where all trials were collected.</summary>
    public required IReadOnlyDictionary<string, JsonElement?> Where { get; init; }

    /// <summary>The sweeps' folders.</summary>
    public required IReadOnlyList<string> Sweeps { get; init; }

    /// <summary>Trials that were collected.</summary>
    public required int Done { get; init; }

    /// <summary>Trials that have not ended.</summary>
    public required int Unfinished { get; init; }

    /// <summary>Trials that failed, with their reasons.</summary>
    public required IReadOnlyDictionary<string, string> Failed { get; init; }

    /// <summary>Every method on every dataset.</summary>
    public required IReadOnlyList<CollectedCell> Cells { get; init; }

    /// <summary>Reads what gd-train sweep collect has written.</summary>
    /// <exception cref="CommandException">The file is missing or something else; the message says what is wrong.</exception>
    public static SweepCollection Read(string path)
    {
        if (!File.Exists(path))
        {
            throw new CommandException(ExitCode.File, $"{path}: no such file; gd-train sweep collect writes one.");
        }

        try
        {
            // The strict reader, which finds out what is wrong, is slow on files of this size.
            return JsonSerializer.Deserialize<SweepCollection>(File.ReadAllBytes(path), ConfigurationFile.Options)!;
        }
        catch (Exception error) when (error is JsonException or IOException or UnauthorizedAccessException)
        {
            try
            {
                return ConfigurationFile.Read<SweepCollection>(path, []);
            }
            catch (CommandException known)
            {
                throw new CommandException(ExitCode.File, $"{known.Message} Accepted is a file of gd-train sweep collect.", known);
            }
        }
    }

    /// <summary>The rule and what was collected, as a table names them.</summary>
    internal string Title => Rule.Title() + (Where.Count == 0 ? "" : $", among runs with {string.Join(" and ", Where.Select(pair => $"{pair.Key} {pair.Value?.GetRawText() ?? "null"}"))}");
}

/// <summary>One method on one dataset.</summary>
public sealed record CollectedCell
{
    /// <summary>Dataset.</summary>
    public required string Dataset { get; init; }

    /// <summary>Method.</summary>
    public required string Method { get; init; }

    /// <summary>Whether the method uses attributes in training.</summary>
    public required bool UsesGroups { get; init; }

    /// <summary>Hyper-parameters that the method has.</summary>
    public required int HyperParameters { get; init; }

    /// <summary>Seeds that each combination was planned with.</summary>
    public required int PlannedSeeds { get; init; }

    /// <summary>Median wall time of an epoch over all epochs of all runs, in minutes.</summary>
    public required double MinutesPerEpoch { get; init; }

    /// <summary>
    /// Combinations of settings, the chosen one first: those that have the most finished seeds in the order of their scores, then the others. Equal scores stand in the order of the plan.
    /// </summary>
    public required IReadOnlyList<CollectedCombination> Combinations { get; init; }

    /// <summary>The course of training, averaged over the runs of the first combinations.</summary>
    public required CollectedEvolution Evolution { get; init; }
}

/// <summary>One combination of settings: its runs differ in the seed only.</summary>
public sealed record CollectedCombination
{
    /// <summary>Its trials.</summary>
    public required IReadOnlyList<string> Trials { get; init; }

    /// <summary>Their seeds.</summary>
    public required IReadOnlyList<long> Seeds { get; init; }

    /// <summary>The settings that were drawn or are on a grid, by path.</summary>
    public required IReadOnlyDictionary<string, JsonElement?> Settings { get; init; }

    /// <summary>Learning rate.</summary>
    public required double LearningRate { get; init; }

    /// <summary>Weight decay.</summary>
    public required double WeightDecay { get; init; }

    /// <summary>Examples per step; null where a step has the whole epoch.</summary>
    public required int? BatchSize { get; init; }

    /// <summary>Mean over seeds of what combinations are compared by; null where nothing is compared.</summary>
    public required double? Score { get; init; }

    /// <summary>The epoch that the rule chose in each run.</summary>
    public required IReadOnlyList<int> Epochs { get; init; }

    /// <summary>Figures at those epochs, by name.</summary>
    public required IReadOnlyDictionary<string, CollectedFigure> Figures { get; init; }
}

/// <summary>One figure over seeds.</summary>
/// <param name="Mean">Mean.</param>
/// <param name="StandardDeviation">Sample standard deviation, with n - 1 in the denominator; null for a single value.</param>
/// <param name="Values">The values, in the order of the seeds.</param>
public sealed record CollectedFigure(double Mean, double? StandardDeviation, IReadOnlyList<double> Values);

/// <summary>The course of training of several runs.</summary>
public sealed record CollectedEvolution
{
    /// <summary>Combinations whose runs were averaged.</summary>
    public required int Combinations { get; init; }

    /// <summary>Runs that were averaged.</summary>
    public required int Runs { get; init; }

    /// <summary>Epochs that were evaluated.</summary>
    public required IReadOnlyList<int> Epochs { get; init; }

    /// <summary>Mean over the runs that have the epoch, by the name of the figure; null where none has it.</summary>
    public required IReadOnlyDictionary<string, IReadOnlyList<double?>> Figures { get; init; }
}
