namespace GradientDynamics.Statistics;

/// <summary>Bootstrap intervals over examples that two classifiers share: a resample draws examples, never the two classifiers' results apart.</summary>
/// <remarks>Efron, "Better bootstrap confidence intervals", 1987, https://doi.org/10.1080/01621459.1987.10478410.</remarks>
public static class PairedBootstrap
{
    /// <summary>Interval of the mean of first minus second.</summary>
    public static Interval MeanDifference(ReadOnlySpan<double> first, ReadOnlySpan<double> second, BootstrapOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(second.Length, first.Length, nameof(second));
        double[] differences = new double[first.Length];
        for (int i = 0; i < differences.Length; i++)
        {
            Sample.ThrowIfNotFinite(first[i], i);
            Sample.ThrowIfNotFinite(second[i], i);
            differences[i] = first[i] - second[i];
        }

        return Mean(differences, options);
    }

    /// <summary>Interval of the mean of values, each from one example.</summary>
    public static Interval Mean(ReadOnlySpan<double> values, BootstrapOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        Sample sample = Sample.Of(values);
        double[] resampled = new double[options.Resamples];
        SplitMix64 random = new((ulong)options.Seed);
        for (int resample = 0; resample < resampled.Length; resample++)
        {
            double sum = 0;
            for (int i = 0; i < values.Length; i++)
            {
                sum += values[random.NextIndex(values.Length)];
            }

            resampled[resample] = sum / values.Length;
        }

        // Leaving one value out moves the mean by its deviation over n − 1; the acceleration does not depend on that scale.
        double[] influences = new double[values.Length];
        double sumOfAll = 0;
        for (int i = 0; i < values.Length; i++)
        {
            influences[i] = values[i] - sample.Mean;
            sumOfAll += values[i];
        }

        // The same order of operations as in the resamples: ties with them are then exact.
        return Ends(resampled, sumOfAll / values.Length, influences, options);
    }

    /// <summary>Interval of any statistic of <paramref name="count"/> examples; the statistic receives the positions of the examples in the resample, some of them repeated.</summary>
    /// <remarks>Bias correction and acceleration evaluate the statistic once more per example, with that example left out.</remarks>
    public static Interval Statistic(int count, Func<IReadOnlyList<int>, double> statistic, BootstrapOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        ArgumentNullException.ThrowIfNull(statistic);
        ArgumentNullException.ThrowIfNull(options);
        double[] resampled = new double[options.Resamples];
        SplitMix64 random = new((ulong)options.Seed);
        int[] positions = new int[count];
        for (int resample = 0; resample < resampled.Length; resample++)
        {
            for (int i = 0; i < count; i++)
            {
                positions[i] = random.NextIndex(count);
            }

            resampled[resample] = Evaluate(statistic, positions);
        }

        double observed = Evaluate(statistic, [.. Enumerable.Range(0, count)]);
        if (options.Method == BootstrapMethod.Percentile || count == 1)
        {
            return Ends(resampled, observed, [], options);
        }

        double[] influences = new double[count];
        for (int left = 0; left < count; left++)
        {
            influences[left] = -Evaluate(statistic, [.. Enumerable.Range(0, count).Where(i => i != left)]);
        }

        double mean = influences.Average();
        return Ends(resampled, observed, [.. influences.Select(influence => influence - mean)], options);
    }

    private static double Evaluate(Func<IReadOnlyList<int>, double> statistic, int[] positions)
    {
        double value = statistic(positions);
        return double.IsFinite(value) ? value : throw new InvalidOperationException($"The statistic of a resample is {value}; it must be finite for every choice of examples.");
    }

    private static Interval Ends(double[] resampled, double observed, double[] influences, BootstrapOptions options)
    {
        Array.Sort(resampled);
        double tail = (1 - options.Confidence) / 2;
        if (options.Method == BootstrapMethod.Percentile || resampled[0] == resampled[^1])
        {
            return new Interval(EmpiricalDistribution.Quantile(resampled, tail), EmpiricalDistribution.Quantile(resampled, 1 - tail));
        }

        // Resamples equal to the observed value count half: accuracies are discrete. The share is kept off 0 and 1, whose normal quantiles are infinite.
        double below = resampled.Count(value => value < observed) + (0.5 * resampled.Count(value => value == observed));
        double bias = Distributions.NormalQuantile(Math.Clamp(below, 0.5, resampled.Length - 0.5) / resampled.Length);
        double squares = influences.Sum(influence => influence * influence);
        double acceleration = squares == 0 ? 0 : influences.Sum(influence => influence * influence * influence) / (6 * Math.Pow(squares, 1.5));
        return new Interval(End(tail), End(1 - tail));

        double End(double probability)
        {
            double shifted = bias + Distributions.NormalQuantile(probability);
            return EmpiricalDistribution.Quantile(resampled, Distributions.NormalCdf(bias + (shifted / (1 - (acceleration * shifted)))));
        }
    }
}
