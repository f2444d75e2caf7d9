using GradientDynamics.Train.Datasets;

namespace GradientDynamics.Train.Preparation;

/// <summary>Counts of classes and attributes and the shares that follow: table 1 of Idrissi et al., 2022, for any dataset.</summary>
internal sealed class GroupTable
{
    private readonly long[,] _counts;

    /// <summary>The table of one split.</summary>
    /// <param name="data">What the data is.</param>
    /// <param name="groups">Examples by group, label x attributes + attribute.</param>
    public GroupTable(DatasetDescription data, IReadOnlyList<long> groups)
    {
        _counts = new long[data.Classes.Count, data.AttributeCount];
        for (int group = 0; group < groups.Count; group++)
        {
            _counts[group / data.AttributeCount, group % data.AttributeCount] = groups[group];
        }

        ClassCounts = [.. Enumerable.Range(0, data.Classes.Count).Select(label => Enumerable.Range(0, data.AttributeCount).Sum(attribute => _counts[label, attribute]))];
        Total = ClassCounts.Sum();
    }

    /// <summary>Examples by class.</summary>
    public IReadOnlyList<long> ClassCounts { get; }

    /// <summary>All examples.</summary>
    public long Total { get; }

    /// <summary>Examples of a class with a value of the attribute.</summary>
    public long Count(int label, int attribute) => _counts[label, attribute];

    /// <summary>P(Y = y).</summary>
    public double ClassShare(int label) => (double)ClassCounts[label] / Total;

    /// <summary>P(Y = y | A = a); null where the attribute's value has no example.</summary>
    public double? ShareGiven(int label, int attribute)
    {
        long all = Enumerable.Range(0, ClassCounts.Count).Sum(other => _counts[other, attribute]);
        return all == 0 ? null : (double)_counts[label, attribute] / all;
    }

    /// <summary>The largest |P(Y = y | A = a) − P(Y = y)|, and where it is.</summary>
    public (double Shift, int Label, int Attribute) LargestShift() =>
        Enumerable.Range(0, ClassCounts.Count)
            .SelectMany(label => Enumerable.Range(0, _counts.GetLength(1)).Select(attribute => (Shift: ShareGiven(label, attribute) is { } share ? Math.Abs(share - ClassShare(label)) : 0, label, attribute)))
            .MaxBy(entry => entry.Shift);
}
