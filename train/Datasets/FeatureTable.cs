using System.Globalization;
using System.Text.Json.Serialization;
using GradientDynamics.Train.Sampling;

namespace GradientDynamics.Train.Datasets;

/// <summary>
/// Features of one's own: a CSV file with columns of numbers, split (0, 1 and 2 or train, validation and test), y, and, where there is an attribute, a; y and a are numbers from 0.
/// </summary>
public sealed record FeatureTableOptions : DatasetOptions
{
    // A feature that never changes has no limits of its own; any that leave it room serve.
    private const double Room = 0.5;

    /// <summary>The CSV file; a relative path is below GRADIENTDYNAMICS_DATA, or below the current folder where that is not set.</summary>
    public required string File
    {
        get;
        init
        {
            ArgumentException.ThrowIfNullOrEmpty(value, nameof(File));
            field = value;
        }
    }

    /// <summary>Columns that are features, in the order in which the network takes them; null takes all but split, y, a, id and filename. Default null.</summary>
    public IReadOnlyList<string>? Features { get; init => field = NamedValues.Checked(value, nameof(Features)); }

    /// <summary>Limits of valid features, within which they may be perturbed: the least values, one for all or one for each; null takes the least in the file. Default null.</summary>
    public IReadOnlyList<double>? Lower { get; init => field = CheckedBounds(value, nameof(Lower)); }

    /// <summary>The largest valid values, one for all or one for each; null takes the largest in the file. Default null.</summary>
    public IReadOnlyList<double>? Upper { get; init => field = CheckedBounds(value, nameof(Upper)); }

    /// <summary>Names of the classes by y; null calls them by their numbers. Default null.</summary>
    public IReadOnlyList<string>? Classes { get; init => field = NamedValues.Checked(value, nameof(Classes)); }

    /// <summary>Names of the attribute's values by a; null calls them by their numbers. Default null.</summary>
    public IReadOnlyList<string>? Attributes { get; init => field = NamedValues.Checked(value, nameof(Attributes)); }

    /// <summary>The splits that the file has. Default train, validation and test.</summary>
    [JsonPropertyName("splits")]
    public IReadOnlyList<Split> UsedSplits { get; init => field = NamedValues.CheckedSplits(value, "splits"); } = [Split.Train, Split.Validation, Split.Test];

    /// <inheritdoc/>
    [JsonIgnore]
    public override IReadOnlyList<Split> Splits => UsedSplits;

    internal override string? DataFolderPath => Path.GetDirectoryName(DataFolder.FullPath(File)) is { } folder && Directory.Exists(folder) ? folder : null;

    internal override GroupedDataset Load(Split split, RunSeed seed)
    {
        string path = DataFolder.FullPath(File);
        string[] features = [.. Features ?? FeaturesOf(path)];
        LabeledRows rows = LabeledRows.Read(path, features, Classes, Attributes);
        float[] least = [.. Enumerable.Repeat(float.PositiveInfinity, features.Length)];
        float[] largest = [.. Enumerable.Repeat(float.NegativeInfinity, features.Length)];
        float[]? inputs = null;
        foreach (Split used in UsedSplits)
        {
            float[] values = Numbers(rows.Of(used), features, path);
            for (int i = 0; i < values.Length; i++)
            {
                least[i % features.Length] = Math.Min(least[i % features.Length], values[i]);
                largest[i % features.Length] = Math.Max(largest[i % features.Length], values[i]);
            }

            inputs = used == split ? values : inputs;
        }

        IReadOnlyList<double> lower = Lower ?? [.. least.Zip(largest, (smallest, biggest) => smallest == biggest ? smallest - Room : (double)smallest)];
        IReadOnlyList<double> upper = Upper ?? [.. least.Zip(largest, (smallest, biggest) => smallest == biggest ? biggest + Room : (double)biggest)];
        RequireBounds(lower, features.Length, "lower");
        RequireBounds(upper, features.Length, "upper");
        // Either one pair for all features, or one for each.
        int pairs = Math.Max(lower.Count, upper.Count);
        DatasetDescription description = new("csv", [features.Length], rows.Classes, rows.Attributes, new(Repeated(lower, pairs), Repeated(upper, pairs)));
        return new(description, split, inputs!, rows.Labels(split), rows.AttributeValues(split));
    }

    private static string[] FeaturesOf(string path)
    {
        using CsvRows file = new(path);
        string[] features = [.. file.Columns.Where(column => !LabeledRows.OwnColumns.Contains(column) && column is not ("id" or "filename"))];
        return features.Length > 0 ? features : throw new InvalidDataException($"{path}: has no column of features; accepted are columns of numbers beside split, y and a.");
    }

    private static float[] Numbers((int Row, string[] Texts)[] rows, string[] features, string path)
    {
        float[] values = new float[rows.Length * features.Length];
        int at = 0;
        foreach ((int row, string[] texts) in rows)
        {
            for (int i = 0; i < features.Length; i++)
            {
                values[at++] = float.TryParse(texts[i], NumberStyles.Float, CultureInfo.InvariantCulture, out float value) && float.IsFinite(value)
                    ? value
                    : throw new InvalidDataException($"{path}: row {row}: column '{features[i]}' is '{texts[i]}'; accepted are finite numbers. A column that is no feature is left out by dataset.features.");
            }
        }

        return values;
    }

    private static IReadOnlyList<double>? CheckedBounds(IReadOnlyList<double>? bounds, string name) => bounds is null || (bounds.Count > 0 && bounds.All(double.IsFinite))
        ? bounds
        : throw new ArgumentException("Accepted are finite numbers, one for all features or one for each, or null.", name);

    private static void RequireBounds(IReadOnlyList<double> bounds, int features, string name)
    {
        if (bounds.Count != 1 && bounds.Count != features)
        {
            throw new InvalidDataException($"dataset.{name}: has {bounds.Count} numbers, and there are {features} features; accepted is one for all, or one for each.");
        }
    }

    private static double[] Repeated(IReadOnlyList<double> bounds, int count) => bounds.Count == count ? [.. bounds] : [.. Enumerable.Repeat(bounds[0], count)];
}
