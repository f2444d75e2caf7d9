namespace GradientDynamics.CommandLine;

/// <summary>Writes a folder whole or not at all: files go to <see cref="Path"/>, a sibling with a temporary name, and <see cref="Commit"/> renames it.</summary>
public sealed class AtomicDirectory : IDisposable
{
    private readonly string _finalPath;
    private readonly bool _replace;
    private bool _committed;

    private AtomicDirectory(string finalPath, string path, bool replace)
    {
        _finalPath = finalPath;
        _replace = replace;
        Path = path;
    }

    /// <summary>Folder to write to until <see cref="Commit"/>.</summary>
    public string Path { get; }

    /// <summary>Begins a folder. With <paramref name="replace"/> an existing one of that name is replaced at the end; without it only an empty one is accepted.</summary>
    /// <exception cref="CommandException">The name is taken.</exception>
    public static AtomicDirectory Create(string finalPath, bool replace)
    {
        ArgumentException.ThrowIfNullOrEmpty(finalPath);
        string full = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(finalPath));
        ThrowIfTaken(full, replace);
        string temporary = TemporaryName.Beside(full);
        try
        {
            Directory.CreateDirectory(temporary);
        }
        catch (Exception error) when (TemporaryName.IsNamedBy(error, temporary))
        {
            throw TemporaryName.Renamed(error, temporary, full);
        }

        return new AtomicDirectory(full, temporary, replace);
    }

    /// <summary>Flushes all files to disk and gives the folder its final name. If that fails, what was there before is back under its name.</summary>
    public void Commit()
    {
        ObjectDisposedException.ThrowIf(_committed, this);
        ThrowIfTaken(_finalPath, _replace);
        foreach (string file in Directory.EnumerateFiles(Path, "*", SearchOption.AllDirectories))
        {
            using FileStream stream = new(file, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            stream.Flush(flushToDisk: true);
        }

        string? old = null;
        if (Directory.Exists(_finalPath))
        {
            old = TemporaryName.Beside(_finalPath, "old");
            Directory.Move(_finalPath, old);
        }

        try
        {
            Directory.Move(Path, _finalPath);
        }
        catch when (old is not null)
        {
            Directory.Move(old, _finalPath);
            throw;
        }

        _committed = true;
        if (old is not null)
        {
            Directory.Delete(old, recursive: true);
        }
    }

    /// <summary>Removes what was written, unless it was committed.</summary>
    public void Dispose()
    {
        if (!_committed && Directory.Exists(Path))
        {
            Directory.Delete(Path, recursive: true);
        }
    }

    private static void ThrowIfTaken(string path, bool replace)
    {
        if (File.Exists(path))
        {
            throw new CommandException(ExitCode.Configuration, $"{path}: is a file; accepted is the name of a folder to create.");
        }

        if (!Directory.Exists(path))
        {
            return;
        }

        string current = Directory.GetCurrentDirectory() + System.IO.Path.DirectorySeparatorChar;
        if (current.StartsWith(System.IO.Path.TrimEndingDirectorySeparator(path) + System.IO.Path.DirectorySeparatorChar, StringComparison.Ordinal))
        {
            throw new CommandException(ExitCode.Configuration, $"{path}: is or contains the current folder and cannot be replaced; accepted is the name of a folder to create.");
        }

        if (!replace && Directory.EnumerateFileSystemEntries(path).Any())
        {
            throw new CommandException(ExitCode.Configuration, $"{path}: exists and is not empty; accepted is a new or empty folder.");
        }
    }
}
