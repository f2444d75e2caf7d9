using System.Text.Json.Serialization;

namespace GradientDynamics.Train.Sweeps;

/// <summary>
/// A search over hyper-parameters: every method on every dataset, with the same number of random draws, each under the same seeds. What the sweep states holds for all runs, what a dataset
/// states replaces it, then what a method states, then what the method states for the dataset.
/// </summary>
public sealed record SweepConfig : IJsonOnDeserialized
{
    /// <summary>Seed of the draws. Default 0.</summary>
    public long Seed { get; init; }

    /// <summary>Random draws for each method on each dataset, at each point of its grid. Default 1.</summary>
    public int Draws
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value, nameof(Draws));
            field = value;
        }
    } = 1;

    /// <summary>Seeds of the runs: every combination of settings is run with each. Default 0 alone.</summary>
    public IReadOnlyList<long> RunSeeds
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            ArgumentOutOfRangeException.ThrowIfZero(value.Count, nameof(RunSeeds));
            field = value;
        }
    } = [0];

    /// <summary>What holds for all runs. Default nothing.</summary>
    public SweepPart All { get; init; } = new();

    /// <summary>Datasets by the name that tables print. Default one, named as the kind of the dataset that the configuration has.</summary>
    public IReadOnlyDictionary<string, SweepPart> Datasets { get; init; } = new Dictionary<string, SweepPart>();

    /// <summary>Methods by the name that tables print. Default one, named as the kind of the objective that the configuration has.</summary>
    public IReadOnlyDictionary<string, SweepMethod> Methods { get; init; } = new Dictionary<string, SweepMethod>();

    void IJsonOnDeserialized.OnDeserialized()
    {
        if (RunSeeds.Distinct().Count() != RunSeeds.Count)
        {
            throw new ArgumentException("runSeeds has a seed twice; accepted is each once.");
        }

        foreach ((string what, string name) in Datasets.Keys.Select(name => ("datasets", name)).Concat(Methods.Keys.Select(name => ("methods", name))))
        {
            if (!TrialName.IsValid(name))
            {
                throw new ArgumentException($"{what} has the name '{name}', which becomes part of file names; {TrialName.Accepted}.");
            }
        }

        foreach ((string method, SweepMethod settings) in Methods)
        {
            if (settings.ByDataset.Keys.FirstOrDefault(dataset => !Datasets.ContainsKey(dataset)) is { } unknown)
            {
                throw new ArgumentException($"methods.{method}.byDataset names '{unknown}', which is no dataset of this sweep; accepted: {(Datasets.Count == 0 ? "none, as there are no datasets" : string.Join(", ", Datasets.Keys))}.");
            }
        }
    }
}
