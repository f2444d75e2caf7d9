namespace GradientDynamics.Analysis.Numerics;

/// <summary>Products of matrices given by their rows: entry (i, j) is the inner product of row i of one and row j of the other.</summary>
/// <remarks>Accuracy: that of <see cref="InnerProduct"/>.</remarks>
internal static class RowProducts
{
    // Rows of the left side that meet each row of the right side while it is in the cache.
    private const int Block = 16;

    // Multiplications below which threads cost more than they save.
    private const long ParallelWork = 1 << 18;

    /// <summary>left·rightᵀ, row by row.</summary>
    public static double[][] Of(IReadOnlyList<double[]> left, IReadOnlyList<double[]> right)
    {
        double[][] result = [.. Enumerable.Range(0, left.Count).Select(_ => new double[right.Count])];
        int blocks = (left.Count + Block - 1) / Block;
        ForEach(blocks, (long)Block * right.Count * (right.Count == 0 ? 1 : right[0].Length), block =>
        {
            int first = block * Block;
            Fill(left, first, Math.Min(left.Count, first + Block), right, right.Count, result);
        });
        return result;
    }

    /// <summary>The Gram matrix of rows, row i up to column i: the lower triangle.</summary>
    public static double[][] Gram(IReadOnlyList<double[]> rows)
    {
        double[][] result = [.. Enumerable.Range(0, rows.Count).Select(i => new double[rows.Count])];
        int blocks = (rows.Count + Block - 1) / Block;
        ForEach(blocks, (long)Block * rows.Count * (rows.Count == 0 ? 1 : rows[0].Length) / 2, block =>
        {
            // The longest blocks first, so that processors end together.
            int first = (blocks - 1 - block) * Block;
            int last = Math.Min(rows.Count, first + Block);
            Fill(rows, first, last, rows, last, result);
        });
        return result;
    }

    private static void Fill(IReadOnlyList<double[]> left, int first, int last, IReadOnlyList<double[]> right, int columns, double[][] result)
    {
        Span<double> products = stackalloc double[8];
        int fours = first + ((last - first) / 4 * 4);
        int twos = columns / 2 * 2;
        for (int j = 0; j < twos; j += 2)
        {
            for (int i = first; i < fours; i += 4)
            {
                InnerProduct.OfFourByTwo(left, i, right[j], right[j + 1], products);
                for (int k = 0; k < 4; k++)
                {
                    result[i + k][j] = products[k];
                    result[i + k][j + 1] = products[4 + k];
                }
            }
        }

        // What is left over of the fours and twos.
        for (int i = first; i < last; i++)
        {
            for (int j = i < fours ? twos : 0; j < columns; j++)
            {
                result[i][j] = InnerProduct.Of(left[i], right[j]);
            }
        }
    }

    /// <summary>Runs the parts, in parallel where they are large enough.</summary>
    public static void ForEach(int count, long workOfPart, Action<int> part)
    {
        if (count > 1 && count * workOfPart >= ParallelWork)
        {
            Parallel.For(0, count, part);
            return;
        }

        for (int i = 0; i < count; i++)
        {
            part(i);
        }
    }
}
