using System.Globalization;

namespace GradientDynamics.Train.Datasets;

/// <summary>One row of the metadata of Idrissi et al.: <c>id,filename,split,y,a</c>.</summary>
/// <param name="Id">Name of the example.</param>
/// <param name="FileName">Its file, or the number of its text.</param>
/// <param name="Split">Its split: 0, 1 and 2 in the file are training, validation and test.</param>
/// <param name="Label">Its class, y.</param>
/// <param name="Attribute">Its attribute, a.</param>
internal readonly record struct GroupMetadata(string Id, string FileName, Split Split, int Label, int Attribute)
{
    /// <summary>Columns of the file.</summary>
    public static IReadOnlyList<string> Columns { get; } = ["id", "filename", "split", "y", "a"];

    /// <summary>Reads the rows of a split.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">A column is missing, or a value is none; the message names file, row and column.</exception>
    public static List<GroupMetadata> Read(string path, Split split)
    {
        using CsvRows rows = new(path);
        int[] columns = [.. Columns.Select(rows.Column)];
        List<GroupMetadata> found = [];
        while (rows.Read())
        {
            if ((Split)rows.Integer(columns[2], below: 3) == split)
            {
                found.Add(new(rows.Text(columns[0]), rows.Text(columns[1]), split, rows.Integer(columns[3], int.MaxValue), rows.Integer(columns[4], int.MaxValue)));
            }
        }

        return found.Count > 0
            ? found
            : throw new InvalidDataException($"{path}: has no row of split {(int)split}; accepted are rows with 0 (training), 1 (validation) and 2 (test).");
    }

    /// <summary>The number of the row's text.</summary>
    /// <exception cref="InvalidDataException">The file name is no number below the count.</exception>
    public int TextNumber(string path, int count) =>
        int.TryParse(FileName, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number < count
            ? number
            : throw new InvalidDataException($"{path}: example {Id} has the filename '{FileName}'; accepted are 0 to {count - 1}, the numbers of the texts.");
}
