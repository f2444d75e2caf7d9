using GradientDynamics.Analysis.Numerics;
using MathNet.Numerics.LinearAlgebra;

namespace GradientDynamics.Analysis.LinearNetworks;

/// <summary>Gradient flow of a two-layer linear network ŷ = W₃₂W₂₁x on the squared loss, for any input correlation (Eqs. 2.2.5, 2.2.6).</summary>
/// <remarks>
/// τẆ₂₁ = W₃₂ᵀ(Σ_yx − W₃₂W₂₁Σ_xx), τẆ₃₂ = (Σ_yx − W₃₂W₂₁Σ_xx)W₂₁ᵀ. With Σ_xx = I and balanced, aligned weights each singular value of Σ_yx is learned by
/// itself, as <see cref="ModeDynamics"/> says. W₂₁W₂₁ᵀ − W₃₂ᵀW₃₂ is conserved. Accuracy: 1e-8 relative.
/// </remarks>
public sealed class TwoLayerNetwork
{
    /// <summary>Creates a network.</summary>
    /// <param name="inputWeights">W₂₁, (hidden, inputs).</param>
    /// <param name="outputWeights">W₃₂, (outputs, hidden).</param>
    public TwoLayerNetwork(Matrix<double> inputWeights, Matrix<double> outputWeights)
    {
        ArgumentNullException.ThrowIfNull(inputWeights);
        ArgumentNullException.ThrowIfNull(outputWeights);
        if (outputWeights.ColumnCount != inputWeights.RowCount)
        {
            throw new InvalidDataException($"The input weights have {inputWeights.RowCount} hidden units, the output weights {outputWeights.ColumnCount}.");
        }

        InputWeights = inputWeights;
        OutputWeights = outputWeights;
    }

    /// <summary>W₂₁, (hidden, inputs).</summary>
    public Matrix<double> InputWeights { get; }

    /// <summary>W₃₂, (outputs, hidden).</summary>
    public Matrix<double> OutputWeights { get; }

    /// <summary>The network's map W₃₂W₂₁, (outputs, inputs).</summary>
    public Matrix<double> Map => OutputWeights * InputWeights;

    /// <summary>Balanced small weights aligned with the singular vectors of Σ_yx: mode α starts at strength u₀ on a hidden unit of its own.</summary>
    /// <param name="correlation">Σ_yx, (outputs, inputs).</param>
    /// <param name="start">u₀.</param>
    public static TwoLayerNetwork Aligned(Matrix<double> correlation, double start)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(start);
        SingularValues values = SingularValues.Of(correlation);
        int modes = values.Strengths.Count;
        double scale = Math.Sqrt(start);
        return new TwoLayerNetwork(
            scale * values.Right.SubMatrix(0, values.Right.RowCount, 0, modes).Transpose(),
            scale * values.Left.SubMatrix(0, values.Left.RowCount, 0, modes));
    }

    /// <summary>The networks at given times of gradient flow.</summary>
    /// <param name="correlation">Σ_yx = yXᵀ, (outputs, inputs).</param>
    /// <param name="inputCorrelation">Σ_xx = XXᵀ, (inputs, inputs); null stands for whitened inputs, the identity.</param>
    /// <param name="times">Times, ascending.</param>
    /// <param name="timeConstant">τ. Default 1.</param>
    public IReadOnlyList<TwoLayerNetwork> Integrate(Matrix<double> correlation, Matrix<double>? inputCorrelation, IReadOnlyList<double> times, double timeConstant = 1)
    {
        ArgumentNullException.ThrowIfNull(correlation);
        int first = InputWeights.RowCount * InputWeights.ColumnCount;
        double[] start = [.. InputWeights.ToColumnMajorArray(), .. OutputWeights.ToColumnMajorArray()];
        double[][] states = new DormandPrince().Integrate(
            (_, state, rate) =>
            {
                TwoLayerNetwork network = Unpack(state);
                Matrix<double> map = network.Map;
                Matrix<double> error = (correlation - (inputCorrelation is null ? map : map * inputCorrelation)) / timeConstant;
                network.OutputWeights.TransposeThisAndMultiply(error).ToColumnMajorArray().CopyTo(rate);
                error.TransposeAndMultiply(network.InputWeights).ToColumnMajorArray().CopyTo(rate[first..]);
            },
            start,
            [.. times]);
        return [.. states.Select(state => Unpack(state))];
    }

    /// <summary>Strengths of the singular modes of Σ_yx in the network's map, u_αᵀW₃₂W₂₁v_α, in the order of descending singular values.</summary>
    /// <param name="correlation">Σ_yx.</param>
    public Vector<double> ModeStrengths(Matrix<double> correlation)
    {
        SingularValues values = SingularValues.Of(correlation);
        Matrix<double> rotated = values.Left.TransposeThisAndMultiply(Map) * values.Right;
        return Vector<double>.Build.Dense(values.Strengths.Count, i => rotated[i, i]);
    }

    /// <summary>The energy of Eq. 2.2.13, split: modes cooperating towards their singular value, and different modes competing.</summary>
    /// <remarks>½Σ(s_α − a^α·b^α)² and ½Σ_{α≠β}(a^α·b^β)², a^α and b^α the columns of W₂₁V and the rows of UᵀW₃₂; their sum is ½‖Σ_yx − W₃₂W₂₁‖².</remarks>
    /// <param name="correlation">Σ_yx.</param>
    public (double Cooperation, double Competition) Energy(Matrix<double> correlation)
    {
        SingularValues values = SingularValues.Of(correlation);
        Matrix<double> overlaps = values.Left.TransposeThisAndMultiply(Map) * values.Right;
        double cooperation = 0;
        double competition = 0;
        for (int row = 0; row < overlaps.RowCount; row++)
        {
            for (int column = 0; column < overlaps.ColumnCount; column++)
            {
                if (row == column)
                {
                    double missing = values.Strengths[row] - overlaps[row, column];
                    cooperation += missing * missing / 2;
                }
                else
                {
                    competition += overlaps[row, column] * overlaps[row, column] / 2;
                }
            }
        }

        return (cooperation, competition);
    }

    private TwoLayerNetwork Unpack(ReadOnlySpan<double> state)
    {
        int first = InputWeights.RowCount * InputWeights.ColumnCount;
        return new TwoLayerNetwork(
            Matrix<double>.Build.Dense(InputWeights.RowCount, InputWeights.ColumnCount, state[..first].ToArray()),
            Matrix<double>.Build.Dense(OutputWeights.RowCount, OutputWeights.ColumnCount, state[first..].ToArray()));
    }
}
