namespace GradientDynamics.Statistics;

/// <summary>Adjusted p-values for several tests at once: each may be compared with the level that is wanted for all.</summary>
public static class MultipleTesting
{
    /// <summary>Holm's step-down adjustment: controls the probability of any false rejection.</summary>
    /// <remarks>Holm, "A simple sequentially rejective multiple test procedure", 1979, https://www.jstor.org/stable/4615733.</remarks>
    public static double[] Holm(ReadOnlySpan<double> pValues)
    {
        (double[] sorted, int[] order) = Sort(pValues);
        double[] adjusted = new double[sorted.Length];
        double largest = 0;
        for (int rank = 0; rank < sorted.Length; rank++)
        {
            largest = Math.Max(largest, Math.Min(1, (sorted.Length - rank) * sorted[rank]));
            adjusted[order[rank]] = largest;
        }

        return adjusted;
    }

    /// <summary>Benjamini and Hochberg's step-up adjustment: controls the expected share of false rejections among all.</summary>
    /// <remarks>Benjamini and Hochberg, "Controlling the false discovery rate", 1995, https://doi.org/10.1111/j.2517-6161.1995.tb02031.x.</remarks>
    public static double[] BenjaminiHochberg(ReadOnlySpan<double> pValues)
    {
        (double[] sorted, int[] order) = Sort(pValues);
        double[] adjusted = new double[sorted.Length];
        double smallest = 1;
        for (int rank = sorted.Length - 1; rank >= 0; rank--)
        {
            smallest = Math.Min(smallest, sorted.Length * sorted[rank] / (rank + 1));
            adjusted[order[rank]] = smallest;
        }

        return adjusted;
    }

    private static (double[] Sorted, int[] Order) Sort(ReadOnlySpan<double> pValues)
    {
        double[] sorted = pValues.ToArray();
        foreach (double p in sorted)
        {
            Distributions.ThrowIfNotProbability(p);
        }

        int[] order = [.. Enumerable.Range(0, sorted.Length)];
        Array.Sort(sorted, order);
        return (sorted, order);
    }
}
