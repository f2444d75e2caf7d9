using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Factorization;

namespace GradientDynamics.Analysis.Numerics;

/// <summary>Singular value decomposition A = Left·diag(Strengths)·Rightᵀ, strengths descending, both bases complete.</summary>
/// <remarks>Accuracy: singular values to about 1e-15 of the largest one, times the larger dimension.</remarks>
public sealed class SingularValues
{
    private SingularValues(Matrix<double> left, Vector<double> strengths, Matrix<double> right)
    {
        Left = left;
        Strengths = strengths;
        Right = right;
    }

    /// <summary>Left vectors, one a column, (rows, rows).</summary>
    public Matrix<double> Left { get; }

    /// <summary>Singular values, descending, min(rows, columns) of them.</summary>
    public Vector<double> Strengths { get; }

    /// <summary>Right vectors, one a column, (columns, columns).</summary>
    public Matrix<double> Right { get; }

    /// <summary>Decomposes a matrix of finite numbers.</summary>
    /// <param name="matrix">The matrix, (rows, columns).</param>
    public static SingularValues Of(Matrix<double> matrix)
    {
        ArgumentNullException.ThrowIfNull(matrix);
        if (!matrix.ForAll(double.IsFinite))
        {
            throw new InvalidDataException($"The {matrix.RowCount} x {matrix.ColumnCount} matrix holds NaN or infinity; its singular values are not defined.");
        }

        Svd<double> decomposition = matrix.Svd();
        return new SingularValues(decomposition.U, decomposition.S, decomposition.VT.Transpose());
    }

    /// <summary>How many singular values exceed the rounding of the largest one.</summary>
    public int Rank => Strengths.Count(value => value > RankTolerance);

    /// <summary>Singular values at or below this are zero within rounding: max(rows, columns)·2⁻⁵²·largest.</summary>
    public double RankTolerance => Math.Max(Left.RowCount, Right.RowCount) * Math.ScaleB(1, -52) * (Strengths.Count == 0 ? 0 : Strengths[0]);
}
