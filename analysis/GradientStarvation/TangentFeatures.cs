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

    // Rows held while the Gram matrix is formed.
    private const long RowBlockBytes = 256L << 20;

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
    public static TangentFeatures Of(NpyMatrix features, IReadOnlyList<double>? labels, int count, FeatureMethod method = FeatureMethod.Auto, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(features);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        if (labels is not null && (labels.Count != features.RowCount || labels.Any(label => label is not (1 or -1))))
        {
            throw new InvalidDataException($"There are {labels.Count} labels for {features.RowCount} examples; accepted is one label of 1 or -1 each.");
        }

        count = Math.Min(count, Math.Min(features.RowCount, features.ColumnCount));
        bool byGram = method == FeatureMethod.Gram || (method == FeatureMethod.Auto && features.RowCount <= AutoGramLimit);
        return byGram ? ByGram(features, labels, count, cancellationToken) : ByStreaming(features, labels, count, cancellationToken);
    }

    /// <summary>K = YΦΦᵀY, (examples, examples), by blocks of rows.</summary>
    /// <param name="features">Φ.</param>
    /// <param name="labels">Labels or null.</param>
    /// <param name="cancellationToken">Stops the passes over the file.</param>
    public static Matrix<double> Gram(NpyMatrix features, IReadOnlyList<double>? labels, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(features);
        int examples = features.RowCount;
        long bytes = (long)examples * examples * sizeof(double);
        if (bytes > LargestGramBytes)
        {
            throw new InvalidDataException($"The Gram matrix of {examples} examples takes {bytes / (double)(1L << 30):F1} GiB, accepted are {LargestGramBytes >> 30}; the method 'streaming' does without it.");
        }

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

    private static TangentFeatures ByGram(NpyMatrix features, IReadOnlyList<double>? labels, int count, CancellationToken cancellationToken)
    {
        Matrix<double> gram = Gram(features, labels, cancellationToken);
        double total = gram.Trace();
        if (features.RowCount <= AutoGramLimit)
        {
            SymmetricEigen eigen = SymmetricEigen.Of(gram);
            int size = features.RowCount;
            return Cut(
                Matrix<double>.Build.DenseOfColumnVectors(Enumerable.Range(0, count).Select(i => eigen.Vectors.Column(size - 1 - i))),
                Vector<double>.Build.Dense(count, i => eigen.Values[size - 1 - i]),
                total);
        }

        LargestEigenpairs pairs = LargestEigenpairs.Find(block => gram * block, features.RowCount, count);
        return Cut(pairs.Vectors, pairs.Values, total);
    }

    private static TangentFeatures ByStreaming(NpyMatrix features, IReadOnlyList<double>? labels, int count, CancellationToken cancellationToken)
    {
        // YΦ(ΦᵀYB) for a block B: one pass gathers ΦᵀYB, (columns of B) vectors of the parameters' length, a second multiplies by it.
        const double Residual = 1e-6;
        double[] row = new double[features.ColumnCount];
        double total = 0;
        LargestEigenpairs pairs = LargestEigenpairs.Find(
            block =>
            {
                double[][] gathered = [.. Enumerable.Range(0, block.ColumnCount).Select(_ => new double[features.ColumnCount])];
                total = 0;
                for (int i = 0; i < features.RowCount; i++)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    ReadRow(features, labels, i, row);
                    total += InnerProduct.Of(row, row);
                    int example = i;
                    Parallel.For(0, gathered.Length, column => InnerProduct.AddMultiple(gathered[column], row, block[example, column]));
                }

                Matrix<double> image = Matrix<double>.Build.Dense(features.RowCount, block.ColumnCount);
                for (int i = 0; i < features.RowCount; i++)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    ReadRow(features, labels, i, row);
                    int example = i;
                    Parallel.For(0, gathered.Length, column => image[example, column] = InnerProduct.Of(gathered[column], row));
                }

                return image;
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

    private static void ReadRow(NpyMatrix features, IReadOnlyList<double>? labels, int row, double[] destination)
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
}
