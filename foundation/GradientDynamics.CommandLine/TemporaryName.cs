using System.Security.Cryptography;

namespace GradientDynamics.CommandLine;

/// <summary>Names for what is not finished: in the same folder, so that a rename is one step, and hidden.</summary>
internal static class TemporaryName
{
    public static string Beside(string path, string extension = "tmp")
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        string folder = Path.GetDirectoryName(full) ?? throw new ArgumentException($"'{path}' has no parent folder.", nameof(path));
        return Path.Combine(folder, $".{Path.GetFileName(full)}.{RandomNumberGenerator.GetHexString(8, lowercase: true)}.{extension}");
    }
}
