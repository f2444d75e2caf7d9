using System.Text;
using CsvHelper;
using GradientDynamics.CommandLine;

namespace GradientDynamics.Train;

/// <summary>Comma-separated values.</summary>
internal static class CsvText
{
    private static readonly CsvWriterOptions Settings = new() { NewLine = "\n" };

    /// <summary>Writes a header and rows.</summary>
    public static void Write(Stream stream, IEnumerable<string> columns, IEnumerable<IEnumerable<string>> rows)
    {
        using CsvWriter writer = CsvWriter.Create(stream, Settings, leaveOpen: true);
        writer.WriteHeader([.. columns]);
        foreach (IEnumerable<string> row in rows)
        {
            writer.WriteRecord([.. row]);
        }
    }

    /// <summary>A header and rows as text.</summary>
    public static string Of(IEnumerable<string> columns, IEnumerable<IEnumerable<string>> rows)
    {
        using MemoryStream stream = new();
        Write(stream, columns, rows);
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    /// <summary>A table without its title as text.</summary>
    public static string Of(ResultTable table) => Of(table.Columns.Select(column => column.Header), table.Rows);
}
