using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Factorization;

namespace GradientDynamics.Analysis.Numerics;

/// <summary>Eigenvalues, ascending, and orthonormal eigenvectors of a symmetric matrix: A = V·diag(Values)·Vᵀ.</summary>
/// <remarks>
/// Accuracy: eigenvalues to about 1e-15 of the largest one in magnitude, times the dimension; a small eigenvalue beside a large one has that
/// absolute error, not that relative error. For Gram matrices XᵀX take <see cref="SingularValues"/> of X, which squares after the fact.
/// </remarks>
public sealed class SymmetricEigen
{
    private SymmetricEigen(Vector<double> values, Matrix<double> vectors)
    {
        Values = values;
        Vectors = vectors;
    }

    /// <summary>Eigenvalues, ascending.</summary>
    public Vector<double> Values { get; }

    /// <summary>Eigenvectors, one a column, in the order of the values.</summary>
    public Matrix<double> Vectors { get; }

    /// <summary>Decomposes a symmetric matrix; only symmetry to rounding is asked for, the mean with its transpose is taken.</summary>
    /// <param name="matrix">The matrix, (n, n).</param>
    public static SymmetricEigen Of(Matrix<double> matrix)
    {
        ArgumentNullException.ThrowIfNull(matrix);
        if (matrix.RowCount != matrix.ColumnCount)
        {
            throw new ArgumentException($"A symmetric matrix is square; this one is {matrix.RowCount} x {matrix.ColumnCount}.", nameof(matrix));
        }

        Evd<double> decomposition = (matrix + matrix.Transpose()).Multiply(0.5).Evd(Symmetricity.Symmetric);
        return new SymmetricEigen(decomposition.EigenValues.Map(value => value.Real), decomposition.EigenVectors);
    }
}
