using MathNet.Numerics.LinearAlgebra;

namespace GradientDynamics.Analysis.Numerics;

/// <summary>Eigenvalues, ascending, and orthonormal eigenvectors of a symmetric matrix: A = V·diag(Values)·Vᵀ.</summary>
/// <remarks>
/// Householder reduction and implicit QL of our own, which take half the processor time of MathNet.Numerics' at 400 and 1,000 rows. Accuracy: eigenvalues to about 1e-15 of the largest one in magnitude, times the dimension; a small eigenvalue beside a large one has that
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

        int size = matrix.RowCount;
        double[][] rows = [.. Enumerable.Range(0, size).Select(i => new double[size])];
        double largest = 0;
        for (int i = 0; i < size; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                double mean = (matrix[i, j] + matrix[j, i]) / 2;
                rows[i][j] = mean;
                rows[j][i] = mean;
                // Max keeps NaN.
                largest = Math.Max(largest, Math.Abs(mean));
            }
        }

        if (!double.IsFinite(largest))
        {
            throw new InvalidDataException($"The {size} x {size} matrix holds NaN or infinity; its eigenvalues are not defined.");
        }

        // Scaled by a power of two, so that squares neither overflow nor vanish and no digit changes.
        int exponent = largest == 0 ? 0 : Math.ILogB(largest);
        foreach (double[] row in rows)
        {
            for (int j = 0; j < size; j++)
            {
                row[j] = Math.ScaleB(row[j], -exponent);
            }
        }

        TridiagonalReduction reduction = TridiagonalReduction.Of(rows);
        double[] values = reduction.Diagonal;
        double[][] vectors = reduction.TransposedBasis();
        TridiagonalEigen.Solve(values, reduction.OffDiagonal, vectors);
        Array.Sort(values, vectors);
        return new SymmetricEigen(Vector<double>.Build.Dense(size, i => Math.ScaleB(values[i], exponent)), Matrix<double>.Build.DenseOfColumnArrays(vectors));
    }
}
