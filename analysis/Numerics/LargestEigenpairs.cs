using MathNet.Numerics.LinearAlgebra;

namespace GradientDynamics.Analysis.Numerics;

/// <summary>The largest eigenvalues and eigenvectors of a positive semidefinite operator that can only be applied, by randomised subspace iteration.</summary>
/// <remarks>
/// Halko, Martinsson and Tropp, 2011, https://arxiv.org/abs/0909.4061. Accuracy: the residual ‖Av − θv‖ of every returned pair is at most the tolerance times the
/// largest eigenvalue; an eigenvalue then errs by at most that residual, and by its square where the spectrum has a gap.
/// </remarks>
public sealed class LargestEigenpairs
{
    // Directions beyond those asked for: they speed up convergence by the ratio to the first eigenvalue left out (Halko et al., section 4.2).
    private const int Oversampling = 10;

    private LargestEigenpairs(Vector<double> values, Matrix<double> vectors, double residual, int iterations)
    {
        Values = values;
        Vectors = vectors;
        Residual = residual;
        Iterations = iterations;
    }

    /// <summary>Eigenvalues, descending.</summary>
    public Vector<double> Values { get; }

    /// <summary>Orthonormal eigenvectors, one a column.</summary>
    public Matrix<double> Vectors { get; }

    /// <summary>Largest residual of a pair, relative to the largest eigenvalue.</summary>
    public double Residual { get; }

    /// <summary>How often the operator was applied.</summary>
    public int Iterations { get; }

    /// <summary>Finds the pairs.</summary>
    /// <param name="apply">The operator on a block of columns, (size, columns).</param>
    /// <param name="size">Rows of a vector.</param>
    /// <param name="count">Pairs wanted.</param>
    /// <param name="tolerance">Accepted residual relative to the largest eigenvalue. Default 1e-8.</param>
    /// <param name="maximumIterations">Applications after which the search gives up. Default 200.</param>
    /// <param name="seed">Seed of the random start. Default 0.</param>
    /// <exception cref="NonConvergenceException">The residual stayed above the tolerance.</exception>
    public static LargestEigenpairs Find(Func<Matrix<double>, Matrix<double>> apply, int size, int count, double tolerance = 1e-8, int maximumIterations = 200, int seed = 0)
    {
        ArgumentNullException.ThrowIfNull(apply);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, size);
        int block = Math.Min(size, count + Oversampling);
        Matrix<double> basis = Orthonormal(new GaussianSource(seed).Matrix(size, block));
        double residual = double.PositiveInfinity;
        for (int iteration = 1; iteration <= maximumIterations; iteration++)
        {
            Matrix<double> image = apply(basis);
            SymmetricEigen small = SymmetricEigen.Of(basis.TransposeThisAndMultiply(image));
            Matrix<double> order = Matrix<double>.Build.DenseOfColumnVectors(Enumerable.Range(0, block).Select(i => small.Vectors.Column(block - 1 - i)));
            Vector<double> values = Vector<double>.Build.Dense(block, i => small.Values[block - 1 - i]);
            Matrix<double> vectors = basis * order;
            Matrix<double> images = image * order;
            double largest = Math.Max(values[0], double.Epsilon);
            residual = Enumerable.Range(0, count).Max(i => (images.Column(i) - (values[i] * vectors.Column(i))).L2Norm()) / largest;
            if (residual <= tolerance)
            {
                return new LargestEigenpairs(values.SubVector(0, count), vectors.SubMatrix(0, size, 0, count), residual, iteration);
            }

            basis = Orthonormal(images);
        }

        throw new NonConvergenceException($"The {count} largest eigenpairs were not found to {tolerance:G3} in {maximumIterations} iterations.", residual);
    }

    private static Matrix<double> Orthonormal(Matrix<double> matrix) => matrix.QR(MathNet.Numerics.LinearAlgebra.Factorization.QRMethod.Thin).Q;
}
