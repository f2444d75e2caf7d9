using System.Text.Json;

namespace GradientDynamics.Train.Sweeps;

/// <summary>What a part of a sweep does to the runs in it: settings that are fixed, drawn, or gone through one by one.</summary>
public record SweepPart
{
    /// <summary>
    /// A run configuration to begin with; a relative path is below the sweep's own folder. Default none: that of the part around it, and where there is none, settings must make up everything.
    /// </summary>
    public string? Recipe { get; init; }

    /// <summary>Keys of the run configuration, merged into it: an object into an object, unless its kind is another one, everything else in place of what was there. Default none.</summary>
    public JsonElement? Settings
    {
        get;
        init
        {
            if (value is { ValueKind: not JsonValueKind.Object })
            {
                throw new ArgumentException("accepted is an object with keys of a run configuration.", nameof(Settings));
            }

            field = value;
        }
    }

    /// <summary>Settings that are drawn, by their path, such as optimizer.learningRate; several paths, with commas between them, share what is drawn. Default none.</summary>
    public IReadOnlyDictionary<string, SearchDistribution> Search { get; init; } = new Dictionary<string, SearchDistribution>();

    /// <summary>Settings that take every one of several values, by their path or paths as in search; several settings in every combination. Default none.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<JsonElement?>> Grid
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            if (value.FirstOrDefault(pair => pair.Value.Count == 0) is { Key: { } empty })
            {
                throw new ArgumentException($"'{empty}' has no values; accepted are one or more.", nameof(Grid));
            }

            field = value;
        }
    } = new Dictionary<string, IReadOnlyList<JsonElement?>>();
}

/// <summary>One method of a sweep.</summary>
public sealed record SweepMethod : SweepPart
{
    /// <summary>Whether it uses attributes in training: tables compare methods with those that know as much. Default false.</summary>
    public bool UsesGroups { get; init; }

    /// <summary>Hyper-parameters that it has, for tables that name the number. Default the settings that are drawn or on a grid, and the epoch that is selected.</summary>
    public int? HyperParameters
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value ?? 0, nameof(HyperParameters));
            field = value;
        }
    }

    /// <summary>What is different for single datasets, by their name. Default nothing.</summary>
    public IReadOnlyDictionary<string, SweepPart> ByDataset { get; init; } = new Dictionary<string, SweepPart>();
}
