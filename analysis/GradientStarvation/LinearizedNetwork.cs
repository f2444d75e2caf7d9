using GradientDynamics.Analysis.Numerics;
using MathNet.Numerics.LinearAlgebra;

namespace GradientDynamics.Analysis.GradientStarvation;

/// <summary>A linearised network on a training set, through the singular values of its tangent features times labels, YΦ = U·S·Vᵀ (Def. 6.3.1).</summary>
/// <remarks>
/// The margins are Yŷ = Uz with the feature responses z = S·Vᵀθ (Eq. 6.3.4). Everything that training does to z depends on U, S and λ alone.
/// </remarks>
public sealed class LinearizedNetwork
{
    // How far UᵀU may be from I: matrices printed to seven digits still pass.
    private const double OrthonormalTolerance = 1e-6;

    /// <summary>Creates the network from its decomposition.</summary>
    /// <param name="leftVectors">U, (examples, features), orthonormal columns.</param>
    /// <param name="strengths">S, (features), positive.</param>
    /// <param name="lambda">λ of (λ/2)‖θ‖² or (λ/2)‖ŷ‖²; positive.</param>
    /// <param name="regularizer">What λ multiplies. Default weight decay.</param>
    public LinearizedNetwork(Matrix<double> leftVectors, Vector<double> strengths, double lambda, Regularizer regularizer = Regularizer.WeightDecay)
    {
        ArgumentNullException.ThrowIfNull(leftVectors);
        ArgumentNullException.ThrowIfNull(strengths);
        if (!(lambda > 0) || double.IsInfinity(lambda))
        {
            throw new ArgumentOutOfRangeException(nameof(lambda), lambda, "lambda is positive and finite; without it separable data have no fixed point.");
        }

        if (strengths.Count != leftVectors.ColumnCount || strengths.Count == 0)
        {
            throw new InvalidDataException($"U is {leftVectors.RowCount} x {leftVectors.ColumnCount} and there are {strengths.Count} singular values; accepted is one singular value for each column.");
        }

        if (!strengths.ForAll(value => value > 0 && double.IsFinite(value)))
        {
            throw new InvalidDataException("Singular values are positive and finite; a feature of strength 0 is left out.");
        }

        double distance = (leftVectors.TransposeThisAndMultiply(leftVectors) - Matrix<double>.Build.DenseIdentity(strengths.Count)).Enumerate().Max(Math.Abs);
        if (!(distance <= OrthonormalTolerance))
        {
            throw new InvalidDataException($"The columns of U are not orthonormal: UᵀU differs from the identity by {distance:G3}, accepted is {OrthonormalTolerance:G3}.");
        }

        LeftVectors = leftVectors;
        Strengths = strengths;
        Lambda = lambda;
        Regularizer = regularizer;
    }

    /// <summary>U, (examples, features).</summary>
    public Matrix<double> LeftVectors { get; }

    /// <summary>S, (features).</summary>
    public Vector<double> Strengths { get; }

    /// <summary>λ.</summary>
    public double Lambda { get; }

    /// <summary>What λ multiplies.</summary>
    public Regularizer Regularizer { get; }

    /// <summary>Examples n.</summary>
    public int ExampleCount => LeftVectors.RowCount;

    /// <summary>Features r.</summary>
    public int FeatureCount => LeftVectors.ColumnCount;

    /// <summary>
    /// Whether the features span fewer directions than there are examples. Spectral decoupling then decouples only within their span, Yŷ = UUᵀα/λ: Eq. 6.3.18 needs full row rank.
    /// </summary>
    public bool IsRankDeficient => FeatureCount < ExampleCount;

    /// <summary>The two-feature problem of Eq. 6.3.15, U = ((√(1−δ²), −δ), (δ, √(1−δ²))).</summary>
    /// <param name="delta">Coupling δ in [0, 1].</param>
    /// <param name="first">s₁.</param>
    /// <param name="second">s₂.</param>
    /// <param name="lambda">λ.</param>
    /// <param name="regularizer">What λ multiplies. Default weight decay.</param>
    public static LinearizedNetwork TwoFeatures(double delta, double first, double second, double lambda, Regularizer regularizer = Regularizer.WeightDecay)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(delta);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(delta, 1);
        double diagonal = Math.Sqrt((1 - delta) * (1 + delta));
        Matrix<double> left = Matrix<double>.Build.DenseOfRowMajor(2, 2, [diagonal, -delta, delta, diagonal]);
        return new LinearizedNetwork(left, Vector<double>.Build.Dense([first, second]), lambda, regularizer);
    }

    /// <summary>The network of a matrix of tangent features times labels; features below the rounding of the strongest are left out.</summary>
    /// <param name="labelledFeatures">YΦ, (examples, parameters).</param>
    /// <param name="lambda">λ.</param>
    /// <param name="regularizer">What λ multiplies. Default weight decay.</param>
    public static LinearizedNetwork Of(Matrix<double> labelledFeatures, double lambda, Regularizer regularizer = Regularizer.WeightDecay)
    {
        SingularValues values = SingularValues.Of(labelledFeatures);
        int rank = values.Rank;
        if (rank == 0)
        {
            throw new InvalidDataException("All features are zero: there is nothing to learn.");
        }

        return new LinearizedNetwork(values.Left.SubMatrix(0, values.Left.RowCount, 0, rank), values.Strengths.SubVector(0, rank), lambda, regularizer);
    }

    /// <summary>What multiplies Uᵀα in the responses: s²/λ under weight decay, 1/λ under spectral decoupling.</summary>
    public Vector<double> Gains() => Regularizer == Regularizer.WeightDecay ? Strengths.PointwiseMultiply(Strengths) / Lambda : Vector<double>.Build.Dense(FeatureCount, 1 / Lambda);

    /// <summary>Responses of dual variables, z = gains·Uᵀα (Eq. 6.3.11).</summary>
    /// <param name="dual">α, (examples).</param>
    public Vector<double> Responses(Vector<double> dual) => Gains().PointwiseMultiply(LeftVectors.TransposeThisAndMultiply(dual));

    /// <summary>The same network with other strengths.</summary>
    /// <param name="strengths">S, (features).</param>
    public LinearizedNetwork WithStrengths(Vector<double> strengths) => new(LeftVectors, strengths, Lambda, Regularizer);

    /// <summary>σ(−m) = 1/(1 + exp(m)), elementwise: the dual variables of given margins.</summary>
    /// <param name="margins">Yŷ, (examples).</param>
    public static Vector<double> DualOfMargins(Vector<double> margins)
    {
        ArgumentNullException.ThrowIfNull(margins);
        return margins.Map(margin => margin >= 0 ? Math.Exp(-margin) / (1 + Math.Exp(-margin)) : 1 / (1 + Math.Exp(margin)));
    }
}
