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

    /// <summary>Whether a failure names the temporary name, which tells its reader nothing.</summary>
    public static bool IsNamedBy(Exception error, string temporary) =>
        error is IOException or UnauthorizedAccessException && error.Message.Contains(temporary, StringComparison.Ordinal);

    /// <summary>The failure by the name that was asked for.</summary>
    public static Exception Renamed(Exception error, string temporary, string path)
    {
        string full = Path.GetFullPath(path);
        string message = $"{full}: cannot be written: {error.Message.Replace(temporary, full, StringComparison.Ordinal)}";
        return error is UnauthorizedAccessException ? new UnauthorizedAccessException(message, error) : new IOException(message, error);
    }
}
