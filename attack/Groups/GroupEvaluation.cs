using GradientDynamics.EvaluationSets;
using GradientDynamics.Statistics;

namespace GradientDynamics.Attack.Groups;

/// <summary>Accuracy over some examples, with Wilson's interval.</summary>
/// <param name="Count">Number of examples.</param>
/// <param name="Correct">How many of them are right.</param>
/// <param name="Accuracy">Their share; none where there are no examples.</param>
/// <param name="Interval">Wilson's interval of the share; none where there are no examples.</param>
public sealed record CountedAccuracy(int Count, int Correct, double? Accuracy, Interval? Interval)
{
    /// <summary>The accuracy of counted examples.</summary>
    public static CountedAccuracy Of(int correct, int count, double confidence) =>
        count == 0 ? new(0, 0, null, null) : new(count, correct, (double)correct / count, Proportion.Wilson(correct, count, confidence));
}

/// <summary>Accuracy of one group.</summary>
/// <param name="Group">Number of the group: label times attribute values plus attribute.</param>
/// <param name="Name">Class and attribute.</param>
/// <param name="Accuracy">The group's accuracy.</param>
public sealed record GroupAccuracy(int Group, string Name, CountedAccuracy Accuracy);

/// <summary>Accuracy overall, per group, in the worst group, and adjusted to the groups' shares in training.</summary>
/// <param name="Average">Over all examples.</param>
/// <param name="AdjustedAverage">Groups weighted by their shares in training; none where the shares are unknown, or where a group with a share has no examples.</param>
/// <param name="WorstGroup">The group with the lowest accuracy among those that have examples; the first of equal ones. None without examples.</param>
/// <param name="Groups">All groups, empty ones included.</param>
public sealed record GroupEvaluation(CountedAccuracy Average, double? AdjustedAverage, GroupAccuracy? WorstGroup, IReadOnlyList<GroupAccuracy> Groups)
{
    /// <summary>Counts the right answers of each group.</summary>
    /// <param name="groups">Group of each example.</param>
    /// <param name="correct">Whether the answer to each example is right.</param>
    /// <param name="metadata">Names of classes and attributes, and shares in training.</param>
    /// <param name="confidence">Level of the intervals.</param>
    public static GroupEvaluation Of(IReadOnlyList<int> groups, IReadOnlyList<bool> correct, EvaluationSetMetadata metadata, double confidence)
    {
        ArgumentNullException.ThrowIfNull(groups);
        ArgumentNullException.ThrowIfNull(correct);
        ArgumentNullException.ThrowIfNull(metadata);
        int[] counts = new int[metadata.GroupCount];
        int[] right = new int[metadata.GroupCount];
        for (int example = 0; example < groups.Count; example++)
        {
            counts[groups[example]]++;
            right[groups[example]] += correct[example] ? 1 : 0;
        }

        GroupAccuracy[] accuracies =
            [.. Enumerable.Range(0, metadata.GroupCount).Select(group => new GroupAccuracy(group, metadata.GroupName(group), CountedAccuracy.Of(right[group], counts[group], confidence)))];
        return new GroupEvaluation(
            CountedAccuracy.Of(right.Sum(), counts.Sum(), confidence),
            Adjusted(accuracies, metadata.TrainingGroupShares),
            accuracies.Where(group => group.Accuracy.Count > 0).MinBy(group => group.Accuracy.Accuracy),
            accuracies);
    }

    private static double? Adjusted(GroupAccuracy[] groups, IReadOnlyList<double> shares)
    {
        if (shares.Count == 0 || groups.Any(group => shares[group.Group] > 0 && group.Accuracy.Count == 0))
        {
            return null;
        }

        double sum = 0;
        foreach (GroupAccuracy group in groups)
        {
            sum += shares[group.Group] > 0 ? shares[group.Group] * group.Accuracy.Accuracy!.Value : 0;
        }

        return sum;
    }
}
