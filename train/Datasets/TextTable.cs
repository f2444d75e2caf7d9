using System.Globalization;
using System.Text.Json.Serialization;
using GradientDynamics.Train.Sampling;

namespace GradientDynamics.Train.Datasets;

/// <summary>Texts or pairs of texts of the user's own, a row each, with a label and maybe an attribute.</summary>
public abstract record TextTableOptions : TextDatasetOptions
{
    // BERT's usual length where no publication names one.
    private const int UsualLength = 128;

    /// <summary>Files of the training set; relative paths are below GRADIENTDYNAMICS_DATA, or below the current folder where that is not set.</summary>
    public required IReadOnlyList<string> Train { get; init => field = NotEmpty(value); }

    /// <summary>Files of the validation set. Default none: there is no validation set.</summary>
    public IReadOnlyList<string> Validation { get; init; } = [];

    /// <summary>Files of the test set. Default none: there is no test set.</summary>
    public IReadOnlyList<string> Test { get; init; } = [];

    /// <summary>Column of the text, or of the first of a pair. Default text.</summary>
    public string Text { get; init; } = "text";

    /// <summary>Column of the second text of a pair. Default none.</summary>
    public string? SecondText { get; init; }

    /// <summary>Column of the label. Default label.</summary>
    public string Label { get; init; } = "label";

    /// <summary>Column of the attribute. Default none: groups are classes.</summary>
    public string? Attribute { get; init; }

    /// <summary>What the label column says for each class, in the classes' order. Default all that the training set says, whole numbers by size and texts by their characters.</summary>
    public IReadOnlyList<string>? Classes { get; init; }

    /// <summary>What the attribute column says for each value, in order. Default as for the classes.</summary>
    public IReadOnlyList<string>? Attributes { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override IReadOnlyList<Split> Splits =>
        [.. (((Split, IReadOnlyList<string>)[])[(Split.Train, Train), (Split.Validation, Validation), (Split.Test, Test)]).Where(pair => pair.Item2.Count > 0).Select(pair => pair.Item1)];

    /// <summary>Name of the kind.</summary>
    private protected abstract string Kind { get; }

    /// <summary>The columns' values of a file, as texts; an error says file and row.</summary>
    private protected abstract IEnumerable<string[]> ReadRows(string path, IReadOnlyList<string> columns);

    /// <summary>Equal where every setting is.</summary>
    public virtual bool Equals(TextTableOptions? other) => base.Equals(other) && Text == other.Text && SecondText == other.SecondText && Label == other.Label && Attribute == other.Attribute
        && Train.SequenceEqual(other.Train) && Validation.SequenceEqual(other.Validation) && Test.SequenceEqual(other.Test)
        && (Classes ?? []).SequenceEqual(other.Classes ?? []) && (Attributes ?? []).SequenceEqual(other.Attributes ?? []);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(base.GetHashCode(), Text, SecondText, Label, Attribute);

    internal override GroupedDataset Load(Split split, RunSeed seed)
    {
        List<Row> rows = Read(split);
        List<Row> training = split != Split.Train && (Classes is null || (Attribute is not null && Attributes is null)) ? Read(Split.Train) : rows;
        IReadOnlyList<string> classes = Classes ?? Names(training.Select(row => row.Label));
        IReadOnlyList<string> attributes = Attribute is null ? [] : Attributes ?? Names(training.Select(row => row.Attribute!));
        Dictionary<string, int> labelOf = classes.Index().ToDictionary(pair => pair.Item, pair => pair.Index, StringComparer.Ordinal);
        Dictionary<string, int> attributeOf = attributes.Index().ToDictionary(pair => pair.Item, pair => pair.Index, StringComparer.Ordinal);
        (int, int, int)[] examples =
        [
            .. rows.Select((row, index) => (index, Find(labelOf, row.Label, Label, row), Attribute is null ? 0 : Find(attributeOf, row.Attribute!, Attribute, row))),
        ];
        return Of(Kind, split, classes, attributes, Tokens.Tokenize([.. rows.Select(row => new Text(row.First, row.Second))], UsualLength), examples);
    }

    private static int Find(Dictionary<string, int> known, string value, string column, Row row) => known.TryGetValue(value, out int index)
        ? index
        : throw new InvalidDataException($"{row.Path}: row {row.Number}: column '{column}' is '{value}'; accepted are {string.Join(", ", known.Keys.Select(name => $"'{name}'"))}.");

    private static string[] Names(IEnumerable<string> values)
    {
        string[] distinct = [.. values.Distinct(StringComparer.Ordinal)];
        return distinct.All(value => long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _))
            ? [.. distinct.OrderBy(value => long.Parse(value, CultureInfo.InvariantCulture))]
            : [.. distinct.Order(StringComparer.Ordinal)];
    }

    private static IReadOnlyList<string> NotEmpty(IReadOnlyList<string> files) => files.Count > 0 ? files : throw new ArgumentException("It is empty; at least one file is accepted.", nameof(files));

    private List<Row> Read(Split split)
    {
        string[] columns = [.. ((string?[])[Text, Label, SecondText, Attribute]).OfType<string>()];
        int second = SecondText is null ? -1 : 2;
        int attribute = Attribute is null ? -1 : columns.Length - 1;
        List<Row> rows = [];
        foreach (string file in split switch { Split.Train => Train, Split.Validation => Validation, _ => Test })
        {
            string path = DataFolder.FullPath(file);
            foreach ((int number, string[] values) in ReadRows(path, columns).Index())
            {
                rows.Add(new(path, number, values[0], second < 0 ? null : values[second], values[1], attribute < 0 ? null : values[attribute]));
            }
        }

        return rows.Count > 0 ? rows : throw new InvalidDataException($"{Kind}, {split} split: its files have no row; accepted is at least one.");
    }

    private sealed record Row(string Path, int Number, string First, string? Second, string Label, string? Attribute);
}

/// <summary>Texts or pairs of texts from CSV files (RFC 4180, UTF-8, with a header).</summary>
public sealed record TextCsvOptions : TextTableOptions
{
    private protected override string Kind => "text-csv";

    private protected override IEnumerable<string[]> ReadRows(string path, IReadOnlyList<string> columns)
    {
        using CsvRows rows = new(path);
        int[] places = [.. columns.Select(rows.Column)];
        while (rows.Read())
        {
            yield return [.. places.Select(rows.Text)];
        }
    }
}

/// <summary>Texts or pairs of texts from Parquet files, as Hugging Face's datasets are laid out.</summary>
public sealed record TextParquetOptions : TextTableOptions
{
    private protected override string Kind => "text-parquet";

    private protected override IEnumerable<string[]> ReadRows(string path, IReadOnlyList<string> columns) => ParquetTexts.Read(path, columns);
}
