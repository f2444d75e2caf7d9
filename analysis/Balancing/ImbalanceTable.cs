namespace GradientDynamics.Analysis.Balancing;

/// <summary>Class and group counts of a dataset and the probabilities that make an attribute predictive of the label (Table 1 of the balancing paper).</summary>
public sealed class ImbalanceTable
{
    private readonly long[][] _counts;

    /// <summary>Creates the table.</summary>
    /// <param name="counts">Examples by class (row) and attribute (column).</param>
    public ImbalanceTable(IReadOnlyList<IReadOnlyList<long>> counts)
    {
        ArgumentNullException.ThrowIfNull(counts);
        if (counts.Count == 0 || counts[0].Count == 0 || counts.Any(row => row.Count != counts[0].Count || row.Any(count => count < 0)))
        {
            throw new InvalidDataException("Counts are a table of classes by attributes with equally long rows and no negative entry.");
        }

        _counts = [.. counts.Select(row => row.ToArray())];
        Total = _counts.Sum(row => row.Sum());
        if (Total == 0)
        {
            throw new InvalidDataException("The table holds no examples.");
        }
    }

    /// <summary>All examples.</summary>
    public long Total { get; }

    /// <summary>Classes.</summary>
    public int ClassCount => _counts.Length;

    /// <summary>Attributes.</summary>
    public int AttributeCount => _counts[0].Length;

    /// <summary>Counts from labels and attributes.</summary>
    /// <param name="labels">Label of each example.</param>
    /// <param name="attributes">Attribute of each example.</param>
    public static ImbalanceTable Of(IReadOnlyList<int> labels, IReadOnlyList<int> attributes)
    {
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(attributes);
        if (labels.Count != attributes.Count || labels.Count == 0 || labels.Any(label => label < 0) || attributes.Any(attribute => attribute < 0))
        {
            throw new InvalidDataException($"There are {labels.Count} labels and {attributes.Count} attributes; accepted are equally many, at least one, and none negative.");
        }

        long[][] counts = [.. Enumerable.Range(0, labels.Max() + 1).Select(_ => new long[attributes.Max() + 1])];
        foreach ((int label, int attribute) in labels.Zip(attributes))
        {
            counts[label][attribute]++;
        }

        return new ImbalanceTable(counts);
    }

    /// <summary>Examples of a class and attribute.</summary>
    /// <param name="label">Class.</param>
    /// <param name="attribute">Attribute.</param>
    public long GroupCount(int label, int attribute) => _counts[label][attribute];

    /// <summary>Examples of a class.</summary>
    /// <param name="label">Class.</param>
    public long ClassTotal(int label) => _counts[label].Sum();

    /// <summary>P(Y = label | A = attribute); NaN where no example has the attribute.</summary>
    /// <param name="label">Class.</param>
    /// <param name="attribute">Attribute.</param>
    public double ProbabilityGivenAttribute(int label, int attribute) => (double)_counts[label][attribute] / _counts.Sum(row => row[attribute]);

    /// <summary>P(Y = label).</summary>
    /// <param name="label">Class.</param>
    public double Probability(int label) => (double)ClassTotal(label) / Total;

    /// <summary>Examples that subsampling to the smallest nonempty group keeps (SUBG).</summary>
    public long KeptByGroupSubsampling()
    {
        long[] groups = [.. _counts.SelectMany(row => row).Where(count => count > 0)];
        return groups.Min() * groups.Length;
    }

    /// <summary>Examples that subsampling to the smallest nonempty class keeps (SUBY).</summary>
    public long KeptByClassSubsampling()
    {
        long[] classes = [.. _counts.Select(row => row.Sum()).Where(count => count > 0)];
        return classes.Min() * classes.Length;
    }
}
