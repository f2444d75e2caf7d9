using GradientDynamics.Train.Training;

namespace GradientDynamics.Train.Datasets;

/// <summary>Rows of a CSV file of one's own, with the columns split, y, and, where there is an attribute, a.</summary>
internal sealed class LabeledRows
{
    private const string SplitColumn = "split";
    private const string LabelColumn = "y";
    private const string AttributeColumn = "a";

    private readonly string _path;
    private readonly List<(int Row, Split Split, int Label, int Attribute, string[] Texts)> _rows;
    private readonly bool _hasAttribute;

    private LabeledRows(string path, List<(int Row, Split Split, int Label, int Attribute, string[] Texts)> rows, bool hasAttribute, IReadOnlyList<string>? classes, IReadOnlyList<string>? attributes)
    {
        _path = path;
        _rows = rows;
        _hasAttribute = hasAttribute;
        Classes = NamedValues.OrNumbers(classes, Math.Max(2, rows.Max(row => row.Label) + 1));
        Attributes = hasAttribute ? NamedValues.OrNumbers(attributes, rows.Max(row => row.Attribute) + 1) : [];
    }

    /// <summary>Names of the columns that every such file may have; the others are the user's.</summary>
    public static IReadOnlyList<string> OwnColumns { get; } = [SplitColumn, LabelColumn, AttributeColumn];

    /// <summary>Names of the classes.</summary>
    public IReadOnlyList<string> Classes { get; }

    /// <summary>Names of the attribute's values; empty where there is no attribute.</summary>
    public IReadOnlyList<string> Attributes { get; }

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="texts">Columns that are kept as texts; null keeps all that are not <see cref="OwnColumns"/>.</param>
    /// <param name="classes">Names of the classes; null calls them by their numbers.</param>
    /// <param name="attributes">Names of the attribute's values; null calls them by their numbers.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">A column is missing, or a value is none; the message names file, row and column.</exception>
    public static LabeledRows Read(string path, IReadOnlyList<string> texts, IReadOnlyList<string>? classes, IReadOnlyList<string>? attributes)
    {
        using CsvRows file = new(path);
        int split = file.Column(SplitColumn);
        int label = file.Column(LabelColumn);
        int? attribute = file.Columns.Contains(AttributeColumn) ? file.Column(AttributeColumn) : null;
        if (attribute is null && attributes is not null)
        {
            throw new InvalidDataException($"{path}: has no column '{AttributeColumn}', and the configuration names attributes; accepted are both or neither.");
        }

        int[] columns = [.. texts.Select(file.Column)];
        List<(int, Split, int, int, string[])> rows = [];
        while (file.Read())
        {
            rows.Add((
                file.Row,
                SplitOf(file, split),
                file.Integer(label, classes?.Count ?? MostValues),
                attribute is { } column ? file.Integer(column, attributes?.Count ?? MostValues) : 0,
                [.. columns.Select(file.Text)]));
        }

        return rows.Count > 0 ? new(path, rows, attribute is not null, classes, attributes) : throw new InvalidDataException($"{path}: has no row; accepted is one for each example.");
    }

    /// <summary>Rows of a split, in the order of the file.</summary>
    /// <exception cref="InvalidDataException">There is none.</exception>
    public (int Row, string[] Texts)[] Of(Split split) => _rows.Any(row => row.Split == split)
        ? [.. _rows.Where(row => row.Split == split).Select(row => (row.Row, row.Texts))]
        : throw new InvalidDataException($"{_path}: has no row of the {ConfigurationKind.Name(split)} split; accepted are rows of it, or dataset.splits without it.");

    /// <summary>Labels of a split's rows.</summary>
    public int[] Labels(Split split) => [.. _rows.Where(row => row.Split == split).Select(row => row.Label)];

    /// <summary>Attributes of a split's rows; null where there is no attribute.</summary>
    public int[]? AttributeValues(Split split) => _hasAttribute ? [.. _rows.Where(row => row.Split == split).Select(row => row.Attribute)] : null;

    // A class or an attribute with more values than this is an identifier that went into the wrong column.
    private const int MostValues = 10_000;

    private static Split SplitOf(CsvRows file, int column) => file.Text(column) switch
    {
        "0" or "train" => Split.Train,
        "1" or "val" or "valid" or "validation" => Split.Validation,
        "2" or "test" => Split.Test,
        string other => throw file.Wrong($"column '{SplitColumn}' is '{other}'; accepted are 0 or train, 1 or validation, 2 or test"),
    };
}
