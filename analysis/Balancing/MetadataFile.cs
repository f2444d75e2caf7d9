using System.Globalization;

namespace GradientDynamics.Analysis.Balancing;

/// <summary>A dataset's metadata file: CSV with a line for each example, whose columns <c>y</c> and <c>a</c> are its label and attribute and <c>split</c> its part (0 training, 1 validation, 2 test).</summary>
/// <remarks>The layout of the balancing paper's datasets, <c>id,filename,split,y,a</c>; other columns are passed over, and cells may be quoted.</remarks>
public static class MetadataFile
{
    /// <summary>Counts of the examples by class and attribute.</summary>
    /// <param name="path">The file.</param>
    /// <param name="split">Only examples of this split; null for all.</param>
    /// <exception cref="InvalidDataException">A column is missing or a cell is no number; the message names the line.</exception>
    public static ImbalanceTable Read(string path, int? split = null)
    {
        List<int> labels = [];
        List<int> attributes = [];
        int[]? columns = null;
        int line = 0;
        foreach (string text in File.ReadLines(path))
        {
            line++;
            if (text.Length == 0)
            {
                continue;
            }

            List<string> cells = Cells(text);
            if (columns is null)
            {
                columns = [Column("y"), Column("a"), split is null ? -1 : Column("split")];
                continue;
            }

            if (columns[2] < 0 || Number(columns[2], "split") == split)
            {
                labels.Add(Number(columns[0], "y"));
                attributes.Add(Number(columns[1], "a"));
            }

            int Column(string name) => cells.IndexOf(name) is >= 0 and var index
                ? index
                : throw new InvalidDataException($"{path}: has no column '{name}'; accepted is a first line of names with y, a{(split is null ? "" : " and split")} among them, it has {string.Join(", ", cells)}.");

            int Number(int index, string name) => index < cells.Count && int.TryParse(cells[index], NumberStyles.None, CultureInfo.InvariantCulture, out int number)
                ? number
                : throw new InvalidDataException($"{path}: line {line}: {name} is '{(index < cells.Count ? cells[index] : "")}'; accepted are whole numbers from 0.");
        }

        return labels.Count > 0
            ? ImbalanceTable.Of(labels, attributes)
            : throw new InvalidDataException($"{path}: holds no examples{(split is null ? "" : $" of split {split}")}.");
    }

    // Commas within quotes belong to a file's name.
    private static List<string> Cells(string line)
    {
        List<string> cells = [];
        int start = 0;
        bool quoted = false;
        for (int i = 0; i <= line.Length; i++)
        {
            if (i < line.Length && line[i] == '"')
            {
                quoted = !quoted;
            }
            else if (i == line.Length || (line[i] == ',' && !quoted))
            {
                cells.Add(line[start..i].Trim().Trim('"'));
                start = i + 1;
            }
        }

        return cells;
    }
}
