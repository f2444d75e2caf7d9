namespace GradientDynamics.Analysis.Numerics;

/// <summary>A symmetric matrix as QTQᵀ with T tridiagonal, by Householder reflections.</summary>
/// <remarks>
/// Golub and Van Loan, Matrix Computations, section 8.3.1. Updating the trailing block and multiplying it by the next reflection's vector share one pass over memory,
/// which is what the time goes into. Accuracy: backward stable, errors of a few roundings of the norm.
/// </remarks>
internal sealed class TridiagonalReduction
{
    // Below this size the work is over sooner than threads are under way.
    private const int ParallelSize = 256;

    // Rows of Qᵀ that share the reflections while these are in the cache.
    private const int RowBlock = 8;

    private readonly double[][] _reflections;
    private readonly int _size;

    private TridiagonalReduction(double[] diagonal, double[] offDiagonal, double[][] reflections)
    {
        Diagonal = diagonal;
        OffDiagonal = offDiagonal;
        _reflections = reflections;
        _size = diagonal.Length;
    }

    /// <summary>T's diagonal.</summary>
    public double[] Diagonal { get; }

    /// <summary>T's off-diagonal; entry i couples i and i + 1, the last is 0.</summary>
    public double[] OffDiagonal { get; }

    /// <summary>Reduces the matrix, which is overwritten; rows are full, both triangles.</summary>
    public static TridiagonalReduction Of(double[][] rows)
    {
        int size = rows.Length;
        double[] diagonal = new double[size];
        double[] offDiagonal = new double[size];
        double[][] reflections = new double[Math.Max(0, size - 2)][];
        // The rank-two update v·wᵀ + w·vᵀ of the last reflection, not yet subtracted from the rows beyond the current one.
        double[]? v = null;
        double[]? w = null;
        double[] product = new double[size];
        for (int k = 0; k < size; k++)
        {
            double[] current = rows[k];
            if (v is not null && w is not null)
            {
                InnerProduct.AddMultiple(current.AsSpan(k), w.AsSpan(k), -v[k]);
                InnerProduct.AddMultiple(current.AsSpan(k), v.AsSpan(k), -w[k]);
            }

            diagonal[k] = current[k];
            if (k >= size - 2)
            {
                if (k == size - 2)
                {
                    offDiagonal[k] = current[k + 1];
                }

                if (k == size - 1)
                {
                    break;
                }

                continue;
            }

            // The reflection I − v·vᵀ, ‖v‖² = 2, that turns the row beyond the diagonal into one entry.
            double[] next = new double[size];
            current.AsSpan(k + 1).CopyTo(next.AsSpan(k + 1));
            double norm = Math.Sqrt(InnerProduct.Of(next.AsSpan(k + 1), next.AsSpan(k + 1)));
            double beyond = Math.Sqrt(InnerProduct.Of(next.AsSpan(k + 2), next.AsSpan(k + 2)));
            if (beyond == 0)
            {
                offDiagonal[k] = next[k + 1];
                Array.Clear(next);
            }
            else
            {
                double first = next[k + 1];
                double target = first > 0 ? -norm : norm;
                offDiagonal[k] = target;
                next[k + 1] = first - target;
                double scale = Math.Sqrt(2) / Math.Sqrt(InnerProduct.Of(next.AsSpan(k + 1), next.AsSpan(k + 1)));
                for (int i = k + 1; i < size; i++)
                {
                    next[i] *= scale;
                }
            }

            double[]? lastV = v;
            double[]? lastW = w;
            int start = k + 1;
            void Pass(int row)
            {
                Span<double> values = rows[row].AsSpan(start);
                if (lastV is not null && lastW is not null)
                {
                    InnerProduct.AddTwoMultiples(values, lastW.AsSpan(start), -lastV[row], lastV.AsSpan(start), -lastW[row]);
                }

                product[row] = InnerProduct.Of(values, next.AsSpan(start));
            }

            ForEach(start, size, size - start, Pass);

            double half = InnerProduct.Of(product.AsSpan(start), next.AsSpan(start)) / 2;
            double[] update = new double[size];
            product.AsSpan(start).CopyTo(update.AsSpan(start));
            InnerProduct.AddMultiple(update.AsSpan(start), next.AsSpan(start), -half);
            reflections[k] = next;
            v = next;
            w = update;
        }

        return new TridiagonalReduction(diagonal, offDiagonal, reflections);
    }

    /// <summary>Runs the parts, in parallel where the matrix is large enough.</summary>
    public static void ForEach(int first, int last, int size, Action<int> part)
    {
        if (size >= ParallelSize)
        {
            Parallel.For(first, last, part);
            return;
        }

        for (int i = first; i < last; i++)
        {
            part(i);
        }
    }

    /// <summary>Qᵀ, row by row.</summary>
    public double[][] TransposedBasis()
    {
        double[][] basis = [.. Enumerable.Range(0, _size).Select(row => { double[] values = new double[_size]; values[row] = 1; return values; })];
        int blocks = (_size + RowBlock - 1) / RowBlock;
        ForEach(0, blocks, _size, block =>
        {
            int first = block * RowBlock;
            int last = Math.Min(_size, first + RowBlock);
            // Q = H₀H₁…: row i of Qᵀ is H₀H₁…e_i. Reflection k leaves e_i alone for k ≥ i.
            for (int k = Math.Min(_reflections.Length - 1, last - 2); k >= 0; k--)
            {
                ReadOnlySpan<double> reflection = _reflections[k].AsSpan(k + 1);
                for (int row = first; row < last; row++)
                {
                    Span<double> values = basis[row].AsSpan(k + 1);
                    InnerProduct.AddMultiple(values, reflection, -InnerProduct.Of(values, reflection));
                }
            }
        });
        return basis;
    }
}
