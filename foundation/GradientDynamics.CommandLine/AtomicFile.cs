using System.Text;

namespace GradientDynamics.CommandLine;

/// <summary>Writes a file whole or not at all: a sibling with a temporary name is written, flushed to disk, and renamed.</summary>
public static class AtomicFile
{
    /// <summary>Writes the file, replacing one of that name; missing folders are created. Where <paramref name="write"/> or the disk fails, what was there before stays.</summary>
    /// <exception cref="CommandException">The name is a folder's.</exception>
    /// <exception cref="IOException">The file cannot be written; the message names it, not the temporary one.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written to; likewise.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        ThrowIfFolder(path);
        string temporary = TemporaryName.Beside(path);
        try
        {
            using (FileStream stream = Create(temporary))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, Path.GetFullPath(path), overwrite: true);
        }
        catch (Exception error)
        {
            Delete(temporary);
            if (TemporaryName.IsNamedBy(error, temporary))
            {
                throw TemporaryName.Renamed(error, temporary, path);
            }

            throw;
        }
    }

    /// <summary>Writes the file as <see cref="Write"/> does, asynchronously.</summary>
    public static async Task WriteAsync(string path, Func<Stream, Task> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        ThrowIfFolder(path);
        string temporary = TemporaryName.Beside(path);
        try
        {
            await using (FileStream stream = Create(temporary))
            {
                await write(stream);
                await stream.FlushAsync();
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, Path.GetFullPath(path), overwrite: true);
        }
        catch (Exception error)
        {
            Delete(temporary);
            if (TemporaryName.IsNamedBy(error, temporary))
            {
                throw TemporaryName.Renamed(error, temporary, path);
            }

            throw;
        }
    }

    /// <summary>Writes text as UTF-8 without a byte order mark.</summary>
    public static void WriteText(string path, string text) => Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)));

    // Deleting in a folder that does not exist fails, and would hide why it does not.
    private static void Delete(string temporary)
    {
        if (File.Exists(temporary))
        {
            File.Delete(temporary);
        }
    }

    private static void ThrowIfFolder(string path)
    {
        if (Directory.Exists(path))
        {
            throw new CommandException(ExitCode.Configuration, $"{path}: is a folder; accepted is the name of a file to write.");
        }
    }

    private static FileStream Create(string temporary)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(temporary)!);
        return new FileStream(temporary, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None);
    }
}
