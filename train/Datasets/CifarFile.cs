using System.IO.Compression;

namespace GradientDynamics.Train.Datasets;

/// <summary>Files in CIFAR's binary format: records of one or two label bytes and 3,072 bytes of pixels, the planes red, green and blue of 32 x 32.</summary>
/// <remarks>Krizhevsky, https://www.cs.toronto.edu/~kriz/cifar.html.</remarks>
internal sealed class CifarFile
{
    /// <summary>Bytes of an image.</summary>
    public const int PixelCount = 3 * Side * Side;

    /// <summary>Width and height of an image.</summary>
    public const int Side = 32;

    private readonly byte[] _records;
    private readonly int _labelBytes;

    private CifarFile(byte[] records, int labelBytes)
    {
        _records = records;
        _labelBytes = labelBytes;
    }

    /// <summary>Number of images.</summary>
    public int Count => _records.Length / RecordSize;

    private int RecordSize => _labelBytes + PixelCount;

    /// <summary>Reads files of a folder, one after the other; each is NAME or NAME.gz.</summary>
    /// <param name="folder">Folder of the files.</param>
    /// <param name="names">Names without ".gz".</param>
    /// <param name="labelCounts">Labels that each label byte may have: 10 for CIFAR-10; 20 and 100 for CIFAR-100.</param>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    /// <exception cref="InvalidDataException">A file is broken; the message names it.</exception>
    public static CifarFile Read(string folder, IReadOnlyList<string> names, IReadOnlyList<int> labelCounts)
    {
        using MemoryStream records = new();
        foreach (string name in names)
        {
            string plain = Path.Combine(folder, name);
            string path = File.Exists(plain) ? plain : plain + ".gz";
            if (!File.Exists(path))
            {
                throw new FileNotFoundException($"{plain}: no such file, nor {name}.gz beside it; accepted is a file in CIFAR's binary format (\"binary version\" on https://www.cs.toronto.edu/~kriz/cifar.html).", plain);
            }

            long start = records.Length;
            Append(path, path == plain, records);
            Check(path, records.GetBuffer().AsSpan((int)start, (int)(records.Length - start)), labelCounts);
        }

        return new(records.ToArray(), labelCounts.Count);
    }

    /// <summary>A label byte of an image; CIFAR-100 has the coarse one first.</summary>
    public int Label(int image, int number) => _records[(image * RecordSize) + number];

    /// <summary>Writes an image as intensities in [0, 1], planes red, green and blue.</summary>
    public void ReadPixels(int image, Span<float> target)
    {
        ReadOnlySpan<byte> bytes = _records.AsSpan((image * RecordSize) + _labelBytes, PixelCount);
        for (int i = 0; i < bytes.Length; i++)
        {
            target[i] = bytes[i] / 255f;
        }
    }

    private static void Append(string path, bool plain, MemoryStream records)
    {
        using FileStream file = File.OpenRead(path);
        if (plain)
        {
            file.CopyTo(records);
            return;
        }

        try
        {
            using GZipStream decompressed = new(file, CompressionMode.Decompress);
            decompressed.CopyTo(records);
        }
        catch (InvalidDataException error)
        {
            throw new InvalidDataException($"{path}: the gzip data is broken: {error.Message}", error);
        }
    }

    private static void Check(string path, ReadOnlySpan<byte> bytes, IReadOnlyList<int> labelCounts)
    {
        int size = labelCounts.Count + PixelCount;
        if (bytes.Length == 0 || bytes.Length % size != 0)
        {
            throw new InvalidDataException($"{path}: holds {bytes.Length} bytes; accepted are whole records of {size} bytes: {labelCounts.Count} for labels and {PixelCount} for pixels.");
        }

        for (int start = 0; start < bytes.Length; start += size)
        {
            for (int number = 0; number < labelCounts.Count; number++)
            {
                if (bytes[start + number] >= labelCounts[number])
                {
                    throw new InvalidDataException($"{path}: image {start / size} has the label {bytes[start + number]}; accepted are 0 to {labelCounts[number] - 1}.");
                }
            }
        }
    }
}
