using System.Globalization;
using System.Text;
using GradientDynamics.CommandLine;

namespace GradientDynamics.Train.Tables;

/// <summary>How a table is written.</summary>
internal enum TableFormat
{
    /// <summary>Aligned text.</summary>
    Text,

    /// <summary>Markdown.</summary>
    Markdown,

    /// <summary>A LaTeX tabular, for the packages booktabs and xcolor with its option table.</summary>
    Latex,

    /// <summary>Comma-separated values; deviations, upper ends and probabilities have columns of their own.</summary>
    Csv,
}

/// <summary>Writes tables.</summary>
internal static class TableText
{
    private const string Missing = "–";

    /// <summary>The table in a format.</summary>
    public static string Write(PaperTable table, TableFormat format) => format switch
    {
        TableFormat.Text => Text(table),
        TableFormat.Markdown => Markdown(table),
        TableFormat.Latex => Latex(table),
        _ => Csv(table),
    };

    private static string Text(PaperTable table)
    {
        string[][] rows = [[.. table.Columns.Select(column => column.Header)], .. table.Rows.Select(row => row.Select(Plain).ToArray())];
        int[] widths = [.. table.Columns.Select((_, i) => rows.Max(row => row[i].Length))];
        StringBuilder text = new($"{table.Title}\n{table.Selection}\n\n");
        foreach ((int number, string[] row) in rows.Index())
        {
            string line = string.Join("  ", row.Select((cell, i) => table.Columns[i].IsNumber ? cell.PadLeft(widths[i]) : cell.PadRight(widths[i]))).TrimEnd();
            text.Append(line).Append('\n');
            if (number == 0)
            {
                text.Append(string.Join("  ", widths.Select(width => new string('-', width)))).Append('\n');
            }
        }

        return Below(text, table, "").ToString();
    }

    private static string Markdown(PaperTable table)
    {
        ResultTable markdown = new([.. table.Columns.Select(column => column.IsNumber ? ResultColumn.Number(column.Header) : column.Header)]) { Title = $"{table.Title}  \n{table.Selection}" };
        foreach (IReadOnlyList<TableCell> row in table.Rows)
        {
            markdown.Add([.. row.Select(Plain)]);
        }

        // Two spaces at a line's end break it.
        return Below(new StringBuilder(markdown.ToMarkdown()), table, "  ").ToString();
    }

    private static string Latex(PaperTable table)
    {
        StringBuilder text = new("% Packages: booktabs; xcolor with the option table.\n");
        text.Append("\\begin{table}\n\\centering\n");
        text.Append(CultureInfo.InvariantCulture, $"\\begin{{tabular}}{{{string.Concat(table.Columns.Select(column => column.IsNumber ? 'r' : 'l'))}}}\n\\toprule\n");
        text.Append(string.Join(" & ", table.Columns.Select(column => Escape(column.Header)))).Append(" \\\\\n\\midrule\n");
        foreach (IReadOnlyList<TableCell> row in table.Rows)
        {
            text.Append(string.Join(" & ", row.Select(Latex))).Append(" \\\\\n");
        }

        text.Append("\\bottomrule\n\\end{tabular}\n");
        string caption = string.Join(' ', new[] { table.Title, table.Selection }.Concat(table.Notes.Select(note => note.Replace("* marks", "Green marks", StringComparison.Ordinal))).Select(line => line.TrimEnd('.') + "."));
        return text.Append(CultureInfo.InvariantCulture, $"\\caption{{{Escape(caption)}}}\n\\end{{table}}\n").ToString();
    }

    private static string Csv(PaperTable table)
    {
        (string Header, Func<TableCell, string> Value)[][] columns = [.. table.Columns.Select((column, i) => Columns(column, [.. table.Rows.Select(row => row[i])]))];
        return CsvText.Of(
            columns.SelectMany(parts => parts).Select(part => part.Header).Append("selection"),
            table.Rows.Select(row => row.SelectMany((cell, i) => columns[i].Select(part => part.Value(cell))).Append(table.Selection)));
    }

    private static (string Header, Func<TableCell, string> Value)[] Columns(PaperColumn column, TableCell[] cells)
    {
        List<(string, Func<TableCell, string>)> parts = [(column.Header, cell => cell.Text ?? Exact(cell.Value))];
        if (cells.Any(cell => cell.Deviation is not null))
        {
            parts.Add(($"{column.Header} standard deviation", cell => Exact(cell.Deviation)));
        }

        if (cells.Any(cell => cell.Upper is not null))
        {
            parts.Add(($"{column.Header} upper", cell => Exact(cell.Upper)));
        }

        if (cells.Any(cell => cell.PValue is not null))
        {
            parts.Add(($"{column.Header} p", cell => Exact(cell.PValue)));
        }

        return [.. parts];
    }

    private static StringBuilder Below(StringBuilder text, PaperTable table, string lineEnd)
    {
        if (table.Notes.Count > 0)
        {
            text.Append('\n').AppendJoin($"{lineEnd}\n", table.Notes).Append('\n');
        }

        return text;
    }

    private static string Plain(TableCell cell) => cell.Text ?? (cell.Value is null ? Missing : Figure(cell, " ± ") + (cell.Marked ? "*" : ""));

    private static string Latex(TableCell cell)
    {
        string content = cell.Text is { } text ? Escape(text) : cell.Value is null ? "--" : $"${Figure(cell, " \\pm ")}$";
        return cell.Marked ? $"\\cellcolor{{green!20}}{content}" : content;
    }

    private static string Figure(TableCell cell, string plusMinus)
    {
        string digits = $"F{cell.Decimals}";
        string value = cell.Value!.Value.ToString(digits, CultureInfo.InvariantCulture);
        value = cell.Signed && cell.Value > 0 ? $"+{value}" : value;
        return cell.Upper is { } upper ? $"[{value}, {upper.ToString(digits, CultureInfo.InvariantCulture)}]"
            : cell.Deviation is { } deviation ? $"{value}{plusMinus}{deviation.ToString(digits, CultureInfo.InvariantCulture)}"
            : value;
    }

    private static string Exact(double? value) => value?.ToString("R", CultureInfo.InvariantCulture) ?? "";

    private static string Escape(string text)
    {
        StringBuilder escaped = new();
        foreach (char letter in text)
        {
            escaped.Append(letter switch
            {
                '\\' => "\\textbackslash{}",
                '~' => "\\textasciitilde{}",
                '^' => "\\textasciicircum{}",
                '±' => "$\\pm$",
                '–' => "--",
                '&' or '%' or '$' or '#' or '_' or '{' or '}' => $"\\{letter}",
                _ => letter.ToString(),
            });
        }

        return escaped.ToString();
    }
}
