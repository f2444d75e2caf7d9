using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using GradientDynamics.Preprocessing;
using GradientDynamics.Train.Sampling;
using GradientDynamics.Train.Training;
using Parquet;
using Parquet.Schema;

namespace GradientDynamics.Train.Datasets;

/// <summary>
/// Images of one's own in Hugging Face's Parquet layout: files data/train-….parquet, validation-… and test-… with a column of images (structures of bytes and path), one of labels and, where there is an
/// attribute, one of it. The encoded images are held in memory.
/// </summary>
/// <remarks>https://huggingface.co/docs/hub/datasets-image#parquet-format. Class names are those that the file states, where it does.</remarks>
public sealed record ParquetImagesOptions : ImageDatasetOptions
{
    private const string FeaturesKey = "huggingface";

    /// <summary>Images whose shorter side is resized to 256, cut to 224 x 224.</summary>
    public ParquetImagesOptions()
        : base(new ImagePreprocessing { ResizeShortSide = 256, CenterCrop = new() { Width = 224, Height = 224 } })
    {
    }

    /// <summary>Folder of the Parquet files, which may lie in folders below it; a relative path is below GRADIENTDYNAMICS_DATA, or below the current folder where that is not set.</summary>
    public required string Folder
    {
        get;
        init
        {
            ArgumentException.ThrowIfNullOrEmpty(value, nameof(Folder));
            field = value;
        }
    }

    /// <summary>Column of the images. Default "image".</summary>
    public string ImageColumn { get; init; } = "image";

    /// <summary>Column of the labels: whole numbers from 0, or names of classes. Default "label".</summary>
    public string LabelColumn { get; init; } = "label";

    /// <summary>Column of the attribute: whole numbers from 0, truth values, or names of its values; null where there is none. Default null.</summary>
    public string? AttributeColumn { get; init; }

    /// <summary>Names of the classes by label; null takes those that the files state, or calls them by their numbers. Default null.</summary>
    public IReadOnlyList<string>? Classes { get; init => field = NamedValues.Checked(value, nameof(Classes)); }

    /// <summary>Names of the attribute's values; null takes those that the files state, or calls them by their numbers. Default null.</summary>
    public IReadOnlyList<string>? Attributes { get; init => field = NamedValues.Checked(value, nameof(Attributes)); }

    /// <summary>The splits that there are files of. Default train, validation and test.</summary>
    [JsonPropertyName("splits")]
    public IReadOnlyList<Split> UsedSplits { get; init => field = NamedValues.CheckedSplits(value, "splits"); } = [Split.Train, Split.Validation, Split.Test];

    /// <inheritdoc/>
    [JsonIgnore]
    public override IReadOnlyList<Split> Splits => UsedSplits;

    internal override string? DataFolderPath => DataFolder.Existing(Folder);

    internal override GroupedDataset Load(Split split, RunSeed seed)
    {
        string folder = DataFolder.Resolve(Folder);
        string[] columns = AttributeColumn is null ? [LabelColumn] : [LabelColumn, AttributeColumn];
        Dictionary<Split, List<Rows>> rows = UsedSplits.ToDictionary(used => used, used => FilesOf(folder, used).Select(path => new Rows(path, ParquetTexts.Read(path, columns))).ToList());
        Rows[] all = [.. rows.Values.SelectMany(files => files)];
        IReadOnlyList<string> classes = NamesOf(0, LabelColumn, Classes, all, least: 2);
        IReadOnlyList<string> attributes = AttributeColumn is null ? [] : NamesOf(1, AttributeColumn, Attributes, all, least: 1);
        List<(string, byte[])> images = [];
        List<int> labels = [];
        List<int> values = [];
        foreach (Rows file in rows[split])
        {
            images.AddRange(ParquetImageColumn.Read(file.Path, ImageColumn));
            foreach ((int row, string[] texts) in file.Texts.Index())
            {
                labels.Add(IndexOf(texts[0], classes, file.Path, row, LabelColumn));
                values.Add(AttributeColumn is null ? 0 : IndexOf(texts[1], attributes, file.Path, row, AttributeColumn));
            }
        }

        return labels.Count > 0
            ? Create("parquet", split, classes, attributes, new EncodedImages(images), [.. labels], AttributeColumn is null ? null : [.. values])
            : throw new InvalidDataException($"{folder}: the files of the {ConfigurationKind.Name(split)} split have no row; accepted are files with rows, or dataset.splits without it.");
    }

    // train-00000-of-00001.parquet, train.parquet or train/0000.parquet.
    private static string[] FilesOf(string folder, Split split)
    {
        string[] names = split switch
        {
            Split.Train => ["train"],
            Split.Validation => ["validation", "valid", "val", "dev"],
            _ => ["test"],
        };
        string[] files =
        [
            .. Directory.EnumerateFiles(folder, "*.parquet", SearchOption.AllDirectories)
                .Where(path => names.Any(name => Path.GetFileName(path).StartsWith(name + "-", StringComparison.Ordinal) || Path.GetFileName(path) == name + ".parquet" || Path.GetFileName(Path.GetDirectoryName(path)) == name))
                .Order(StringComparer.Ordinal),
        ];
        return files.Length > 0
            ? files
            : throw new FileNotFoundException($"{folder}: has no Parquet file of the {ConfigurationKind.Name(split)} split; accepted are {string.Join(", ", names.Select(name => $"{name}-*.parquet"))} in it or below it, or dataset.splits without it.");
    }

