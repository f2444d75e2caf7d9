using System.Numerics;

namespace GradientDynamics.Statistics.Tests;

/// <summary>Probabilities by exact integer arithmetic and plain quadrature: what the library's special functions are held against.</summary>
internal static class Exact
{
    // Special functions of about 1e-14 relative accuracy, through a few operations.
    public const double SpecialFunctionTolerance = 1e-12;

    public static void ShouldBeClose(this double actual, double expected, double relative = SpecialFunctionTolerance) =>
        actual.ShouldBe(expected, relative * Math.Max(1e-300, Math.Abs(expected)));

    public static BigInteger Choose(int n, int k)
    {
        BigInteger product = 1;
        for (int i = 1; i <= k; i++)
        {
            product = product * (n - i + 1) / i;
        }

        return product;
    }

    /// <summary>numerator / 2^power to double precision.</summary>
    public static double Over(BigInteger numerator, int power)
    {
        int bits = (int)numerator.GetBitLength();
        int shift = Math.Max(0, bits - 64);
        return Math.ScaleB((double)(numerator >> shift), shift - power);
    }

    /// <summary>P(X ≤ k) of the binomial distribution, term by term.</summary>
    public static double BinomialCdf(int k, int n, double p) =>
        Enumerable.Range(0, k + 1).Sum(i => (double)Choose(n, i) * Math.Pow(p, i) * Math.Pow(1 - p, n - i));

    /// <summary>P(|T| ≥ t) by the midpoint rule on the angle atan(t/√ν), where the density is a power of the cosine.</summary>
    public static double StudentTwoSided(double t, double degreesOfFreedom)
    {
        const int steps = 200_000;
        double from = Math.Atan(Math.Abs(t) / Math.Sqrt(degreesOfFreedom));
        return Integral(from) / Integral(0);

        double Integral(double start)
        {
            double width = ((Math.PI / 2) - start) / steps;
            return width * Enumerable.Range(0, steps).Sum(i => Math.Pow(Math.Cos(start + ((i + 0.5) * width)), degreesOfFreedom - 1));
        }
    }
}
