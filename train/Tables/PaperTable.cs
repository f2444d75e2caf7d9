namespace GradientDynamics.Train.Tables;

/// <summary>One cell: text, or a number with what is known about it.</summary>
internal sealed record TableCell
{
    /// <summary>Text in place of a number.</summary>
    public string? Text { get; init; }

    /// <summary>Number; null leaves the cell empty.</summary>
    public double? Value { get; init; }

    /// <summary>Its standard deviation.</summary>
    public double? Deviation { get; init; }

    /// <summary>Upper end, where the cell is a range from its value to there.</summary>
    public double? Upper { get; init; }

    /// <summary>Probability value of a test that the number takes part in.</summary>
    public double? PValue { get; init; }

    /// <summary>Digits after the point. Default 1.</summary>
    public int Decimals { get; init; } = 1;

    /// <summary>Whether the number is printed with its sign. Default false.</summary>
    public bool Signed { get; init; }

    /// <summary>Whether the cell is marked. Default false.</summary>
    public bool Marked { get; init; }

    /// <summary>A cell of text.</summary>
    public static implicit operator TableCell(string text) => new() { Text = text };

    /// <summary>A cell of text.</summary>
    public static TableCell FromString(string text) => text;
}

/// <summary>A column.</summary>
/// <param name="Header">What it shows.</param>
/// <param name="IsNumber">Whether it holds numbers.</param>
internal readonly record struct PaperColumn(string Header, bool IsNumber);

/// <summary>A table of a paper as data: every one names the rule by which its models were selected.</summary>
internal sealed record PaperTable
{
    /// <summary>What the table shows, with its unit.</summary>
    public required string Title { get; init; }

    /// <summary>How epochs and settings were selected.</summary>
    public required string Selection { get; init; }

    /// <summary>Columns, left to right.</summary>
    public required IReadOnlyList<PaperColumn> Columns { get; init; }

    /// <summary>Rows, top to bottom.</summary>
    public required IReadOnlyList<IReadOnlyList<TableCell>> Rows { get; init; }

    /// <summary>What stands below the table: tests, what is missing, what marks mean.</summary>
    public required IReadOnlyList<string> Notes { get; init; }
}
