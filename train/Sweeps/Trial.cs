using System.Text.Json;

namespace GradientDynamics.Train.Sweeps;

/// <summary>One line of a plan: a run with everything that decides its outcome.</summary>
public sealed record Trial
{
    /// <summary>Name within the plan, and of the trial's files: dataset, method, number of the combination, seed.</summary>
    public required string Id { get; init; }

    /// <summary>Dataset as tables name it.</summary>
    public required string Dataset { get; init; }

    /// <summary>Method as tables name it.</summary>
    public required string Method { get; init; }

    /// <summary>Whether the method uses attributes in training.</summary>
    public required bool UsesGroups { get; init; }

    /// <summary>Hyper-parameters that the method has.</summary>
    public required int HyperParameters { get; init; }

    /// <summary>Number of the combination of settings among those of the method on the dataset, from 0; trials that differ in the seed only share it.</summary>
    public required int Combination { get; init; }

    /// <summary>Seed of the run.</summary>
    public required long Seed { get; init; }

    /// <summary>The recipe that the configuration was made from; null where there was none.</summary>
    public required string? Recipe { get; init; }

    /// <summary>The settings that were drawn or are on a grid, by their path.</summary>
    public required IReadOnlyDictionary<string, JsonElement?> Settings { get; init; }

    /// <summary>The complete configuration of the run, defaults filled in.</summary>
    public required JsonElement Configuration { get; init; }
}
