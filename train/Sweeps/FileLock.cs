using GradientDynamics.CommandLine;

namespace GradientDynamics.Train.Sweeps;

/// <summary>A lock that the system takes back when the process that holds it ends, however it ends: a file that is open for nobody else.</summary>
internal static class FileLock
{
    /// <summary>The lock; null where another process holds it.</summary>
    public static IDisposable? TryTake(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException) when (File.Exists(path))
        {
            return null;
        }
    }

    /// <summary>The lock.</summary>
    /// <exception cref="CommandException">Another process holds it.</exception>
    public static IDisposable Take(string path, string holder) =>
        TryTake(path) ?? throw new CommandException(ExitCode.Configuration, $"{path}: is held by another {holder}; accepted is one at a time.");
}
