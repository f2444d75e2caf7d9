using GradientDynamics.Analysis.Numerics;

namespace GradientDynamics.Analysis.DoubleDescent;

/// <summary>A linear learner seen in the eigenbasis of XᵀX: it multiplies the component of Xᵀy at eigenvalue l by φ(l).</summary>
/// <remarks>Accuracy: four roundings relative, also for tiny eigenvalues, short and very long times.</remarks>
public sealed class SpectralFilter
{
    private readonly Func<double, double> _response;

    private SpectralFilter(Func<double, double> response)
    {
        _response = response;
    }

    /// <summary>φ at an eigenvalue.</summary>
    /// <param name="eigenvalue">Eigenvalue l ≥ 0 of XᵀX.</param>
    public double At(double eigenvalue) => _response(eigenvalue);

    /// <summary>Gradient descent from zero: φ(l) = (1 − (1 − ηλ − ηl)ᵗ)/(l + λ) (Eq. 4.2.19).</summary>
    /// <remarks>
    /// Where l = λ = 0 the subspace is frozen: Xᵀy has no component there, and φ = 0 stands for it. Between whole steps the power is
    /// defined where 1 − ηλ − ηl ≥ 0, that is for η ≤ 1/(λ_max + λ).
    /// </remarks>
    /// <param name="time">Steps t ≥ 0, whole or not.</param>
    /// <param name="learningRate">η; at most 2/(λ_max + λ).</param>
    /// <param name="lambda">Weight decay λ. Default 0.</param>
    public static SpectralFilter GradientDescent(double time, double learningRate, double lambda = 0)
    {
        RequireNonNegative(time, nameof(time));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(learningRate);
        RequireNonNegative(lambda, nameof(lambda));
        return new SpectralFilter(l => l + lambda == 0 ? 0 : Progress(learningRate * (l + lambda), time) / (l + lambda));
    }

    /// <summary>Gradient flow from zero: φ(l) = (1 − exp(−(l + λ)s))/(l + λ) at s = ηt.</summary>
    /// <param name="flowTime">s ≥ 0.</param>
    /// <param name="lambda">Weight decay λ. Default 0.</param>
    public static SpectralFilter GradientFlow(double flowTime, double lambda = 0)
    {
        RequireNonNegative(flowTime, nameof(flowTime));
        RequireNonNegative(lambda, nameof(lambda));
        return new SpectralFilter(l => l + lambda == 0 ? 0 : -NearOne.Exp(-(l + lambda) * flowTime) / (l + lambda));
    }

    /// <summary>Ridge regression: φ(l) = 1/(l + λ); with λ = 0 the least-norm solution, φ(0) = 0.</summary>
    /// <param name="lambda">Ridge coefficient.</param>
    public static SpectralFilter Ridge(double lambda)
    {
        RequireNonNegative(lambda, nameof(lambda));
        return new SpectralFilter(l => l + lambda == 0 ? 0 : 1 / (l + lambda));
    }

    // 1 − (1 − x)ᵗ for x = η(l + λ).
    private static double Progress(double x, double time)
    {
        // x = 1 to rounding is the papers' own learning rate at the largest eigenvalue: done in one step.
        const double Rounding = 1e-12;
        if (x < 1)
        {
            return -NearOne.Exp(time * NearOne.Log(-x));
        }

        if (time == Math.Floor(time))
        {
            double power = Math.Pow(x - 1, time);
            return Math.IEEERemainder(time, 2) == 0 ? 1 - power : 1 + power;
        }

        return x <= 1 + Rounding
            ? 1
            : throw new ArgumentOutOfRangeException(nameof(time), time, $"Between whole steps gradient descent is defined for a learning rate of at most 1/(λ_max + λ); this one is {x:G6} times that.");
    }

    private static void RequireNonNegative(double value, string name)
    {
        if (!(value >= 0) || double.IsInfinity(value))
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name} is finite and not negative.");
        }
    }
}
