using MathNet.Numerics;

namespace GradientDynamics.Statistics;

/// <summary>McNemar's test: do two classifiers, asked about the same examples, err equally often? Only the examples that exactly one of them gets right count.</summary>
/// <remarks>McNemar, 1947, https://doi.org/10.1007/BF02295996; the mid-p value and the comparison of the three: Fagerland, Lydersen and Laake, 2013, https://doi.org/10.1186/1471-2288-13-91.</remarks>
public static class McNemar
{
    /// <summary>Exact test: the two-sided binomial probability with p = 1/2. The statistic is the smaller count. Never too small a p-value, often too large a one.</summary>
    /// <param name="onlyFirst">Examples that only the first classifier gets right.</param>
    /// <param name="onlySecond">Examples that only the second classifier gets right.</param>
    public static TestResult Exact(int onlyFirst, int onlySecond)
    {
        (int smaller, int total) = Check(onlyFirst, onlySecond);
        return new TestResult(smaller, onlyFirst == onlySecond ? 1 : Math.Min(1, 2 * Distributions.BinomialCdf(smaller, total, 0.5)));
    }

    /// <summary>Mid-p test: outcomes more extreme than the observed one, plus half of those as extreme; 1 where no example tells the classifiers apart. The statistic is the smaller count.</summary>
    /// <param name="onlyFirst">Examples that only the first classifier gets right.</param>
    /// <param name="onlySecond">Examples that only the second classifier gets right.</param>
    public static TestResult MidP(int onlyFirst, int onlySecond)
    {
        (int smaller, int total) = Check(onlyFirst, onlySecond);
        if (total == 0)
        {
            return new TestResult(0, 1);
        }

        // Unequal counts have a mirror image that is as extreme; equal counts are their own.
        double observed = Distributions.FairCoinProbability(smaller, total);
        return new TestResult(smaller, onlyFirst == onlySecond ? 1 - (observed / 2) : (2 * Distributions.BinomialCdf(smaller - 1, total, 0.5)) + observed);
    }

    /// <summary>Approximate test with Edwards' continuity correction: (|b − c| − 1)²/(b + c), chi-square with one degree of freedom.</summary>
    /// <param name="onlyFirst">Examples that only the first classifier gets right.</param>
    /// <param name="onlySecond">Examples that only the second classifier gets right.</param>
    public static TestResult ChiSquareWithContinuity(int onlyFirst, int onlySecond)
    {
        (_, int total) = Check(onlyFirst, onlySecond);
        double excess = Math.Max(0, Math.Abs((double)onlyFirst - onlySecond) - 1);
        double statistic = total == 0 ? 0 : excess * excess / total;
        return new TestResult(statistic, SpecialFunctions.Erfc(Math.Sqrt(statistic / 2)));
    }

    private static (int Smaller, int Total) Check(int onlyFirst, int onlySecond)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(onlyFirst);
        ArgumentOutOfRangeException.ThrowIfNegative(onlySecond);
        return (Math.Min(onlyFirst, onlySecond), checked(onlyFirst + onlySecond));
    }
}
