namespace GradientDynamics.Statistics;

/// <summary>The distribution of a sample; positive infinity stands for "beyond what was measured" (a margin that no attack found).</summary>
public sealed class EmpiricalDistribution
{
    private readonly double[] _sorted;

    /// <summary>Sorts a copy of the values; NaN and negative infinity are refused.</summary>
    public EmpiricalDistribution(ReadOnlySpan<double> values)
    {
        ArgumentOutOfRangeException.ThrowIfZero(values.Length, nameof(values));
        _sorted = values.ToArray();
        foreach (double value in _sorted)
        {
            if (double.IsNaN(value) || double.IsNegativeInfinity(value))
            {
                throw new ArgumentOutOfRangeException(nameof(values), value, "Values must be numbers or positive infinity.");
            }
        }

        Array.Sort(_sorted);
    }

    /// <summary>The values in ascending order.</summary>
    public IReadOnlyList<double> Sorted => _sorted;

    /// <summary>Share of the values that are at most <paramref name="value"/>.</summary>
    public double Cdf(double value) => (double)CountWhere(value, orEqual: true) / _sorted.Length;

    /// <summary>Share of the values that are less than <paramref name="value"/>.</summary>
    public double ShareBelow(double value) => (double)CountWhere(value, orEqual: false) / _sorted.Length;

    /// <summary>Quantile by linear interpolation between the order statistics at (n − 1)·p: type 7 of Hyndman and Fan, numpy's default.</summary>
    /// <remarks>Hyndman and Fan, "Sample quantiles in statistical packages", 1996, https://doi.org/10.1080/00031305.1996.10473566.</remarks>
    public double Quantile(double probability)
    {
        Distributions.ThrowIfNotProbability(probability);
        return Quantile(_sorted, probability);
    }

    internal static double Quantile(double[] sorted, double probability)
    {
        double position = (sorted.Length - 1) * probability;
        int below = (int)position;
        double lower = sorted[below];
        double fraction = position - below;
        if (fraction == 0)
        {
            return lower;
        }

        double upper = sorted[below + 1];
        return lower == upper ? lower : lower + (fraction * (upper - lower));
    }

    private int CountWhere(double value, bool orEqual)
    {
        if (double.IsNaN(value))
        {
            throw new ArgumentOutOfRangeException(nameof(value), value, "Must be a number.");
        }

        (int lower, int upper) = (0, _sorted.Length);
        while (lower < upper)
        {
            int middle = (lower + upper) >>> 1;
            bool counts = orEqual ? _sorted[middle] <= value : _sorted[middle] < value;
            (lower, upper) = counts ? (middle + 1, upper) : (lower, middle);
        }

        return lower;
    }
}
