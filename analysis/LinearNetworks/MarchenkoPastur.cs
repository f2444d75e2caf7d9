using GradientDynamics.Analysis.Numerics;

namespace GradientDynamics.Analysis.LinearNetworks;

/// <summary>The limiting spectrum of XXᵀ for X of size N × P with independent entries of variance 1/N, α = P/N.</summary>
/// <remarks>
/// ρ(λ) = √((λ₊ − λ)(λ − λ₋))/(2πλ) on λ± = (√α ± 1)², and a share 1 − α at zero where α &lt; 1. Accuracy: the density four roundings; averages to
/// 1e-12 where the function is smooth on the scale of the spectrum.
/// </remarks>
public static class MarchenkoPastur
{
    // The midpoint rule in the angle converges exponentially; functions as sharp as exp(-1e5·λ) are resolved at this many points.
    private const int QuadraturePoints = 8192;

    /// <summary>Smallest and largest eigenvalue of the continuous part.</summary>
    /// <param name="alpha">α = P/N &gt; 0.</param>
    public static (double Lower, double Upper) Support(double alpha)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(alpha);
        double root = Math.Sqrt(alpha);
        return ((root - 1) * (root - 1), (root + 1) * (root + 1));
    }

    /// <summary>Density of the continuous part.</summary>
    /// <param name="eigenvalue">λ.</param>
    /// <param name="alpha">α.</param>
    public static double Density(double eigenvalue, double alpha)
    {
        (double lower, double upper) = Support(alpha);
        return eigenvalue <= lower || eigenvalue >= upper ? 0 : Math.Sqrt((upper - eigenvalue) * (eigenvalue - lower)) / (2 * Math.PI * eigenvalue);
    }

    /// <summary>Share of eigenvalues that are zero.</summary>
    /// <param name="alpha">α.</param>
    public static double ShareAtZero(double alpha) => Math.Max(0, 1 - alpha);

    /// <summary>Average of a function over the whole spectrum, the share at zero included.</summary>
    /// <param name="function">The function of an eigenvalue.</param>
    /// <param name="alpha">α.</param>
    public static double Average(Func<double, double> function, double alpha)
    {
        ArgumentNullException.ThrowIfNull(function);
        (double lower, double upper) = Support(alpha);
        double half = (upper - lower) / 2;
        double sum = 0;
        for (int i = 0; i < QuadraturePoints; i++)
        {
            double angle = Math.PI * (i + 0.5) / QuadraturePoints;
            double sine = Math.Sin(angle);
            // λ = λ₋ + half·(1 + cos θ), which keeps its digits near λ₋ = 0.
            double cosine = Math.Cos(angle / 2);
            double eigenvalue = lower + (2 * half * cosine * cosine);
            sum += half * half * sine * sine / (2 * Math.PI * eigenvalue) * function(eigenvalue);
        }

        double atZero = ShareAtZero(alpha);
        return (sum * Math.PI / QuadraturePoints) + (atZero > 0 ? atZero * function(0) : 0);
    }

    /// <summary>Eigenvalues, ascending, of XXᵀ for a random X of the given size; all dimension − P zeros are exact where P is smaller.</summary>
    /// <param name="dimension">N.</param>
    /// <param name="exampleCount">P.</param>
    /// <param name="source">Randomness.</param>
    public static IReadOnlyList<double> Sample(int dimension, int exampleCount, GaussianSource source)
    {
        ArgumentNullException.ThrowIfNull(source);
        var inputs = source.Matrix(dimension, exampleCount, 1 / Math.Sqrt(dimension));
        SymmetricEigen eigen = SymmetricEigen.Of(dimension <= exampleCount ? inputs.TransposeAndMultiply(inputs) : inputs.TransposeThisAndMultiply(inputs));
        // Rounding can turn an eigenvalue of zero negative.
        return [.. Enumerable.Repeat(0.0, dimension - eigen.Values.Count), .. eigen.Values.Select(value => Math.Max(0, value))];
    }
}
