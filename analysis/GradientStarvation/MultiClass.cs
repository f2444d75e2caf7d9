using GradientDynamics.Analysis.Numerics;
using MathNet.Numerics.LinearAlgebra;

namespace GradientDynamics.Analysis.GradientStarvation;

/// <summary>The softmax cross-entropy of several classes and its dual (App. .5.1.1).</summary>
/// <remarks>
/// Primal: Σ CE(ŷ) + (λ/2)Σ_c‖θ_c‖² with ŷ_c = Φθ_c. Dual: ΣH(α) − (1/2λ)Σ_c‖Φᵀ(y_c − α_c)‖² over distributions α. At the optimum α = softmax(ŷ) and
/// ŷ = K(y − α)/λ with K = ΦΦᵀ; under spectral decoupling with features of full row rank ŷ = (y − α)/λ, each example by itself.
/// Accuracy: the residual of that condition is at most 1e-12·(1 + largest kernel entry/λ).
/// </remarks>
public sealed class MultiClass
{
    private readonly Matrix<double> _kernel;
    private readonly Matrix<double> _targets;

    /// <summary>Creates the problem.</summary>
    /// <param name="kernel">K = ΦΦᵀ, (examples, examples).</param>
    /// <param name="labels">Classes 0, 1, …, (examples).</param>
    /// <param name="classCount">Classes.</param>
    /// <param name="lambda">λ, positive.</param>
    /// <param name="regularizer">What λ multiplies. Default weight decay.</param>
    public MultiClass(Matrix<double> kernel, IReadOnlyList<int> labels, int classCount, double lambda, Regularizer regularizer = Regularizer.WeightDecay)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentOutOfRangeException.ThrowIfLessThan(classCount, 2);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(lambda);
        if (kernel.RowCount != labels.Count || kernel.ColumnCount != labels.Count || labels.Any(label => label < 0 || label >= classCount))
        {
            throw new InvalidDataException($"The kernel is {kernel.RowCount} x {kernel.ColumnCount} for {labels.Count} labels; accepted is a square kernel of that size and labels from 0 to {classCount - 1}.");
        }

        _kernel = regularizer == Regularizer.WeightDecay ? kernel : Matrix<double>.Build.DenseIdentity(labels.Count);
        _targets = Matrix<double>.Build.Dense(labels.Count, classCount, (row, column) => labels[row] == column ? 1 : 0);
        Lambda = lambda;
    }

    /// <summary>λ.</summary>
    public double Lambda { get; }

    /// <summary>softmax of logits, row by row.</summary>
    /// <param name="logits">(examples, classes).</param>
    public static Matrix<double> Softmax(Matrix<double> logits)
    {
        ArgumentNullException.ThrowIfNull(logits);
        Vector<double> shift = Vector<double>.Build.Dense(logits.RowCount, row => logits.Row(row).Maximum());
        Matrix<double> powers = logits.MapIndexed((row, _, value) => Math.Exp(value - shift[row]));
        Vector<double> sums = powers.RowSums();
        return powers.MapIndexed((row, _, value) => value / sums[row]);
    }

    /// <summary>The primal objective of the parameters θ_c = Φᵀ(y_c − α_c)/λ.</summary>
    /// <param name="probabilities">α, (examples, classes).</param>
    public double Primal(Matrix<double> probabilities)
    {
        Matrix<double> logits = Logits(probabilities);
        double loss = 0;
        for (int row = 0; row < logits.RowCount; row++)
        {
            double largest = logits.Row(row).Maximum();
            double sum = logits.Row(row).Sum(value => Math.Exp(value - largest));
            loss += largest + Math.Log(sum) - logits.Row(row).DotProduct(_targets.Row(row));
        }

        return loss + Penalty(probabilities);
    }

    /// <summary>The dual objective.</summary>
    /// <param name="probabilities">α, (examples, classes).</param>
    public double Dual(Matrix<double> probabilities)
    {
        ArgumentNullException.ThrowIfNull(probabilities);
        double entropy = probabilities.Enumerate().Sum(a => a > 0 ? -a * Math.Log(a) : 0);
        return entropy - Penalty(probabilities);
    }

    /// <summary>Logits of given probabilities, ŷ = K(y − α)/λ.</summary>
    /// <param name="probabilities">α, (examples, classes).</param>
    public Matrix<double> Logits(Matrix<double> probabilities) => _kernel * (_targets - probabilities) / Lambda;

    /// <summary>The optimum: α = softmax(K(y − α)/λ).</summary>
    /// <exception cref="NonConvergenceException">Newton's method did not reach the tolerance.</exception>
    public (Matrix<double> Probabilities, Matrix<double> Logits, double Residual) FindFixedPoint()
    {
        int examples = _targets.RowCount;
        int classes = _targets.ColumnCount;
        double tolerance = 1e-12 * (1 + (_kernel.Enumerate().Max(Math.Abs) / Lambda));
        Matrix<double> Unpack(Vector<double> x) => Matrix<double>.Build.DenseOfColumnMajor(examples, classes, x.ToArray());
        Vector<double> Residual(Vector<double> x)
        {
            Matrix<double> logits = Unpack(x);
            return Vector<double>.Build.DenseOfArray((logits - Logits(Softmax(logits))).ToColumnMajorArray());
        }

        Matrix<double> Jacobian(Vector<double> x)
        {
            Matrix<double> probabilities = Softmax(Unpack(x));
            Matrix<double> jacobian = Matrix<double>.Build.DenseIdentity(examples * classes);
            for (int c = 0; c < classes; c++)
            {
                for (int other = 0; other < classes; other++)
                {
                    Vector<double> slope = Vector<double>.Build.Dense(examples, i => probabilities[i, c] * ((c == other ? 1 : 0) - probabilities[i, other]) / Lambda);
                    Matrix<double> block = _kernel.MapIndexed((_, column, value) => value * slope[column]);
                    jacobian.SetSubMatrix(c * examples, other * examples, jacobian.SubMatrix(c * examples, examples, other * examples, examples) + block);
                }
            }

            return jacobian;
        }

        Vector<double> root = NewtonMethod.Find(Residual, Jacobian, Vector<double>.Build.Dense(examples * classes), tolerance);
        Matrix<double> found = Unpack(root);
        return (Softmax(found), found, Residual(root).InfinityNorm());
    }

    private double Penalty(Matrix<double> probabilities)
    {
        Matrix<double> difference = _targets - probabilities;
        return (_kernel * difference).PointwiseMultiply(difference).Enumerate().Sum() / (2 * Lambda);
    }
}
