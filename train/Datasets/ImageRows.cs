namespace GradientDynamics.Train.Datasets;

/// <summary>Checks of the rows that name images.</summary>
internal static class ImageRows
{
    /// <summary>Full path of a row's file, which must be there.</summary>
    /// <exception cref="InvalidDataException">The name leads out of the folder, or there is no such file; the message names row and file.</exception>
    public static string PathOf(string folder, string file, string metadata, string row)
    {
        string path = Path.GetFullPath(file, folder);
        if (file.Length == 0 || !path.StartsWith(Path.TrimEndingDirectorySeparator(folder) + Path.DirectorySeparatorChar, StringComparison.Ordinal))
        {
            throw new InvalidDataException($"{metadata}: {row} has the filename '{file}'; accepted are names below {folder}.");
        }

        return File.Exists(path) ? path : throw new FileNotFoundException($"{metadata}: {row} names the file {path}, which is not there.", path);
    }

    /// <summary>Refuses what is no index of a name.</summary>
    /// <exception cref="InvalidDataException">It is none.</exception>
    public static void RequireIndex(int value, IReadOnlyList<string> names, string source, string row, string column)
    {
        if ((uint)value >= (uint)names.Count)
        {
            throw new InvalidDataException($"{source}: {row} has the {column} {value}; accepted are 0 to {names.Count - 1}: {string.Join(", ", names)}.");
        }
    }
}
