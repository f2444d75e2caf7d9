using GradientDynamics.Analysis.Numerics;
using MathNet.Numerics.LinearAlgebra;

namespace GradientDynamics.Analysis.GradientStarvation;

/// <summary>Optima under the hinge and the squared loss, to set beside the cross-entropy's.</summary>
public static class OtherLosses
{
    // Coordinate ascent on a box converges linearly; support sets of small problems settle within some hundred sweeps.
    private const int MaximumSweeps = 1_000_000;

    /// <summary>Responses at the optimum of Σ(1 − m)² + (λ/2)‖θ‖²: z_j = s_j²/(s_j² + λ/2)·Σ_i u_ij. No feature depends on another one's strength.</summary>
    /// <remarks>Under spectral decoupling z_j = Σ_i u_ij/(1 + λ/2). Accuracy: rounding.</remarks>
    /// <param name="network">The network.</param>
    public static Vector<double> SquaredLossResponses(LinearizedNetwork network)
    {
        ArgumentNullException.ThrowIfNull(network);
        Vector<double> gains = network.Gains();
        return network.LeftVectors.ColumnSums().MapIndexed((j, sum) => sum * gains[j] / (gains[j] + 0.5));
    }

    /// <summary>Responses at the optimum of Σmax(0, 1 − m) + (λ/2)‖θ‖², by coordinate ascent on the dual: max Σα − ½αᵀAα over 0 ≤ α ≤ 1.</summary>
    /// <remarks>Accuracy: the gap between primal and dual objective is at most 1e-12 times their size.</remarks>
    /// <param name="network">The network.</param>
    /// <exception cref="NonConvergenceException">The gap stayed open.</exception>
    public static (Vector<double> Dual, Vector<double> Responses) HingeLoss(LinearizedNetwork network)
    {
        ArgumentNullException.ThrowIfNull(network);
        const double Tolerance = 1e-12;
        Matrix<double> kernel = new DualDynamics(network).Kernel;
        Vector<double> dual = Vector<double>.Build.Dense(network.ExampleCount);
        double gap = double.PositiveInfinity;
        for (int sweep = 0; sweep < MaximumSweeps; sweep++)
        {
            for (int i = 0; i < dual.Count; i++)
            {
                double slope = 1 - kernel.Row(i).DotProduct(dual);
                dual[i] = Math.Clamp(dual[i] + (slope / kernel[i, i]), 0, 1);
            }

            Vector<double> margins = kernel * dual;
            double quadratic = 0.5 * dual.DotProduct(margins);
            double primal = margins.Sum(LegendreDual.Hinge.Loss) + quadratic;
            gap = primal - (dual.Sum() - quadratic);
            if (gap <= Tolerance * (1 + primal))
            {
                return (dual, network.Responses(dual));
            }
        }

        throw new NonConvergenceException("The hinge loss's dual did not close its gap.", gap);
    }
}
