using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using System.Text.RegularExpressions;
using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Train.Agreement;

/// <summary>Arrays of NumPy files: one of a .npy file, several by name of a .npz file.</summary>
/// <remarks>Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html.</remarks>
internal static partial class NumpyFile
{
    private static readonly byte[] Magic = [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    /// <summary>The array of a .npy file.</summary>
    /// <exception cref="InvalidDataException">The file is none, or holds what is not read; the message names it.</exception>
    public static ConstantTensor Read(string path) => Parse(File.ReadAllBytes(path), path);

    /// <summary>The arrays of a .npz file by name.</summary>
    /// <exception cref="InvalidDataException">The file is none, or an array is not read; the message names it.</exception>
    public static IReadOnlyDictionary<string, ConstantTensor> ReadMany(string path)
    {
        try
        {
            using ZipArchive archive = ZipFile.OpenRead(path);
            Dictionary<string, ConstantTensor> arrays = new(StringComparer.Ordinal);
            foreach (ZipArchiveEntry entry in archive.Entries.Where(entry => entry.Name.EndsWith(".npy", StringComparison.Ordinal)))
            {
                using MemoryStream bytes = new();
                using (Stream stream = entry.Open())
                {
                    stream.CopyTo(bytes);
                }

                arrays[entry.FullName[..^".npy".Length]] = Parse(bytes.ToArray(), $"{path}, array '{entry.FullName}'");
            }

            return arrays;
        }
        catch (InvalidDataException error) when (!error.Message.StartsWith(path, StringComparison.Ordinal))
        {
            throw new InvalidDataException($"{path}: this is no .npz file: {error.Message}", error);
        }
    }

    private static ConstantTensor Parse(byte[] bytes, string what)
    {
        InvalidDataException Wrong(string reason) => new($"{what}: {reason}; accepted are arrays of NumPy's format 1 to 3, little-endian, in C order, of numbers or truth values");
        const int Fixed = 10; // magic, version, and the header's length in version 1
        if (bytes.Length < Fixed || !bytes.AsSpan(0, Magic.Length).SequenceEqual(Magic))
        {
            throw Wrong("this is no .npy file");
        }

        bool isShort = bytes[Magic.Length] == 1;
        long start = isShort ? Fixed : Fixed + 2;
        if (bytes.Length < start)
        {
            throw Wrong("the file is cut off");
        }

        long length = isShort ? BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(Magic.Length + 2)) : BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(Magic.Length + 2));
        if (start + length > bytes.Length)
        {
            throw Wrong("the file is cut off");
        }

        string header = Encoding.UTF8.GetString(bytes, (int)start, (int)length);
        if (Description().Match(header) is not { Success: true } description || Order().Match(header) is not { Success: true } order || Shape().Match(header) is not { Success: true } shape)
        {
            throw Wrong("its header does not state descr, fortran_order and shape");
        }

        if (order.Groups[1].Value == "True")
        {
            throw Wrong("it is in Fortran order");
        }

        ElementType element = description.Groups[1].Value switch
        {
            "<f4" => ElementType.Float,
            "<f8" => ElementType.Double,
            "<f2" => ElementType.Float16,
            "<i8" => ElementType.Int64,
            "<i4" => ElementType.Int32,
            "<i2" => ElementType.Int16,
            "|i1" => ElementType.Int8,
            "|u1" => ElementType.UInt8,
            "<u2" => ElementType.UInt16,
            "<u4" => ElementType.UInt32,
            "<u8" => ElementType.UInt64,
            "|b1" => ElementType.Bool,
            string other => throw Wrong($"its elements are '{other}'"),
        };
        long[] sizes = [.. shape.Groups[1].Value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(size => long.TryParse(size, out long number) ? number : throw Wrong($"its shape has '{size}'"))];
        try
        {
            return new(element, sizes, bytes.AsMemory((int)(start + length)));
        }
        catch (InvalidModelException error)
        {
            throw new InvalidDataException($"{what}: {error.Message}", error);
        }
    }

    [GeneratedRegex(@"'descr':\s*'([^']*)'")]
    private static partial Regex Description();

    [GeneratedRegex(@"'fortran_order':\s*(True|False)")]
    private static partial Regex Order();

    [GeneratedRegex(@"'shape':\s*\(([^)]*)\)")]
    private static partial Regex Shape();
}
