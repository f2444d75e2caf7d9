using System.Globalization;
using GradientDynamics.CommandLine;
using GradientDynamics.Train.Datasets;

namespace GradientDynamics.Train.Preparation;

/// <summary>Writes CSV files, whole or not at all.</summary>
internal static class MetadataFile
{
    /// <summary>Writes the metadata of Idrissi et al., <c>id,filename,split,y,a</c>.</summary>
    public static void Write(string path, IEnumerable<GroupMetadata> rows) => Write(path, GroupMetadata.Columns, rows.Select(row =>
        (IReadOnlyList<string>)[row.Id, row.FileName, Number((int)row.Split), Number(row.Label), Number(row.Attribute)]));

    /// <summary>Writes a header and rows.</summary>
    public static void Write(string path, IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows) => AtomicFile.Write(path, stream => CsvText.Write(stream, columns, rows));

    /// <summary>A number as such files have it.</summary>
    public static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
