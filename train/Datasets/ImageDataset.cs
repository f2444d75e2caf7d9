using System.Text.Json.Serialization;
using GradientDynamics.Preprocessing;

namespace GradientDynamics.Train.Datasets;

/// <summary>A dataset of images, which are decoded as they are needed.</summary>
public abstract record ImageDatasetOptions : DatasetOptions, IJsonOnDeserialized
{
    /// <summary>A dataset with the preprocessing that its papers have.</summary>
    private protected ImageDatasetOptions(ImagePreprocessing preprocessing) => Preprocessing = preprocessing;

    /// <summary>From an image to pixels in [0, 1], in training and in evaluation: part of the model, published beside it. It must give every image the same size. Default as the papers have it for the kind.</summary>
    public ImagePreprocessing Preprocessing { get; init; }

    /// <summary>How training images are changed at random; null leaves them as the preprocessing makes them, as the papers do. Default null.</summary>
    public ImageAugmentation? Augmentation { get; init; }

    /// <summary>
    /// Folder for a file of decoded images, which is written once and mapped into memory: where decoding and not the network takes the time, at about 150 kB for each image of 224 x 224. Relative as the
    /// folder of the data is. Null decodes images each time. Default null.
    /// </summary>
    public string? Cache { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override IReadOnlyList<Split> Splits => [Split.Train, Split.Validation, Split.Test];

    void IJsonOnDeserialized.OnDeserialized()
    {
        if (Preprocessing.OutputSize is null)
        {
            throw new ArgumentException("preprocessing leaves images of different sizes, and a batch has one; accepted is one with resize or centerCrop.");
        }

        if (Augmentation?.RandomResizedCrop is { } crop && (crop.MinimumScale > crop.MaximumScale || crop.MinimumRatio > crop.MaximumRatio))
        {
            throw new ArgumentException("augmentation.randomResizedCrop has a least scale or ratio above the largest; accepted are minima up to the maxima.");
        }
    }

    /// <summary>A split over images.</summary>
    /// <param name="name">Kind of the dataset.</param>
    /// <param name="split">The split.</param>
    /// <param name="classes">Names of the classes.</param>
    /// <param name="attributes">Names of the attribute's values; empty where there is none.</param>
    /// <param name="images">The images.</param>
    /// <param name="labels">Class of each.</param>
    /// <param name="values">Attribute of each; null where there is none.</param>
    internal GroupedDataset Create(string name, Split split, IReadOnlyList<string> classes, IReadOnlyList<string> attributes, ImageStore images, int[] labels, int[]? values)
    {
        ImageSize size = Preprocessing.OutputSize!;
        DatasetDescription description = new(name, [Preprocessing.ChannelCount, size.Height, size.Width], classes, attributes, new([0], [1])) { Preprocessing = Preprocessing };
        string? cache = Cache is null ? null : DataFolder.FullPath(Cache);
        return new(description, split, new ImageInputs(images, Preprocessing, split == Split.Train ? Augmentation : null, cache), labels, values);
    }
}

/// <summary>One of the papers' image benchmarks, in the layout of Idrissi et al.: a metadata file beside a folder of images.</summary>
public abstract record BenchmarkImagesOptions : ImageDatasetOptions
{
    private protected BenchmarkImagesOptions(ImagePreprocessing preprocessing)
        : base(preprocessing)
    {
    }

    /// <summary>Folder of the metadata file; a relative path is below GRADIENTDYNAMICS_DATA, or below the current folder where that is not set.</summary>
    public required string Folder
    {
        get;
        init
        {
            ArgumentException.ThrowIfNullOrEmpty(value, nameof(Folder));
            field = value;
        }
    }

    internal override string? DataFolderPath => DataFolder.Existing(Folder);

    /// <summary>Reads a split.</summary>
    /// <param name="kind">Kind of the dataset.</param>
    /// <param name="split">The split.</param>
    /// <param name="metadataName">Name of the metadata file.</param>
    /// <param name="imageFolder">Folder of the images, below the metadata's.</param>
    /// <param name="classes">Names of the classes.</param>
    /// <param name="attributes">Names of the attribute's values.</param>
    private protected GroupedDataset Load(string kind, Split split, string metadataName, string imageFolder, IReadOnlyList<string> classes, IReadOnlyList<string> attributes)
    {
        string folder = DataFolder.Resolve(Folder);
        string metadata = Path.Combine(folder, metadataName);
        if (!File.Exists(metadata))
        {
            throw new FileNotFoundException($"{metadata}: no such file; gd-train datasets prepare {kind} --output {folder} makes it, and gd-train datasets synthesize {kind} a small look-alike.", metadata);
        }

        List<GroupMetadata> rows = GroupMetadata.Read(metadata, split);
        string images = Path.Combine(folder, imageFolder);
        string[] paths = new string[rows.Count];
        foreach ((int i, GroupMetadata row) in rows.Index())
        {
            paths[i] = ImageRows.PathOf(images, row.FileName, metadata, $"example {row.Id}");
            ImageRows.RequireIndex(row.Label, classes, metadata, $"example {row.Id}", "y");
            ImageRows.RequireIndex(row.Attribute, attributes, metadata, $"example {row.Id}", "a");
        }

        return Create(kind, split, classes, attributes, new ImageFiles(paths), [.. rows.Select(row => row.Label)], [.. rows.Select(row => row.Attribute)]);
    }
}
