namespace GradientDynamics.Statistics;

/// <summary>Confidence intervals of a proportion, such as an accuracy over counted examples.</summary>
public static class Proportion
{
    /// <summary>Wilson's score interval: the proportions that a score test at this level does not reject.</summary>
    /// <remarks>Wilson, "Probable inference, the law of succession, and statistical inference", 1927, https://doi.org/10.1080/01621459.1927.10502953.</remarks>
    public static Interval Wilson(int successes, int count, double confidence = 0.95)
    {
        Check(successes, count);
        Distributions.ThrowIfNotConfidence(confidence);
        double z = Distributions.NormalQuantile((1 + confidence) / 2);
        double share = (double)successes / count;
        double shrink = 1 + (z * z / count);
        double center = (share + (z * z / (2.0 * count))) / shrink;
        double half = z * Math.Sqrt((share * (1 - share) / count) + (z * z / (4.0 * count * count))) / shrink;
        // At the ends the formula gives exactly 0 and 1, up to rounding.
        return new Interval(successes == 0 ? 0 : Math.Max(0, center - half), successes == count ? 1 : Math.Min(1, center + half));
    }

    /// <summary>Clopper and Pearson's interval: by the binomial distribution itself, so that it covers at least at this level, always.</summary>
    /// <remarks>Clopper and Pearson, "The use of confidence or fiducial limits illustrated in the case of the binomial", 1934, https://doi.org/10.1093/biomet/26.4.404.</remarks>
    public static Interval ClopperPearson(int successes, int count, double confidence = 0.95)
    {
        Check(successes, count);
        Distributions.ThrowIfNotConfidence(confidence);
        double tail = (1 - confidence) / 2;
        return new Interval(
            successes == 0 ? 0 : Distributions.BetaQuantile(tail, successes, count - successes + 1.0),
            successes == count ? 1 : 1 - Distributions.BetaQuantile(tail, count - successes, successes + 1.0));
    }

    private static void Check(int successes, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        ArgumentOutOfRangeException.ThrowIfNegative(successes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(successes, count);
    }
}
