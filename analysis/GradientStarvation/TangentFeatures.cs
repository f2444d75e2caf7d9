using GradientDynamics.Analysis.Numerics;
using MathNet.Numerics.LinearAlgebra;

namespace GradientDynamics.Analysis.GradientStarvation;

/// <summary>How the features' singular vectors are found.</summary>
public enum FeatureMethod
{
    /// <summary>By the Gram matrix up to 1,000 examples, else by streaming.</summary>
    Auto,

    /// <summary>By the Gram matrix (examples x examples), exactly.</summary>
    Gram,

    /// <summary>The strongest features only, by passes over the file; neither the features nor the Gram matrix is held.</summary>
    Streaming,
}

/// <summary>Left vectors and strengths of a file of tangent features (per-example gradients of the logit, one example a row).</summary>
/// <remarks>Accuracy: by the Gram matrix, strengths to about 1e-8 of the strongest (squares are computed); by streaming, the residual is 1e-6 of the largest square.</remarks>
public sealed class TangentFeatures
{
    // A Gram matrix of 16,000 examples; beyond it streaming is the way.
    private const long LargestGramBytes = 2L << 30;

    // Examples up to which all features are found by default.
    private const int AutoGramLimit = 1000;

    // Rows held at a time.
    private const long RowBlockBytes = 256L << 20;

    // Columns of a tile in which a block of rows meets a block of vectors: 32 vectors of it take 256 kB and stay in the cache.
    private const int TileColumns = 1024;

    // Parts of the columns whose partial sums are added in order: the result does not depend on the number of processors.
    private const int ColumnParts = 16;

    // Features weaker than this, relative to the strongest, drown in the rounding of squares.
    private const double RelativeRank = 1e-7;

    private TangentFeatures(Matrix<double> leftVectors, Vector<double> strengths, double totalSquare)
    {
        LeftVectors = leftVectors;
        Strengths = strengths;
        TotalSquare = totalSquare;
    }

    /// <summary>U, (examples, features), strongest first.</summary>
    public Matrix<double> LeftVectors { get; }

    /// <summary>S, (features), descending.</summary>
    public Vector<double> Strengths { get; }

    /// <summary>‖YΦ‖², of which the found features carry ΣS².</summary>
    public double TotalSquare { get; }

    /// <summary>Finds the features of a file.</summary>
    /// <param name="features">Φ, or YΦ where labels is null; (examples, parameters).</param>
    /// <param name="labels">Labels ±1, (examples), or null where the rows are already multiplied by them.</param>
    /// <param name="count">How many features at most.</param>
    /// <param name="method">How. Default auto.</param>
    /// <param name="cancellationToken">Stops the passes over the file.</param>
    public static TangentFeatures Of(IFeatureRows features, IReadOnlyList<double>? labels, int count, FeatureMethod method = FeatureMethod.Auto, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(features);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        RequireLabels(labels, features.RowCount);
        count = Math.Min(count, Math.Min(features.RowCount, features.ColumnCount));
        bool byGram = method == FeatureMethod.Gram || (method == FeatureMethod.Auto && features.RowCount <= AutoGramLimit);
        return byGram ? ByGram(features, labels, count, cancellationToken) : ByStreaming(features, labels, count, cancellationToken);
    }

    /// <summary>Finds the features of a Gram matrix K = ΦΦᵀ.</summary>
    /// <param name="gram">K, (examples, examples), symmetric.</param>
    /// <param name="labels">Labels ±1, (examples), or null where K is YΦΦᵀY already.</param>
    /// <param name="count">How many features at most.</param>
    public static TangentFeatures OfGram(Matrix<double> gram, IReadOnlyList<double>? labels, int count)
    {
        ArgumentNullException.ThrowIfNull(gram);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        int examples = gram.RowCount;
        if (gram.ColumnCount != examples)
        {
            throw new InvalidDataException($"The Gram matrix is {examples} x {gram.ColumnCount}; accepted is a square one.");
        }

        double largest = 0;
        double asymmetry = 0;
        for (int i = 0; i < examples; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                largest = Math.Max(largest, Math.Abs(gram[i, j]));
                asymmetry = Math.Max(asymmetry, Math.Abs(gram[i, j] - gram[j, i]));
            }
        }

        // Sums of single precision differ by 1e-7 of the largest entry where they were made in another order.
        const double SymmetryTolerance = 1e-5;
        if (!(asymmetry <= SymmetryTolerance * largest))
        {
            throw new InvalidDataException($"The Gram matrix is not symmetric: entries differ by {asymmetry:G3} from their mirror image, accepted is {SymmetryTolerance:G1} of the largest entry, {largest:G3}.");
        }

