using MathNet.Numerics.LinearAlgebra;

namespace GradientDynamics.Analysis.GradientStarvation;

/// <summary>Where a network's tangent features, labels and logits are: files, or a folder of <c>gd-train tangent-features</c>.</summary>
public sealed record FeatureSource
{
    private const string FeatureFile = "features.npy";
    private const string GramFile = "gram.npy";
    private const string LabelFile = "labels.npy";
    private const string LogitFile = "logits.npy";

    /// <summary>File of features (.npy, .csv or .parquet), or null.</summary>
    public string? Features { get; private init; }

    /// <summary>File of their Gram matrix (.npy), or null.</summary>
    public string? Gram { get; private init; }

    /// <summary>File of labels, or null.</summary>
    public string? Labels { get; private init; }

    /// <summary>File of logits over checkpoints, or null.</summary>
    public string? Logits { get; private init; }

    /// <summary>Resolves what a command line names; in a folder the files have the names that gd-train gives them, and those named beside it come first.</summary>
    /// <param name="features">A file of features or a folder, or null.</param>
    /// <param name="gram">A file of the Gram matrix, or null.</param>
    /// <param name="labels">A file of labels, or null.</param>
    /// <param name="logits">A file of logits, or null.</param>
    /// <exception cref="ArgumentException">Both or neither of features and Gram matrix are named.</exception>
    /// <exception cref="InvalidDataException">The folder has no features.</exception>
    public static FeatureSource Of(string? features, string? gram, string? labels, string? logits)
    {
        if ((features is null) == (gram is null))
        {
            throw new ArgumentException("accepted is one of --features (a .npy, .csv or .parquet file, or a folder of gd-train tangent-features) and --gram (a .npy file), or the name of a subcommand.");
        }

        if (features is null || !Directory.Exists(features))
        {
            return new() { Features = features, Gram = gram, Labels = labels, Logits = logits };
        }

        string? Existing(string name) => Path.Combine(features, name) is { } path && File.Exists(path) ? path : null;
        FeatureSource found = new() { Features = Existing(FeatureFile), Gram = Existing(GramFile), Labels = labels ?? Existing(LabelFile), Logits = logits ?? Existing(LogitFile) };
        return found.Features is null && found.Gram is null
            ? throw new InvalidDataException($"{features}: has neither {FeatureFile} nor {GramFile}; accepted is a folder that gd-train tangent-features has written.")
            : found with { Gram = found.Features is null ? found.Gram : null };
    }

    /// <summary>Finds the features.</summary>
    /// <param name="count">How many at most.</param>
    /// <param name="method">How, of features; a Gram matrix is decomposed.</param>
    /// <param name="cancellationToken">Stops the passes over the file.</param>
    public TangentSet Read(int count, FeatureMethod method = FeatureMethod.Auto, CancellationToken cancellationToken = default)
    {
        double[]? labels = Labels is null ? null : ReadLabels(Labels);
        if (Gram is not null)
        {
            using NpyMatrix file = NpyMatrix.Open(Gram);
            TangentFeatures.RequireGramFits(file.RowCount);
            Matrix<double> gram = Matrix<double>.Build.DenseOfRowMajor(file.RowCount, file.ColumnCount, file.ReadAll());
            return new(TangentFeatures.OfGram(gram, labels, count), labels, file.RowCount, null);
        }

        if (Path.GetExtension(Features!).ToUpperInvariant() is ".CSV" or ".PARQUET")
        {
            FeatureTable table = FeatureTable.Read(Features!, cancellationToken);
            labels ??= table.Labels is { } column ? PlusMinusOne([.. column]) : null;
            return new(TangentFeatures.Of(table, labels, count, method, cancellationToken), labels, table.RowCount, table.ColumnCount);
        }

        using NpyMatrix rows = NpyMatrix.Open(Features!);
        return new(TangentFeatures.Of(rows, labels, count, method, cancellationToken), labels, rows.RowCount, rows.ColumnCount);
    }

    /// <summary>Logits over checkpoints, one checkpoint a row.</summary>
    /// <param name="path">A .npy file.</param>
    /// <param name="examples">How many examples there are.</param>
    public static IReadOnlyList<double[]> ReadLogits(string path, int examples)
    {
        using NpyMatrix file = NpyMatrix.Open(path);
        if (file.ColumnCount != examples)
        {
            throw new InvalidDataException($"{path}: has {file.ColumnCount} columns for {examples} examples; accepted is one logit for each example.");
        }

        double[][] rows = [.. Enumerable.Range(0, file.RowCount).Select(_ => new double[examples])];
        foreach ((int checkpoint, double[] row) in rows.Index())
        {
            file.ReadRow(checkpoint, row);
        }

        return rows;
    }

    private static double[] ReadLabels(string path)
    {
        using NpyMatrix file = NpyMatrix.Open(path);
        return PlusMinusOne(file.ReadAll());
    }

    private static double[] PlusMinusOne(double[] labels) => labels.All(label => label is 0 or 1) ? [.. labels.Select(label => (2 * label) - 1)] : labels;
}

/// <summary>The features of a network with the labels of its examples.</summary>
/// <param name="Features">The strongest features.</param>
/// <param name="Labels">Labels ±1, or null where the features are multiplied by them already.</param>
/// <param name="ExampleCount">Number of examples.</param>
/// <param name="ParameterCount">Number of parameters; null where only the Gram matrix is known.</param>
public sealed record TangentSet(TangentFeatures Features, IReadOnlyList<double>? Labels, int ExampleCount, int? ParameterCount)
{
    /// <summary>z = Uᵀ(y·ŷ) of given logits (Eq. 6.3.4), (features).</summary>
    /// <param name="logits">ŷ, (examples).</param>
    /// <exception cref="InvalidDataException">There are no labels.</exception>
    public Vector<double> Responses(IReadOnlyList<double> logits)
    {
        ArgumentNullException.ThrowIfNull(logits);
        IReadOnlyList<double> labels = Labels ?? throw new InvalidDataException("responses of logits need labels; accepted are --labels, or a column 'y' of the features.");
        return Features.LeftVectors.TransposeThisAndMultiply(Vector<double>.Build.Dense(logits.Count, i => logits[i] * labels[i]));
    }
}
