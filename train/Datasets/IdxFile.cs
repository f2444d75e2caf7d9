using System.Buffers.Binary;
using System.IO.Compression;

namespace GradientDynamics.Train.Datasets;

/// <summary>An IDX file of unsigned bytes: two zero bytes, the type 0x08, the number of dimensions, the sizes as 32-bit big-endian integers, the elements row-major.</summary>
/// <remarks>LeCun, Cortes and Burges, "The MNIST database", http://yann.lecun.com/exdb/mnist/.</remarks>
public sealed class IdxFile
{
    private const byte UnsignedByte = 0x08;

    private IdxFile(int[] sizes, byte[] elements)
    {
        Sizes = sizes;
        Elements = elements;
    }

    /// <summary>Sizes of the dimensions, outermost first.</summary>
    public IReadOnlyList<int> Sizes { get; }

    /// <summary>The elements, row-major.</summary>
    public ReadOnlyMemory<byte> Elements { get; }

    /// <summary>Reads <paramref name="name"/> or <paramref name="name"/>.gz of a folder.</summary>
    /// <param name="folder">Folder of the files.</param>
    /// <param name="name">Name without ".gz".</param>
    /// <param name="dimensions">Number of dimensions that the file must have.</param>
    /// <exception cref="InvalidDataException">The file is no IDX file of bytes, has other dimensions, or is shorter or longer than its header says.</exception>
    public static IdxFile Read(string folder, string name, int dimensions)
    {
        string plain = Path.Combine(folder, name);
        string path = File.Exists(plain) ? plain : plain + ".gz";
        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"{plain}: no such file, nor {name}.gz beside it; accepted is MNIST's IDX file of that name.", plain);
        }

        byte[] bytes;
        try
        {
            using FileStream file = File.OpenRead(path);
            using MemoryStream content = new();
            if (path == plain)
            {
                file.CopyTo(content);
            }
            else
            {
                using GZipStream decompressed = new(file, CompressionMode.Decompress);
                decompressed.CopyTo(content);
            }

            bytes = content.ToArray();
        }
        catch (InvalidDataException error)
        {
            throw new InvalidDataException($"{path}: the gzip data is broken: {error.Message}", error);
        }

        return Parse(bytes, path, dimensions);
    }

    /// <summary>Parses the uncompressed bytes; <paramref name="source"/> is what messages call them.</summary>
    /// <exception cref="InvalidDataException">As <see cref="Read"/>.</exception>
    public static IdxFile Parse(byte[] bytes, string source, int dimensions)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        int header = 4 + (4 * dimensions);
        if (bytes.Length < 4 || bytes[0] != 0 || bytes[1] != 0 || bytes[2] != UnsignedByte)
        {
            throw new InvalidDataException($"{source}: is no IDX file of unsigned bytes; accepted is one that begins with the bytes 00 00 08 {dimensions:X2}.");
        }

        if (bytes[3] != dimensions)
        {
            throw new InvalidDataException($"{source}: the IDX file has {bytes[3]} dimensions; {dimensions} are accepted here.");
        }

        if (bytes.Length < header)
        {
            throw new InvalidDataException($"{source}: the IDX file ends within its header of {header} bytes, after {bytes.Length}.");
        }

        int[] sizes = new int[dimensions];
        long expected = 1;
        for (int i = 0; i < dimensions; i++)
        {
            sizes[i] = BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(4 + (4 * i)));
            if (sizes[i] <= 0 || expected > int.MaxValue / sizes[i])
            {
                throw new InvalidDataException($"{source}: the IDX header states the size {sizes[i]} for dimension {i}; accepted are positive sizes of at most {int.MaxValue} elements together.");
            }

            expected *= sizes[i];
        }

        return bytes.Length - header == expected
            ? new(sizes, bytes[header..])
            : throw new InvalidDataException($"{source}: the IDX header states {string.Join(" x ", sizes)} = {expected} bytes of data; {bytes.Length - header} are there{(bytes.Length - header < expected ? ": the file is truncated" : "")}.");
    }
}