        RequireLabels(labels, examples);
        return Decompose(labels is null ? gram : gram.MapIndexed((row, column, value) => value * labels[row] * labels[column]), Math.Min(count, examples));
    }

    /// <summary>K = YΦΦᵀY, (examples, examples), by blocks of rows.</summary>
    /// <param name="features">Φ.</param>
    /// <param name="labels">Labels or null.</param>
    /// <param name="cancellationToken">Stops the passes over the file.</param>
    public static Matrix<double> Gram(IFeatureRows features, IReadOnlyList<double>? labels, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(features);
        int examples = features.RowCount;
        RequireGramFits(examples);
        Matrix<double> gram = Matrix<double>.Build.Dense(examples, examples);
        int columns = features.ColumnCount;
        int blockRows = (int)Math.Clamp(RowBlockBytes / ((long)columns * sizeof(double)), 1, examples);
        double[][] block = [.. Enumerable.Range(0, blockRows).Select(_ => new double[columns])];
        double[] other = new double[columns];
        for (int first = 0; first < examples; first += blockRows)
        {
            int rows = Math.Min(blockRows, examples - first);
            for (int i = 0; i < rows; i++)
            {
                ReadRow(features, labels, first + i, block[i]);
            }

            for (int j = first; j < examples; j++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                double[] right = j - first < rows ? block[j - first] : other;
                if (j - first >= rows)
                {
                    ReadRow(features, labels, j, other);
                }

                int last = Math.Min(rows, j - first + 1);
                Parallel.For(0, last, i =>
                {
                    double product = InnerProduct.Of(block[i], right);
                    gram[first + i, j] = product;
                    gram[j, first + i] = product;
                });
            }
        }

        return gram;
    }

    private static TangentFeatures ByGram(IFeatureRows features, IReadOnlyList<double>? labels, int count, CancellationToken cancellationToken) => Decompose(Gram(features, labels, cancellationToken), count);

    private static TangentFeatures Decompose(Matrix<double> gram, int count)
    {
        double total = gram.Trace();
        int size = gram.RowCount;
        if (size <= AutoGramLimit)
        {
            SymmetricEigen eigen = SymmetricEigen.Of(gram);
            return Cut(
                Matrix<double>.Build.DenseOfColumnVectors(Enumerable.Range(0, count).Select(i => eigen.Vectors.Column(size - 1 - i))),
                Vector<double>.Build.Dense(count, i => eigen.Values[size - 1 - i]),
                total);
        }

        LargestEigenpairs pairs = LargestEigenpairs.Find(block => gram * block, size, count);
        return Cut(pairs.Vectors, pairs.Values, total);
    }

    private static TangentFeatures ByStreaming(IFeatureRows features, IReadOnlyList<double>? labels, int count, CancellationToken cancellationToken)
    {
        const double Residual = 1e-6;
        RowBlocks blocks = new(features, labels);
        double[][]? gathered = null;
        double total = 0;
        LargestEigenpairs pairs = LargestEigenpairs.Find(
            block =>
            {
                gathered ??= [.. Enumerable.Range(0, block.ColumnCount).Select(_ => new double[features.ColumnCount])];
                total = blocks.Gather(block, gathered, cancellationToken);
                return blocks.Project(gathered, cancellationToken);
            },
            features.RowCount,
            count,
            Residual);
        return Cut(pairs.Vectors, pairs.Values, total);
    }

    private static TangentFeatures Cut(Matrix<double> vectors, Vector<double> squares, double total)
    {
        int rank = squares.Count(square => square > 0 && Math.Sqrt(square) > RelativeRank * Math.Sqrt(squares[0]));
        return rank > 0
            ? new TangentFeatures(vectors.SubMatrix(0, vectors.RowCount, 0, rank), squares.SubVector(0, rank).PointwiseSqrt(), total)
            : throw new InvalidDataException("All features are zero: there is nothing to learn.");
    }

    /// <summary>Refuses Gram matrices that would not fit in memory.</summary>
    /// <param name="examples">Examples.</param>
    /// <exception cref="InvalidDataException">The matrix would be larger than accepted; the message says how large.</exception>
    internal static void RequireGramFits(int examples)
    {
        long bytes = (long)examples * examples * sizeof(double);
        if (bytes > LargestGramBytes)
        {
            throw new InvalidDataException($"The Gram matrix of {examples} examples takes {bytes / (double)(1L << 30):F1} GiB, accepted are {LargestGramBytes >> 30}; the method 'streaming' does without it.");
        }
    }

    private static void RequireLabels(IReadOnlyList<double>? labels, int examples)
    {
        if (labels is not null && (labels.Count != examples || labels.Any(label => label is not (1 or -1))))
        {
            throw new InvalidDataException($"There are {labels.Count} labels for {examples} examples; accepted is one label of 1 or -1 each.");
        }
    }

    private static void ReadRow(IFeatureRows features, IReadOnlyList<double>? labels, int row, double[] destination)
    {
        features.ReadRow(row, destination);
        if (labels is not null && labels[row] < 0)
        {
            for (int i = 0; i < destination.Length; i++)
            {
                destination[i] = -destination[i];
            }
        }
    }

    /// <summary>Passes over the rows, a block of them at a time, each block against all vectors tile by tile: what is in the cache is used by all.</summary>
    private sealed class RowBlocks
    {
        private readonly IFeatureRows _features;
        private readonly IReadOnlyList<double>? _labels;
        private readonly double[][] _rows;

        public RowBlocks(IFeatureRows features, IReadOnlyList<double>? labels)
        {
            // Enough rows to use a tile well; 32 rows of a million parameters take 256 MB.
            const int MostRows = 32;
            _features = features;
            _labels = labels;
            int count = (int)Math.Clamp(RowBlockBytes / ((long)features.ColumnCount * sizeof(double)), 1, Math.Min(MostRows, features.RowCount));
            _rows = [.. Enumerable.Range(0, count).Select(_ => new double[features.ColumnCount])];
        }

        /// <summary>ΦᵀYB, one vector of the parameters' length for each column of B; returns ‖YΦ‖².</summary>
        public double Gather(Matrix<double> block, double[][] gathered, CancellationToken cancellationToken)
        {
            foreach (double[] vector in gathered)
            {
                Array.Clear(vector);
            }

            double total = 0;
            ForEachBlock((first, count) =>
            {
                total += Enumerable.Range(0, count).Sum(row => InnerProduct.Of(_rows[row], _rows[row]));
                Parallel.For(0, Tiles, tile =>
                {
                    (int start, int length) = Tile(tile);
                    for (int column = 0; column < gathered.Length; column++)
                    {
                        Span<double> target = gathered[column].AsSpan(start, length);
                        int row = 0;
                        for (; row + 1 < count; row += 2)
                        {
                            InnerProduct.AddTwoMultiples(target, _rows[row].AsSpan(start, length), block[first + row, column], _rows[row + 1].AsSpan(start, length), block[first + row + 1, column]);
                        }

                        if (row < count)
                        {
                            InnerProduct.AddMultiple(target, _rows[row].AsSpan(start, length), block[first + row, column]);
                        }
                    }
                });
            }, cancellationToken);
            return total;
        }

        /// <summary>YΦ times the gathered vectors, (examples, vectors).</summary>
        public Matrix<double> Project(double[][] gathered, CancellationToken cancellationToken)
        {
            Matrix<double> image = Matrix<double>.Build.Dense(_features.RowCount, gathered.Length);
            double[][,] parts = [.. Enumerable.Range(0, ColumnParts).Select(_ => new double[_rows.Length, gathered.Length])];
            ForEachBlock((first, count) =>
            {
                Parallel.For(0, ColumnParts, part =>
                {
                    double[,] sums = parts[part];
                    Array.Clear(sums);
                    for (int tile = part; tile < Tiles; tile += ColumnParts)
                    {
                        (int start, int length) = Tile(tile);
                        for (int row = 0; row < count; row++)
                        {
                            ReadOnlySpan<double> values = _rows[row].AsSpan(start, length);
                            for (int column = 0; column < gathered.Length; column++)
                            {
                                sums[row, column] += InnerProduct.Of(values, gathered[column].AsSpan(start, length));
                            }
                        }
                    }
                });
                for (int row = 0; row < count; row++)
                {
                    for (int column = 0; column < gathered.Length; column++)
                    {
                        image[first + row, column] = parts.Sum(sums => sums[row, column]);
                    }
                }
            }, cancellationToken);
            return image;
        }

        private int Tiles => (_features.ColumnCount + TileColumns - 1) / TileColumns;

        private (int Start, int Length) Tile(int tile) => (tile * TileColumns, Math.Min(TileColumns, _features.ColumnCount - (tile * TileColumns)));

        private void ForEachBlock(Action<int, int> work, CancellationToken cancellationToken)
        {
            for (int first = 0; first < _features.RowCount; first += _rows.Length)
            {
                int count = Math.Min(_rows.Length, _features.RowCount - first);
                for (int row = 0; row < count; row++)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    ReadRow(_features, _labels, first + row, _rows[row]);
                }

                work(first, count);
            }
        }
    }
}
