using MathNet.Numerics;

namespace GradientDynamics.Statistics;

/// <summary>Tails and quantiles of the distributions that tests and intervals use, accurate in the tails: no survival probability is taken as 1 minus a rounded number.</summary>
public static class Distributions
{
    // Bisection halves the bracket down to neighbouring doubles; a double has 64 bits.
    private const int BisectionSteps = 1100;

    /// <summary>P(Z ≤ x) of the standard normal distribution.</summary>
    public static double NormalCdf(double x) => 0.5 * SpecialFunctions.Erfc(-x / Constants.Sqrt2);

    /// <summary>The x with P(Z ≤ x) = <paramref name="probability"/>.</summary>
    public static double NormalQuantile(double probability)
    {
        ThrowIfNotProbability(probability);
        return -Constants.Sqrt2 * SpecialFunctions.ErfcInv(2 * probability);
    }

    /// <summary>P(|T| ≥ |t|) of Student's distribution: I_{ν/(ν+t²)}(ν/2, 1/2).</summary>
    public static double StudentTwoSided(double t, double degreesOfFreedom)
    {
        ThrowIfNotPositive(degreesOfFreedom);
        return double.IsInfinity(t) ? 0 : SpecialFunctions.BetaRegularized(degreesOfFreedom / 2, 0.5, degreesOfFreedom / (degreesOfFreedom + (t * t)));
    }

    /// <summary>The t ≥ 0 with P(|T| ≤ t) = <paramref name="confidence"/>.</summary>
    public static double StudentCritical(double confidence, double degreesOfFreedom)
    {
        ThrowIfNotConfidence(confidence);
        ThrowIfNotPositive(degreesOfFreedom);
        double upper = 1;
        while (StudentTwoSided(upper, degreesOfFreedom) > 1 - confidence)
        {
            upper *= 2;
        }

        return Bisect(t => StudentTwoSided(t, degreesOfFreedom) <= 1 - confidence, 0, upper);
    }

    /// <summary>P(X ≥ x) of the chi-square distribution.</summary>
    public static double ChiSquareSurvival(double x, double degreesOfFreedom)
    {
        ThrowIfNotPositive(degreesOfFreedom);
        ArgumentOutOfRangeException.ThrowIfNegative(x);
        return double.IsPositiveInfinity(x) ? 0 : x == 0 ? 1 : SpecialFunctions.GammaUpperRegularized(degreesOfFreedom / 2, x / 2);
    }

    /// <summary>P(X ≤ k) of the binomial distribution with n trials: I_{1−p}(n−k, k+1).</summary>
    public static double BinomialCdf(int k, int n, double p)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(n);
        return k < 0 ? 0 : k >= n ? 1 : SpecialFunctions.BetaRegularized(n - k, k + 1.0, 1 - p);
    }

    /// <summary>P(X = k) of the binomial distribution with n trials and p = 1/2.</summary>
    internal static double FairCoinProbability(int k, int n) =>
        // Products of ratios keep full relative accuracy where factorials still fit; above, logarithms do.
        n <= 1000 ? Enumerable.Range(1, Math.Min(k, n - k)).Aggregate(Math.ScaleB(1, -n), (product, i) => product * (n - i + 1) / i)
        : Math.Exp(SpecialFunctions.BinomialLn(n, k) - (n * Constants.Ln2));

    /// <summary>The x with I_x(a, b) = <paramref name="probability"/>: a quantile of the beta distribution.</summary>
    public static double BetaQuantile(double probability, double a, double b)
    {
        ThrowIfNotProbability(probability);
        ThrowIfNotPositive(a);
        ThrowIfNotPositive(b);
        return Bisect(x => SpecialFunctions.BetaRegularized(a, b, x) >= probability, 0, 1);
    }

    internal static void ThrowIfNotConfidence(double confidence)
    {
        if (!(confidence > 0 && confidence < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(confidence), confidence, "Confidence must lie between 0 and 1, both excluded.");
        }
    }

    internal static void ThrowIfNotProbability(double probability)
    {
        if (!(probability >= 0 && probability <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(probability), probability, "A probability must lie between 0 and 1.");
        }
    }

    // The smallest argument, to neighbouring doubles, from which on the condition holds.
    private static double Bisect(Func<double, bool> holds, double lower, double upper)
    {
        for (int step = 0; step < BisectionSteps; step++)
        {
            double middle = lower + ((upper - lower) / 2);
            if (middle <= lower || middle >= upper)
            {
                break;
            }

            if (holds(middle))
            {
                upper = middle;
            }
            else
            {
                lower = middle;
            }
        }

        return upper;
    }

    private static void ThrowIfNotPositive(double value)
    {
        if (!(value > 0) || double.IsInfinity(value))
        {
            throw new ArgumentOutOfRangeException(nameof(value), value, "Must be positive and finite.");
        }
    }
}