    private static IReadOnlyList<string> NamesOf(int column, string name, IReadOnlyList<string>? given, Rows[] files, int least)
    {
        if ((given ?? files.Select(file => StatedNames(file.Path, name)).FirstOrDefault(stated => stated is not null)) is { } names)
        {
            return names;
        }

        string[] values = [.. files.SelectMany(file => file.Texts).Select(texts => texts[column]).Distinct()];
        return values.All(value => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number < MostValues)
            ? NamedValues.OrNumbers(null, Math.Max(least, values.Max(value => int.Parse(value, CultureInfo.InvariantCulture)) + 1))
            : [.. values.Order(StringComparer.Ordinal)];
    }

    // More values than this are no classes.
    private const int MostValues = 10_000;

    private static int IndexOf(string text, IReadOnlyList<string> names, string path, int row, string column)
    {
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number < names.Count)
        {
            return number;
        }

        for (int i = 0; i < names.Count; i++)
        {
            if (names[i] == text)
            {
                return i;
            }
        }

        throw new InvalidDataException($"{path}: row {row}: column '{column}' is '{text}'; accepted are 0 to {names.Count - 1}, or {string.Join(", ", names.Select(name => $"'{name}'"))}.");
    }

    // {"info": {"features": {"label": {"names": ["cat", "dog"], "_type": "ClassLabel"}}}}
    private static string[]? StatedNames(string path, string column)
    {
        IReadOnlyDictionary<string, string> metadata = ParquetImageColumn.MetadataOf(path);
        if (!metadata.TryGetValue(FeaturesKey, out string? json))
        {
            return null;
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            return document.RootElement.TryGetProperty("info", out JsonElement info) && info.TryGetProperty("features", out JsonElement features)
                && features.TryGetProperty(column, out JsonElement feature) && feature.TryGetProperty("names", out JsonElement names)
                ? [.. names.EnumerateArray().Select(name => name.GetString()!)]
                : null;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw new InvalidDataException($"{path}: the metadata '{FeaturesKey}' is not what Hugging Face writes: {error.Message}", error);
        }
    }

    private sealed record Rows(string Path, IReadOnlyList<string[]> Texts);
}

/// <summary>A Parquet column of images: structures of bytes and path, or bytes alone.</summary>
internal static class ParquetImageColumn
{
    /// <summary>The images, row by row, each with the name that messages call it.</summary>
    /// <exception cref="InvalidDataException">The file is no Parquet, or has no such column; or an image is null.</exception>
    public static IReadOnlyList<(string Name, byte[] Bytes)> Read(string path, string column) => Run(path, async reader =>
    {
        Field? field = reader.Schema.Fields.FirstOrDefault(candidate => candidate.Name == column);
        DataField bytes = field switch
        {
            DataField { IsArray: false } data when IsBinary(data) => data,
            StructField structure when structure.Fields.FirstOrDefault(child => child.Name == "bytes") is DataField data && IsBinary(data) => data,
            null => throw new InvalidDataException($"{path}: has no column '{column}'; its columns are {string.Join(", ", reader.Schema.Fields.Select(other => $"'{other.Name}'"))}."),
            _ => throw new InvalidDataException($"{path}: column '{column}' is no column of images; accepted are structures of bytes and path, as Hugging Face writes them, or bytes."),
        };
        List<(string, byte[])> images = [];
        for (int group = 0; group < reader.RowGroupCount; group++)
        {
            using ParquetRowGroupReader rows = reader.OpenRowGroupReader(group);
            byte[]?[] values = new byte[]?[checked((int)rows.RowCount)];
            await rows.ReadAsync(bytes, values.AsMemory());
            foreach (byte[]? value in values)
            {
                string name = $"{path}: row {images.Count}";
                images.Add((name, value ?? throw new InvalidDataException($"{name}: column '{column}' holds no bytes; accepted are images in the file itself.")));
            }
        }

        return images;
    });

    /// <summary>The file's own metadata.</summary>
    public static IReadOnlyDictionary<string, string> MetadataOf(string path) => Run(path, reader => Task.FromResult<IReadOnlyDictionary<string, string>>(new Dictionary<string, string>(reader.CustomMetadata)));

    private static bool IsBinary(DataField field) => field.ClrType == typeof(byte[]) || field.ClrType == typeof(ReadOnlyMemory<byte>);

    // Files are read while a dataset loads, which is not asynchronous.
    private static T Run<T>(string path, Func<ParquetReader, Task<T>> read) => Task.Run(async () =>
    {
        try
        {
            await using FileStream stream = File.OpenRead(path);
            await using ParquetReader reader = await ParquetReader.CreateAsync(stream, leaveStreamOpen: true);
            return await read(reader);
        }
        catch (Exception error) when (error is not (InvalidDataException or IOException))
        {
            // On bytes that are no Parquet the library fails in many ways; all mean the same to the reader of the file.
            throw new InvalidDataException($"{path}: cannot be read, the file is damaged or not Parquet ({error.Message.ReplaceLineEndings(" ").TrimEnd('.')}); accepted is a Parquet file.", error);
        }
    }).GetAwaiter().GetResult();
}
