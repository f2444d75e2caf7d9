using System.Formats.Tar;
using System.IO.Compression;
using GradientDynamics.CommandLine;

namespace GradientDynamics.Train.Preparation;

/// <summary>Chosen files out of a tar archive compressed by gzip.</summary>
internal static class TarEntries
{
    /// <summary>Extracts files, each whole or not at all.</summary>
    /// <param name="archive">The archive.</param>
    /// <param name="targets">Where the file of each name goes.</param>
    /// <param name="cancellationToken">Interrupts it.</param>
    /// <exception cref="InvalidDataException">The archive is none, or has no such file.</exception>
    public static async Task ExtractAsync(string archive, IReadOnlyDictionary<string, string> targets, CancellationToken cancellationToken)
    {
        HashSet<string> missing = [.. targets.Keys];
        try
        {
            await using FileStream file = File.OpenRead(archive);
            await using GZipStream plain = new(file, CompressionMode.Decompress);
            await using TarReader reader = new(plain);
            while (missing.Count > 0 && await reader.GetNextEntryAsync(copyData: false, cancellationToken) is { } entry)
            {
                string name = Path.GetFileName(entry.Name);
                if (entry.DataStream is { } content && missing.Contains(name))
                {
                    AtomicFile.Write(targets[name], content.CopyTo);
                    missing.Remove(name);
                }
            }
        }
        catch (Exception error) when (error is InvalidDataException or EndOfStreamException)
        {
            throw new InvalidDataException($"{archive}: is cut off or no archive: {error.Message}", error);
        }

        if (missing.Count > 0)
        {
            throw new InvalidDataException($"{archive}: has no file {string.Join(", ", missing)}; accepted is the published archive.");
        }
    }
}
