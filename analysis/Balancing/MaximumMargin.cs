using GradientDynamics.Analysis.Numerics;
using MathNet.Numerics.LinearAlgebra;

namespace GradientDynamics.Analysis.Balancing;

/// <summary>The linear classifier without bias of the largest margin, to which unregularised logistic regression converges in direction (section 8.5.4).</summary>
/// <remarks>
/// Positive weights of examples do not enter it: in the limit reweighting changes nothing, while subsampling may take support vectors away.
/// Soudry et al., 2018, https://arxiv.org/abs/1710.10345. Accuracy: smallest margin within 1e-9 relative of the largest possible one, by the duality gap.
/// </remarks>
/// <param name="Direction">w/‖w‖, (features).</param>
/// <param name="Margin">Smallest y·xᵀw/‖w‖ over the examples.</param>
/// <param name="SupportWeights">Dual variables of ½‖w‖² under y·xᵀw ≥ 1; the support vectors are where they are positive.</param>
public sealed record MaximumMargin(Vector<double> Direction, double Margin, Vector<double> SupportWeights)
{
    private const int MaximumSweeps = 2_000_000;
    private const double Tolerance = 1e-9;

    /// <summary>The classifier of the largest margin, by coordinate ascent on max Σα − ½αᵀKα over α ≥ 0.</summary>
    /// <param name="labelledInputs">y·x, one example a row, (examples, features).</param>
    /// <exception cref="NonConvergenceException">No separating direction was found; the data may not be separable.</exception>
    public static MaximumMargin Find(Matrix<double> labelledInputs)
    {
        ArgumentNullException.ThrowIfNull(labelledInputs);
        if (!labelledInputs.ForAll(double.IsFinite))
        {
            throw new InvalidDataException("The inputs hold NaN or infinity.");
        }

        Matrix<double> kernel = labelledInputs.TransposeAndMultiply(labelledInputs);
        Vector<double> dual = Vector<double>.Build.Dense(kernel.RowCount);
        Vector<double> margins = Vector<double>.Build.Dense(kernel.RowCount);
        double gap = double.PositiveInfinity;
        for (int sweep = 0; sweep < MaximumSweeps; sweep++)
        {
            for (int i = 0; i < dual.Count; i++)
            {
                if (kernel[i, i] == 0)
                {
                    throw new NonConvergenceException($"Example {i} is the zero vector: no direction separates it.", 1);
                }

                double moved = Math.Max(0, dual[i] + ((1 - margins[i]) / kernel[i, i]));
                if (moved != dual[i])
                {
                    margins += (moved - dual[i]) * kernel.Column(i);
                    dual[i] = moved;
                }
            }

            // w scaled to margin 1 is feasible: ½‖w‖²/m² against the dual's value at its best scale bounds the error.
            double square = dual.DotProduct(margins);
            double smallest = margins.Minimum();
            double sum = dual.Sum();
            if (smallest > 0)
            {
                gap = 1 - (smallest * sum / square);
                if (Math.Abs(gap) <= Tolerance)
                {
                    Vector<double> weights = labelledInputs.TransposeThisAndMultiply(dual);
                    double norm = weights.L2Norm();
                    return new MaximumMargin(weights / norm, (labelledInputs * weights).Minimum() / norm, dual);
                }
            }

            if (!double.IsFinite(sum) || sum > 1e12)
            {
                break;
            }
        }

        throw new NonConvergenceException("No direction of positive margin was found; the data are not separable, or barely.", gap);
    }
}
