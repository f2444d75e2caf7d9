namespace GradientDynamics.Train.Datasets;

/// <summary>Where the folder of a configuration lies: an absolute path as it stands, a relative one below the environment variable's folder, or below the current folder where that is not set.</summary>
public static class DataFolder
{
    /// <summary>Environment variable that names the folder of all data.</summary>
    public const string EnvironmentVariable = "GRADIENTDYNAMICS_DATA";

    /// <summary>The full path of a folder.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder; the message says where it was looked for.</exception>
    public static string Resolve(string folder) => Resolve(folder, Environment.GetEnvironmentVariable(EnvironmentVariable));

    /// <summary>The full path of a file or folder, whether or not there is one.</summary>
    public static string FullPath(string path) => FullPath(path, Environment.GetEnvironmentVariable(EnvironmentVariable));

    /// <summary>The full path of a folder, or null where there is none.</summary>
    public static string? Existing(string folder) => FullPath(folder) is var full && Directory.Exists(full) ? full : null;

    internal static string FullPath(string path, string? root)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Path.GetFullPath(path, string.IsNullOrEmpty(root) ? Directory.GetCurrentDirectory() : Path.GetFullPath(root));
    }

    internal static string Resolve(string folder, string? root)
    {
        string full = FullPath(folder, root);
        return Directory.Exists(full)
            ? full
            : throw new DirectoryNotFoundException($"{full}: no such folder; a relative folder of a dataset is looked for below ${EnvironmentVariable}, or below the current folder where that is not set.");
    }
}
