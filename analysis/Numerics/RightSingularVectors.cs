using MathNet.Numerics.LinearAlgebra;

namespace GradientDynamics.Analysis.Numerics;

/// <summary>Singular values and right singular vectors of a matrix: A·v_i = s_i·u_i, without the u_i.</summary>
/// <remarks>
/// Eigenvectors of AᵀA make the columns of A·V nearly orthogonal; one-sided Jacobi rotations finish what squaring lost (Drmač and Veselić, 2008, https://doi.org/10.1137/050639193, for preconditioned
/// Jacobi). Accuracy: s_i to about 1e-15 of the largest times the root of the rows, small ones often far better; columns of A·V orthogonal to 1e-15·√rows relative to their own lengths.
/// </remarks>
public sealed class RightSingularVectors
{
    // Convergence is quadratic once columns are nearly orthogonal: two sweeps are usual, what is not settled after thirty never will be.
    private const int MaximumSweeps = 30;

    private RightSingularVectors(double[] strengths, double[][] vectors, int rows)
    {
        Strengths = strengths;
        Vectors = vectors;
        RankTolerance = Math.Max(rows, vectors.Length) * Math.ScaleB(1, -52) * (strengths.Length == 0 ? 0 : strengths[0]);
    }

    /// <summary>Singular values, descending, one for each column of A; beyond min(rows, columns) they are rounding.</summary>
    public IReadOnlyList<double> Strengths { get; }

    /// <summary>Right singular vectors, an array each, in the order of the strengths.</summary>
    public IReadOnlyList<double[]> Vectors { get; }

    /// <summary>Singular values at or below this are zero within rounding: max(rows, columns)·2⁻⁵²·largest.</summary>
    public double RankTolerance { get; }

    /// <summary>Decomposes a matrix of finite numbers.</summary>
    /// <param name="matrix">A, (rows, columns).</param>
    /// <exception cref="NonConvergenceException">The rotations did not settle.</exception>
    public static RightSingularVectors Of(Matrix<double> matrix)
    {
        ArgumentNullException.ThrowIfNull(matrix);
        int rows = matrix.RowCount;
        int columns = matrix.ColumnCount;
        double[][] columnArrays = matrix.ToColumnArrays();
        double largest = columnArrays.Max(column => column.Max(Math.Abs));
        if (!columnArrays.All(column => column.All(double.IsFinite)))
        {
            throw new InvalidDataException($"The {rows} x {columns} matrix holds NaN or infinity; its singular values are not defined.");
        }

        // Scaled by a power of two, so that squares neither overflow nor vanish and no digit changes.
        int exponent = largest == 0 ? 0 : Math.ILogB(largest);
        foreach (double[] column in columnArrays)
        {
            for (int i = 0; i < rows; i++)
            {
                column[i] = Math.ScaleB(column[i], -exponent);
            }
        }

        double[][] products = RowProducts.Gram(columnArrays);
        Matrix<double> gram = Matrix<double>.Build.Dense(columns, columns, (i, j) => i >= j ? products[i][j] : products[j][i]);
        double[][] vectors = SymmetricEigen.Of(gram).Vectors.ToColumnArrays();
        Array.Reverse(vectors);
        double[][] images = RowProducts.Of(vectors, Transposed(columnArrays, rows));
        Rotate(images, vectors);

        double[] strengths = [.. images.Select(image => Math.ScaleB(Math.Sqrt(InnerProduct.Of(image, image)), exponent))];
        Array.Sort([.. strengths.Select(strength => -strength)], vectors);
        Array.Sort(strengths, static (a, b) => b.CompareTo(a));
        return new RightSingularVectors(strengths, vectors, rows);
    }

    /// <summary>The vectors as the columns of a matrix, (columns, columns).</summary>
    public Matrix<double> ToMatrix() => Matrix<double>.Build.DenseOfColumnArrays(Vectors);

    private static double[][] Transposed(double[][] columns, int rows)
    {
        double[][] result = [.. Enumerable.Range(0, rows).Select(_ => new double[columns.Length])];
        for (int j = 0; j < columns.Length; j++)
        {
            for (int i = 0; i < rows; i++)
            {
                result[i][j] = columns[j][i];
            }
        }

        return result;
    }

    private static void Rotate(double[][] images, double[][] vectors)
    {
        int count = images.Length;
        double tolerance = Math.ScaleB(1, -52) * Math.Sqrt(count == 0 ? 1 : images[0].Length);
        double[] squares = [.. images.Select(image => InnerProduct.Of(image, image))];
        // Columns this short are zero within rounding, and their directions are noise: nothing is gained by turning them against each other.
        double negligible = count == 0 ? 0 : Math.Pow(Math.Max(count, images[0].Length) * Math.ScaleB(1, -52), 2) * squares.Max();
        for (int sweep = 0; sweep < MaximumSweeps; sweep++)
        {
            // Few pairs are left to turn after the eigenvectors: all are looked at together, which is cheap, and those few are turned.
            double[][] products = RowProducts.Gram(images);
            int turned = 0;
            for (int q = 1; q < count; q++)
            {
                for (int p = 0; p < q; p++)
                {
                    if (Math.Abs(products[q][p]) > tolerance * Math.Sqrt(squares[p]) * Math.Sqrt(squares[q]) && Turn(images, vectors, squares, p, q, tolerance, negligible))
                    {
                        turned++;
                    }
                }
            }

            if (turned == 0)
            {
                return;
            }
        }

        throw new NonConvergenceException($"The singular vectors of {count} columns were not orthogonal after {MaximumSweeps} sweeps.", tolerance);
    }

    private static bool Turn(double[][] images, double[][] vectors, double[] squares, int p, int q, double tolerance, double negligible)
    {
        if (squares[p] <= negligible || squares[q] <= negligible)
        {
            return false;
        }

        double product = InnerProduct.Of(images[p], images[q]);
        if (Math.Abs(product) <= tolerance * Math.Sqrt(squares[p] * squares[q]))
        {
            return false;
        }

        double zeta = (squares[q] - squares[p]) / (2 * product);
        double tangent = Math.CopySign(1 / (Math.Abs(zeta) + double.Hypot(1, zeta)), zeta);
        double cosine = 1 / double.Hypot(1, tangent);
        double sine = cosine * tangent;
        InnerProduct.Rotate(images[p], images[q], cosine, sine);
        InnerProduct.Rotate(vectors[p], vectors[q], cosine, sine);
        squares[p] = InnerProduct.Of(images[p], images[p]);
        squares[q] = InnerProduct.Of(images[q], images[q]);
        return true;
    }
}
