using GradientDynamics.Train.Datasets;
using GradientDynamics.Train.Sampling;

namespace GradientDynamics.Train.Preparation;

/// <summary>Which group each example of a look-alike belongs to.</summary>
internal static class SynthesizedGroups
{
    /// <summary>Examples of the validation and test sets, for a number of training examples.</summary>
    public static int CountOf(Split split, int trainingExamples) => split switch
    {
        Split.Train => trainingExamples,
        // Enough that a group with a hundredth of the examples has some, in a set of the default size.
        Split.Validation => Math.Max(8, trainingExamples / 4),
        _ => Math.Max(8, trainingExamples / 2),
    };

    /// <summary>Groups of the examples of each split that counts are published of, in their shares.</summary>
    /// <param name="published">The counts.</param>
    /// <param name="size">Training examples.</param>
    /// <param name="seed">What the order is drawn from.</param>
    public static IEnumerable<(Split Split, int[] Groups)> OfEach(IReadOnlyList<PublishedCounts> published, int size, RunSeed seed) =>
        published.Select(counts => (counts.Split, Of(counts.Groups, CountOf(counts.Split, size), counts.Split, seed)));

    /// <summary>Groups in the shares of published counts, by largest remainders; a group that is not empty there has a least number of examples. The order is drawn.</summary>
    public static int[] Of(IReadOnlyList<long> published, int count, Split split, RunSeed seed, int least = 1)
    {
        double total = published.Sum();
        int[] counts = [.. published.Select(group => group == 0 ? 0 : Math.Max(least, (int)(group / total * count)))];
        while (counts.Sum() < count)
        {
            counts[Enumerable.Range(0, counts.Length).Where(group => published[group] > 0).MaxBy(group => (published[group] / total * count) - counts[group])]++;
        }

        // The smallest groups may have got more than their share.
        while (counts.Sum() > count && counts.Any(group => group > least))
        {
            counts[Enumerable.Range(0, counts.Length).Where(group => counts[group] > least).MinBy(group => (published[group] / total * count) - counts[group])]--;
        }

        int[] groups = [.. counts.SelectMany((examples, group) => Enumerable.Repeat(group, examples))];
        seed.Stream("synthesize/order", (int)split).Shuffle(groups);
        return groups;
    }
}
