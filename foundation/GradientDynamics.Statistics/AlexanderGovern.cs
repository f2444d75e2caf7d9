namespace GradientDynamics.Statistics;

/// <summary>Alexander and Govern's test that several samples, of variances that may differ, have the same mean.</summary>
/// <remarks>Alexander and Govern, "A new and simpler approximation for ANOVA under variance heterogeneity", 1994, https://doi.org/10.3102/10769986019002091.</remarks>
public static class AlexanderGovern
{
    /// <summary>Tests two or more samples of two or more values each. The statistic A is chi-square with one degree of freedom less than there are samples.</summary>
    /// <exception cref="ArgumentException">A sample does not vary: its mean would have infinite weight.</exception>
    public static TestResult Test(IReadOnlyList<double[]> samples)
    {
        ArgumentNullException.ThrowIfNull(samples);
        ArgumentOutOfRangeException.ThrowIfLessThan(samples.Count, 2, nameof(samples));
        Sample[] groups = [.. samples.Select(values => Sample.OfAtLeastTwo(values, nameof(samples)))];
        foreach ((int i, Sample group) in groups.Index())
        {
            if (!(group.Variance > 0))
            {
                throw new ArgumentException($"All values of sample {i} are equal; the test needs samples that vary.", nameof(samples));
            }
        }

        double weights = groups.Sum(group => group.Count / group.Variance);
        double mean = groups.Sum(group => group.Count / group.Variance / weights * group.Mean);
        double statistic = groups.Sum(group =>
        {
            double z = Normalize((group.Mean - mean) / group.StandardError, group.Count - 1);
            return z * z;
        });
        return new TestResult(statistic, Distributions.ChiSquareSurvival(statistic, groups.Length - 1));
    }

    // Hill's normalising transformation of t, Eq. 3 of the paper.
    private static double Normalize(double t, int degreesOfFreedom)
    {
        double a = degreesOfFreedom - 0.5;
        double b = 48 * a * a;
        double c = Math.Sqrt(a * Math.Log(1 + (t * t / degreesOfFreedom)));
        double c3 = c * c * c;
        return c + (((c3) + (3 * c)) / b)
            - (((4 * c3 * c3 * c) + (33 * c3 * c * c) + (240 * c3) + (855 * c)) / ((10 * b * b) + (8 * b * c3 * c) + (1000 * b)));
    }
}
