using MathNet.Numerics.LinearAlgebra;

namespace GradientDynamics.Analysis.GradientStarvation;

/// <summary>Around which uncoupled solution the perturbation expands; the dissertation uses one in the lemma and the other in its proof.</summary>
public enum UnperturbedSolution
{
    /// <summary>The fixed point with δ = 0 (Lemma 6.3.4): α₀ = W(s²/λ + 1)/(s²/λ + 1). For as many features as examples.</summary>
    Uncoupled,

    /// <summary>The fixed point of A's diagonal, δ² included (App. .5.38): α₀ = W(A_ii)/A_ii.</summary>
    Diagonal,
}

/// <summary>The fixed point of weakly coupled features to first order in the coupling: α* = (1 − log α₀)[A + diag(1/α₀)]⁻¹ (Eq. 6.3.14).</summary>
/// <remarks>
/// A = λ⁻¹U(S² + λI)Uᵀ. Accuracy: of the formula, rounding; of the approximation, second order in δ: at λ = 0.01, s = (3, 2) its dz₂*/ds₁² is right to 0.2 % at
/// δ = 0.001 and 66 % too large at δ = 0.5. The two choices of α₀ differ at second order.
/// </remarks>
public static class PerturbativeSolution
{
    /// <summary>α*, (examples).</summary>
    /// <param name="network">The network.</param>
    /// <param name="unperturbed">Around which solution. Default the lemma's.</param>
    public static Vector<double> Dual(LinearizedNetwork network, UnperturbedSolution unperturbed = UnperturbedSolution.Uncoupled)
    {
        ArgumentNullException.ThrowIfNull(network);
        if (unperturbed == UnperturbedSolution.Uncoupled && network.IsRankDeficient)
        {
            throw new ArgumentException("The uncoupled solution assigns one feature to each example; with fewer features take the diagonal one.", nameof(unperturbed));
        }

        Matrix<double> kernel = new DualDynamics(network, approximate: true).Kernel;
        Vector<double> start = unperturbed == UnperturbedSolution.Uncoupled
            ? network.Strengths.Map(strength => UncoupledSolution.Dual(strength, network.Lambda))
            : kernel.Diagonal().Map(diagonal => Numerics.LambertW.Evaluate(diagonal) / diagonal);
        Matrix<double> system = kernel + Matrix<double>.Build.DenseOfDiagonalVector(1 / start);
        return system.Solve(start.Map(a => 1 - Math.Log(a)));
    }

    /// <summary>z* = gains·Uᵀα*, (features).</summary>
    /// <param name="network">The network.</param>
    /// <param name="unperturbed">Around which solution. Default the lemma's.</param>
    public static Vector<double> Responses(LinearizedNetwork network, UnperturbedSolution unperturbed = UnperturbedSolution.Uncoupled) => network.Responses(Dual(network, unperturbed));
}
