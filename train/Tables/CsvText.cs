using System.Text;
using CsvHelper;

namespace GradientDynamics.Train.Tables;

/// <summary>Comma-separated values as text.</summary>
internal static class CsvText
{
    private static readonly CsvWriterOptions Settings = new() { NewLine = "\n" };

    /// <summary>A header and rows.</summary>
    public static string Of(IEnumerable<string> columns, IEnumerable<IEnumerable<string>> rows)
    {
        using MemoryStream stream = new();
        using (CsvWriter writer = CsvWriter.Create(stream, Settings, leaveOpen: true))
        {
            writer.WriteHeader([.. columns]);
            foreach (IEnumerable<string> row in rows)
            {
                writer.WriteRecord([.. row]);
            }
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
