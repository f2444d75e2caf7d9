namespace GradientDynamics.Analysis.Numerics;

/// <summary>Products of matrices given by their rows: entry (i, j) is the inner product of row i of one and row j of the other.</summary>
/// <remarks>Accuracy: that of <see cref="InnerProduct"/>.</remarks>
internal static class RowProducts
{
    // Rows of the right side that are used while they are in the cache.
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
            int last = Math.Min(left.Count, first + Block);
            for (int j = 0; j < right.Count; j++)
            {
                for (int i = first; i < last; i++)
                {
                    result[i][j] = InnerProduct.Of(left[i], right[j]);
                }
            }
        });
        return result;
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
