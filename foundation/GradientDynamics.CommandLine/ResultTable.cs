using System.Text;

namespace GradientDynamics.CommandLine;

/// <summary>Side of a column on which its cells stand.</summary>
public enum ColumnAlignment
{
    /// <summary>Text.</summary>
    Left,

    /// <summary>Numbers.</summary>
    Right,
}

/// <summary>One column of a <see cref="ResultTable"/>.</summary>
/// <param name="Header">What the column shows, with its unit.</param>
/// <param name="Alignment">Side on which the cells stand. Default left.</param>
public readonly record struct ResultColumn(string Header, ColumnAlignment Alignment = ColumnAlignment.Left)
{
    /// <summary>A column of text.</summary>
    public static implicit operator ResultColumn(string header) => new(header);

    /// <summary>A column of numbers.</summary>
    public static ResultColumn Number(string header) => new(header, ColumnAlignment.Right);

    /// <summary>A column of text.</summary>
    public static ResultColumn FromString(string header) => new(header);
}

/// <summary>A table of results: columns, rows of text, and an optional title.</summary>
public sealed class ResultTable
{
    private readonly List<string[]> _rows = [];

    /// <summary>Creates a table without rows.</summary>
    public ResultTable(params ReadOnlySpan<ResultColumn> columns)
    {
        ArgumentOutOfRangeException.ThrowIfZero(columns.Length, nameof(columns));
        Columns = columns.ToArray();
    }

    /// <summary>Line above the table, or null.</summary>
    public string? Title { get; init; }

    /// <summary>The columns, left to right.</summary>
    public IReadOnlyList<ResultColumn> Columns { get; }

    /// <summary>The rows, top to bottom, with one cell per column.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Rows => _rows;

    /// <summary>Adds a row with one cell per column.</summary>
    public ResultTable Add(params ReadOnlySpan<string> cells)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(cells.Length, Columns.Count, nameof(cells));
        _rows.Add(cells.ToArray());
        return this;
    }

    /// <summary>The table as aligned text that is also Markdown.</summary>
    public string ToMarkdown()
    {
        int[] widths = [.. Columns.Select((column, i) => Math.Max(3, Math.Max(Escape(column.Header).Length, _rows.Select(row => Escape(row[i]).Length).DefaultIfEmpty().Max())))];
        StringBuilder text = new();
        if (Title is not null)
        {
            text.Append(Title).Append("\n\n");
        }

        AppendRow(text, [.. Columns.Select(column => column.Header)], widths);
        text.Append('|');
        foreach ((int i, ResultColumn column) in Columns.Index())
        {
            text.Append(' ').Append(column.Alignment == ColumnAlignment.Right ? new string('-', widths[i] - 1) + ':' : new string('-', widths[i])).Append(" |");
        }

        text.Append('\n');
        foreach (string[] row in _rows)
        {
            AppendRow(text, row, widths);
        }

        return text.ToString();
    }

    private static string Escape(string cell) => cell.Replace("|", "\\|", StringComparison.Ordinal).ReplaceLineEndings(" ");

    private void AppendRow(StringBuilder text, string[] cells, int[] widths)
    {
        text.Append('|');
        foreach ((int i, string cell) in cells.Index())
        {
            string padded = Columns[i].Alignment == ColumnAlignment.Right ? Escape(cell).PadLeft(widths[i]) : Escape(cell).PadRight(widths[i]);
            text.Append(' ').Append(padded).Append(" |");
        }

        text.Append('\n');
    }
}
