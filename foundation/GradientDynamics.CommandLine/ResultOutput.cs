using System.Text.Json;
using Spectre.Console;

namespace GradientDynamics.CommandLine;

/// <summary>What a command found, on standard output: JSON for programs, tables for people.</summary>
public static class ResultOutput
{
    private static readonly JsonSerializerOptions ResultOptions = new(ConfigurationFile.Options) { IgnoreReadOnlyProperties = false };

    /// <summary>Writes the result as indented JSON on standard output: camelCase keys, computed properties included.</summary>
    public static void WriteJson<T>(T result) => WriteJson(result, Console.Out);

    /// <summary>Writes the result as indented JSON.</summary>
    public static void WriteJson<T>(T result, TextWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Write(JsonSerializer.Serialize(result, ResultOptions) + "\n");
    }

    /// <summary>Writes the table: drawn on a terminal, Markdown elsewhere. With <paramref name="toStandardError"/> standard output stays free for JSON.</summary>
    public static void WriteTable(ResultTable table, bool toStandardError = false)
    {
        ArgumentNullException.ThrowIfNull(table);
        TextWriter writer = toStandardError ? Console.Error : Console.Out;
        if (toStandardError ? Console.IsErrorRedirected : Console.IsOutputRedirected)
        {
            WriteTable(table, writer);
            return;
        }

        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer) });
        Table drawn = new() { Border = TableBorder.Rounded };
        if (table.Title is not null)
        {
            drawn.Title = new TableTitle(Markup.Escape(table.Title));
        }

        foreach (ResultColumn column in table.Columns)
        {
            drawn.AddColumn(new TableColumn(Markup.Escape(column.Header)) { Alignment = column.Alignment == ColumnAlignment.Right ? Justify.Right : Justify.Left });
        }

        foreach (IReadOnlyList<string> row in table.Rows)
        {
            drawn.AddRow([.. row.Select(Markup.Escape)]);
        }

        console.Write(drawn);
    }

    /// <summary>Writes the table as Markdown.</summary>
    public static void WriteTable(ResultTable table, TextWriter writer)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(writer);
        writer.Write(table.ToMarkdown());
    }
}
