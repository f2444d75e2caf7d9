namespace GradientDynamics.Statistics;

/// <summary>Student's interval of a mean and Welch's comparison of two means.</summary>
public static class StudentT
{
    /// <summary>Interval of a mean: mean ± t·s/√n, with the sample standard deviation (ddof 1) and n − 1 degrees of freedom; at least two values.</summary>
    public static Interval MeanInterval(ReadOnlySpan<double> values, double confidence = 0.95)
    {
        Sample sample = Sample.OfAtLeastTwo(values, nameof(values));
        double half = Distributions.StudentCritical(confidence, sample.Count - 1) * sample.StandardError;
        return new Interval(sample.Mean - half, sample.Mean + half);
    }

    /// <summary>One-sample test that the mean is <paramref name="mean"/>; on paired differences, the paired test.</summary>
    /// <exception cref="ArgumentException">All values are equal: the test has no scale to measure by.</exception>
    public static TestResult MeanTest(ReadOnlySpan<double> values, double mean = 0)
    {
        Sample sample = Sample.OfAtLeastTwo(values, nameof(values));
        ThrowIfConstant(sample.Variance, nameof(values));
        double t = (sample.Mean - mean) / sample.StandardError;
        return new TestResult(t, Distributions.StudentTwoSided(t, sample.Count - 1));
    }

    /// <summary>Welch's two-sided test that two samples, of variances that may differ, have the same mean. The statistic is t for first minus second.</summary>
    /// <remarks>Welch, 1947, https://doi.org/10.1093/biomet/34.1-2.28; degrees of freedom after Satterthwaite.</remarks>
    /// <exception cref="ArgumentException">All values are equal within both samples: the test has no scale to measure by.</exception>
    public static TestResult Welch(ReadOnlySpan<double> first, ReadOnlySpan<double> second)
    {
        (double difference, double standardError, double degreesOfFreedom) = Compare(first, second);
        double t = difference / standardError;
        return new TestResult(t, Distributions.StudentTwoSided(t, degreesOfFreedom));
    }

    /// <summary>Welch's interval of the difference of two means, first minus second.</summary>
    /// <exception cref="ArgumentException">All values are equal within both samples.</exception>
    public static Interval WelchInterval(ReadOnlySpan<double> first, ReadOnlySpan<double> second, double confidence = 0.95)
    {
        (double difference, double standardError, double degreesOfFreedom) = Compare(first, second);
        double half = Distributions.StudentCritical(confidence, degreesOfFreedom) * standardError;
        return new Interval(difference - half, difference + half);
    }

    private static (double Difference, double StandardError, double DegreesOfFreedom) Compare(ReadOnlySpan<double> first, ReadOnlySpan<double> second)
    {
        Sample a = Sample.OfAtLeastTwo(first, nameof(first));
        Sample b = Sample.OfAtLeastTwo(second, nameof(second));
        double ofA = a.Variance / a.Count;
        double ofB = b.Variance / b.Count;
        double sum = ofA + ofB;
        ThrowIfConstant(sum, nameof(first));
        // Shares instead of squares of variances: tiny variances do not underflow.
        double shareA = ofA / sum;
        double shareB = ofB / sum;
        return (a.Mean - b.Mean, Math.Sqrt(sum), 1 / ((shareA * shareA / (a.Count - 1)) + (shareB * shareB / (b.Count - 1))));
    }

    private static void ThrowIfConstant(double variance, string name)
    {
        if (!(variance > 0))
        {
            throw new ArgumentException("All values are equal; the test needs a sample that varies.", name);
        }
    }
}
