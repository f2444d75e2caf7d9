using GradientDynamics.Train.Datasets;

namespace GradientDynamics.Train.Training;

/// <summary>The splits of a run in memory.</summary>
public sealed record TrainingData
{
    private TrainingData(IReadOnlyDictionary<Split, GroupedDataset> splits)
    {
        Splits = splits;
        long[] counts = Train.GroupCounts();
        TrainingShares = [.. counts.Select(count => (double)count / Train.Count)];
        ContentHashes = splits.ToDictionary(pair => pair.Key, pair => pair.Value.ContentHash());
    }

    /// <summary>The splits that the configuration defines.</summary>
    public IReadOnlyDictionary<Split, GroupedDataset> Splits { get; }

    /// <summary>The training set.</summary>
    public GroupedDataset Train => Splits[Split.Train];

    /// <summary>What the data is.</summary>
    public DatasetDescription Description => Train.Description;

    /// <summary>Share of each group in the training set.</summary>
    public IReadOnlyList<double> TrainingShares { get; }

    /// <summary>Share of each group of a split in the training set; empty where the split has other groups than the training set, as that of CivilComments' coarse version has.</summary>
    public IReadOnlyList<double> TrainingSharesFor(DatasetDescription split) => Description.HasGroupsOf(split) ? TrainingShares : [];

    /// <summary>SHA-256 of each split.</summary>
    public IReadOnlyDictionary<Split, string> ContentHashes { get; }

    /// <summary>Loads every split of a run.</summary>
    public static TrainingData Load(RunConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return Load(config.Dataset, config.Seed);
    }

    /// <summary>Loads every split of a dataset, for a run of the given seed.</summary>
    public static TrainingData Load(DatasetOptions dataset, long seed)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        return Of(dataset.Splits.ToDictionary(split => split, split => dataset.Load(split, seed)));
    }

    /// <summary>Splits that are in memory already.</summary>
    internal static TrainingData Of(IReadOnlyDictionary<Split, GroupedDataset> splits) => new(splits);
}
