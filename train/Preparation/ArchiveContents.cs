using System.Formats.Tar;
using System.IO.Compression;

namespace GradientDynamics.Train.Preparation;

/// <summary>Unpacks archives: their folder has its name only when all is unpacked.</summary>
internal static class ArchiveContents
{
    /// <summary>Unpacks the folder of an archive (.tar.gz or .zip) that holds a file of a given name.</summary>
    /// <param name="archive">The archive.</param>
    /// <param name="marker">Name of a file in the folder that is wanted.</param>
    /// <param name="folder">What the folder is then called.</param>
    /// <param name="cancellationToken">Interrupts it.</param>
    /// <exception cref="InvalidDataException">The archive is broken, or has no such folder; the message names it.</exception>
    public static async Task ExtractAsync(string archive, string marker, string folder, CancellationToken cancellationToken)
    {
        string partial = folder + ".part";
        if (Directory.Exists(partial))
        {
            Directory.Delete(partial, recursive: true);
        }

        Directory.CreateDirectory(partial);
        try
        {
            await using FileStream stream = File.OpenRead(archive);
            if (archive.EndsWith(".zip", StringComparison.OrdinalIgnoreCase))
            {
                await ZipFile.ExtractToDirectoryAsync(stream, partial, cancellationToken);
            }
            else
            {
                await using GZipStream tar = new(stream, CompressionMode.Decompress);
                await TarFile.ExtractToDirectoryAsync(tar, partial, overwriteFiles: true, cancellationToken);
            }
        }
        catch (Exception error) when (error is InvalidDataException or EndOfStreamException or FormatException)
        {
            throw new InvalidDataException($"{archive}: cannot be unpacked: {error.Message} Accepted is the published archive; delete this file to fetch it again.", error);
        }

        string found = Directory.EnumerateFiles(partial, marker, SearchOption.AllDirectories).Select(Path.GetDirectoryName).FirstOrDefault()
            ?? throw new InvalidDataException($"{archive}: holds no {marker}; accepted is the published archive.");
        Directory.Move(found, folder);
        if (Directory.Exists(partial))
        {
            Directory.Delete(partial, recursive: true);
        }
    }
}
