using GradientDynamics.Train.Datasets;

namespace GradientDynamics.Train.Training;

/// <summary>Accuracy of one group.</summary>
/// <param name="Group">label x attributes + attribute.</param>
/// <param name="Name">Class and attribute.</param>
/// <param name="Count">Examples.</param>
/// <param name="Correct">Examples that were classified right.</param>
public sealed record GroupAccuracy(int Group, string Name, long Count, long Correct)
{
    /// <summary>Share of right classifications; null for an empty group, which has none.</summary>
    public double? Accuracy => Count == 0 ? null : (double)Correct / Count;
}

/// <summary>How well a split is classified, per group and together.</summary>
public sealed record SplitMetrics
{
    /// <summary>Metrics of a split.</summary>
    /// <param name="loss">Mean cross-entropy.</param>
    /// <param name="groups">Every group in order, empty ones included.</param>
    /// <param name="trainingShares">Share of each group in the training set.</param>
    public SplitMetrics(double loss, IReadOnlyList<GroupAccuracy> groups, IReadOnlyList<double> trainingShares)
    {
        ArgumentNullException.ThrowIfNull(groups);
        ArgumentNullException.ThrowIfNull(trainingShares);
        ArgumentOutOfRangeException.ThrowIfNotEqual(trainingShares.Count, groups.Count, nameof(trainingShares));
        GroupAccuracy[] present = [.. groups.Where(group => group.Count > 0)];
        ArgumentOutOfRangeException.ThrowIfZero(present.Length, nameof(groups));
        Loss = loss;
        Groups = groups;
        GroupAccuracy worst = present.MinBy(group => group.Accuracy)!;
        WorstGroup = worst.Name;
        WorstGroupAccuracy = worst.Accuracy!.Value;
        AverageAccuracy = (double)present.Sum(group => group.Correct) / present.Sum(group => group.Count);
        double share = present.Sum(group => trainingShares[group.Group]);
        AdjustedAverageAccuracy = share > 0 ? present.Sum(group => trainingShares[group.Group] * group.Accuracy!.Value) / share : null;
    }

    /// <summary>Mean cross-entropy.</summary>
    public double Loss { get; }

    /// <summary>Lowest accuracy among groups that have examples.</summary>
    public double WorstGroupAccuracy { get; }

    /// <summary>Name of that group.</summary>
    public string WorstGroup { get; }

    /// <summary>Accuracy over examples.</summary>
    public double AverageAccuracy { get; }

    /// <summary>Group accuracies weighted by training shares, over the groups that have examples here; null where training had none of them.</summary>
    public double? AdjustedAverageAccuracy { get; }

    /// <summary>Every group in order, empty ones included.</summary>
    public IReadOnlyList<GroupAccuracy> Groups { get; }

    /// <summary>Metrics from what was right for each example.</summary>
    internal static SplitMetrics Of(DatasetDescription dataset, double loss, ReadOnlySpan<int> groups, ReadOnlySpan<bool> correct, IReadOnlyList<double> trainingShares)
    {
        long[] counts = new long[dataset.GroupCount];
        long[] right = new long[dataset.GroupCount];
        for (int i = 0; i < groups.Length; i++)
        {
            counts[groups[i]]++;
            right[groups[i]] += correct[i] ? 1 : 0;
        }

        return new(loss, [.. Enumerable.Range(0, dataset.GroupCount).Select(group => new GroupAccuracy(group, dataset.GroupName(group), counts[group], right[group]))], trainingShares);
    }
}

/// <summary>One line of metrics.jsonl: what an evaluation found.</summary>
/// <param name="Epoch">Epochs done.</param>
/// <param name="Step">Steps done.</param>
/// <param name="Loss">The objective's data term as it was minimised, mean over the epoch's examples.</param>
/// <param name="Penalty">The objective's penalty as it was minimised, mean over the epoch's examples.</param>
/// <param name="Train">The epoch's training examples, as they were classified on their way, before their own step and in training mode.</param>
/// <param name="Validation">The validation set after the epoch; null where there is none.</param>
/// <param name="Test">The test set after the epoch.</param>
/// <param name="Seconds">Wall time since the line before.</param>
public sealed record EpochMetrics(int Epoch, long Step, double Loss, double Penalty, SplitMetrics Train, SplitMetrics? Validation, SplitMetrics? Test, double Seconds);
