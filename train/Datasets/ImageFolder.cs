using System.Text.Json.Serialization;
using GradientDynamics.Preprocessing;
using GradientDynamics.Train.Sampling;

namespace GradientDynamics.Train.Datasets;

/// <summary>
/// Images of one's own: a folder with metadata.csv, whose columns are filename (below the folder), split, y, and, where there is an attribute, a. split is 0, 1 and 2 or train, validation and test; y and
/// a are numbers from 0.
/// </summary>
public sealed record ImageFolderOptions : ImageDatasetOptions
{
    internal const string Metadata = "metadata.csv";

    /// <summary>Images whose shorter side is resized to 256, cut to 224 x 224.</summary>
    public ImageFolderOptions()
        : base(new ImagePreprocessing { ResizeShortSide = 256, CenterCrop = new() { Width = 224, Height = 224 } })
    {
    }

    /// <summary>Folder of metadata.csv; a relative path is below GRADIENTDYNAMICS_DATA, or below the current folder where that is not set.</summary>
    public required string Folder
    {
        get;
        init
        {
            ArgumentException.ThrowIfNullOrEmpty(value, nameof(Folder));
            field = value;
        }
    }

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

    internal override string? DataFolderPath => DataFolder.Existing(Folder);

    internal override GroupedDataset Load(Split split, RunSeed seed)
    {
        string folder = DataFolder.Resolve(Folder);
        string path = Path.Combine(folder, Metadata);
        LabeledRows rows = LabeledRows.Read(path, ["filename"], Classes, Attributes);
        (int Row, string[] Texts)[] chosen = rows.Of(split);
        string[] paths = [.. chosen.Select(row => ImageRows.PathOf(folder, row.Texts[0], path, $"row {row.Row}"))];
        return Create("image-folder", split, rows.Classes, rows.Attributes, new ImageFiles(paths), rows.Labels(split), rows.AttributeValues(split));
    }
}
