using GradientDynamics.Analysis.Numerics;
using MathNet.Numerics.LinearAlgebra;

namespace GradientDynamics.Analysis.GradientStarvation;

/// <summary>Fixed points where features do not couple, by the Lambert W function (Eqs. 6.3.12, 6.3.13).</summary>
/// <remarks>They solve the approximate dynamics (6.3.10) exactly. Accuracy: 2e-15 relative.</remarks>
public static class UncoupledSolution
{
    /// <summary>α* = λW(s²/λ + 1)/(s² + λ) of an example that alone carries a feature of strength s.</summary>
    /// <param name="strength">s.</param>
    /// <param name="lambda">λ.</param>
    public static double Dual(double strength, double lambda)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(strength);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(lambda);
        double scaled = (strength * strength / lambda) + 1;
        return LambertW.Evaluate(scaled) / scaled;
    }

    /// <summary>z* = s²W(s²/λ + 1)/(s² + λ), case 2 (U a permutation).</summary>
    /// <param name="strength">s.</param>
    /// <param name="lambda">λ.</param>
    public static double Response(double strength, double lambda) => strength * strength / lambda * Dual(strength, lambda);

    /// <summary>z*_j = s²W(s²/λ + 1)/(s² + λ)·Σ_i u_ij, case 1 (all strengths equal).</summary>
    /// <param name="leftVectors">U, (examples, features).</param>
    /// <param name="strength">s.</param>
    /// <param name="lambda">λ.</param>
    public static Vector<double> Responses(Matrix<double> leftVectors, double strength, double lambda)
    {
        ArgumentNullException.ThrowIfNull(leftVectors);
        return leftVectors.ColumnSums() * Response(strength, lambda);
    }

    /// <summary>z* of the exact dynamics (6.3.9), without log(1 − α) ≈ −α: the root of λz(1 + exp(z)) = s². Accuracy: 1e-15 relative.</summary>
    /// <param name="strength">s.</param>
    /// <param name="lambda">λ.</param>
    public static double ExactResponse(double strength, double lambda)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(strength);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(lambda);
        double ratio = strength * strength / lambda;
        // log z + log(1 + exp z) increases and is close to linear on both sides.
        return RootFinding.Find(z => Math.Log(z) + z + NearOne.Log(Math.Exp(-z)) - Math.Log(ratio), Math.Min(ratio / 4, 1e-3), Math.Max(ratio, 1));
    }
}
