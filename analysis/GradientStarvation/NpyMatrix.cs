using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;

namespace GradientDynamics.Analysis.GradientStarvation;

/// <summary>A matrix in a NumPy file (.npy, versions 1 to 3), read row by row: the whole need not fit in memory.</summary>
/// <remarks>Accepted are little-endian float32, float64, int32 and int64 in C order, of one dimension (one column) or two.</remarks>
public sealed partial class NpyMatrix : IFeatureRows, IDisposable
{
    private const int MagicLength = 6;
    private static readonly byte[] Magic = [0x93, .. "NUMPY"u8];
    private readonly FileStream _stream;
    private readonly string _path;
    private readonly string _type;
    private readonly int _itemSize;
    private readonly long _dataStart;
    private readonly byte[] _row;

    private NpyMatrix(FileStream stream, string path, string type, long dataStart, long rows, long columns)
    {
        _stream = stream;
        _path = path;
        _type = type;
        _itemSize = type[^1] - '0';
        _dataStart = dataStart;
        RowCount = checked((int)rows);
        ColumnCount = checked((int)columns);
        _row = new byte[columns * _itemSize];
    }

    /// <summary>Rows.</summary>
    public int RowCount { get; }

    /// <summary>Columns.</summary>
    public int ColumnCount { get; }

    /// <summary>Opens a file and checks its header and length.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidDataException">The file is no matrix of an accepted kind, or is truncated.</exception>
    public static NpyMatrix Open(string path)
    {
        FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 20);
        try
        {
            return ReadHeader(stream, path);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Reads a row and checks that its numbers are finite.</summary>
    /// <param name="row">Row index.</param>
    /// <param name="destination">Receives the columns.</param>
    /// <exception cref="InvalidDataException">The row holds NaN or infinity.</exception>
    public void ReadRow(int row, Span<double> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(row);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, RowCount);
        ArgumentOutOfRangeException.ThrowIfLessThan(destination.Length, ColumnCount);
        _stream.Position = _dataStart + ((long)row * ColumnCount * _itemSize);
        _stream.ReadExactly(_row);
        Span<double> values = destination[..ColumnCount];
        switch (_type)
        {
            case "f8":
                MemoryMarshal.Cast<byte, double>(_row).CopyTo(values);
                break;
            case "f4":
                Widen(MemoryMarshal.Cast<byte, float>(_row), values);
                break;
            case "i8":
                Convert(MemoryMarshal.Cast<byte, long>(_row), values, static value => value);
                break;
            default:
                Convert(MemoryMarshal.Cast<byte, int>(_row), values, static value => value);
                break;
        }

        if (!AreFinite(values))
        {
            int column = 0;
            while (double.IsFinite(values[column]))
            {
                column++;
            }

            throw new InvalidDataException($"{_path}: row {row}, column {column} is {values[column]}; accepted are finite numbers.");
        }
    }

    /// <summary>All numbers in one array, row by row.</summary>
    public double[] ReadAll()
    {
        double[] all = new double[(long)RowCount * ColumnCount];
        for (int row = 0; row < RowCount; row++)
        {
            ReadRow(row, all.AsSpan(row * ColumnCount, ColumnCount));
        }

        return all;
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _stream.Dispose();

    private static NpyMatrix ReadHeader(FileStream stream, string path)
    {
        byte[] start = new byte[MagicLength + 6];
        if (stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) < start.Length || !start.AsSpan(0, MagicLength).SequenceEqual(Magic))
        {
            throw new InvalidDataException($"{path}: is not a NumPy file; accepted is .npy.");
        }

        int version = start[MagicLength];
        int headerLength = version == 1 ? BinaryPrimitives.ReadUInt16LittleEndian(start.AsSpan(8)) : checked((int)BinaryPrimitives.ReadUInt32LittleEndian(start.AsSpan(8)));
        long headerStart = version == 1 ? 10 : 12;
        if (headerStart + headerLength > stream.Length)
        {
            throw new InvalidDataException($"{path}: is truncated within its header.");
        }

        stream.Position = headerStart;
        byte[] header = new byte[headerLength];
        stream.ReadExactly(header);
        string text = Encoding.UTF8.GetString(header);
        string type = Match(DescriptionPattern(), text, path, "descr");
        if (type is not ("<f4" or "<f8" or "<i4" or "<i8"))
        {
            throw new InvalidDataException($"{path}: holds '{type}'; accepted are '<f4', '<f8', '<i4' and '<i8'.");
        }

        long[] shape = [.. Match(ShapePattern(), text, path, "shape").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(length => long.Parse(length, CultureInfo.InvariantCulture))];
        if (shape.Length is not (1 or 2) || shape.Any(length => length is <= 0 or > int.MaxValue))
        {
            throw new InvalidDataException($"{path}: has the shape ({string.Join(", ", shape)}); accepted are one or two dimensions of at least 1.");
        }

        if (Match(OrderPattern(), text, path, "fortran_order") == "True" && shape.Length == 2)
        {
            throw new InvalidDataException($"{path}: is in Fortran order; accepted is C order (numpy.ascontiguousarray).");
        }

        long columns = shape.Length == 2 ? shape[1] : 1;
        NpyMatrix matrix = new(stream, path, type[1..], headerStart + headerLength, shape[0], columns);
        long expected = matrix._dataStart + (shape[0] * columns * matrix._itemSize);
        return stream.Length >= expected ? matrix : throw new InvalidDataException($"{path}: has {stream.Length} bytes of {expected}; it is truncated.");
    }

    private static string Match(Regex pattern, string text, string path, string key)
        => pattern.Match(text) is { Success: true } match ? match.Groups[1].Value : throw new InvalidDataException($"{path}: its header lacks '{key}'.");

    private static void Convert<T>(ReadOnlySpan<T> source, Span<double> destination, Func<T, double> convert)
    {
        for (int i = 0; i < source.Length; i++)
        {
            destination[i] = convert(source[i]);
        }
    }

    private static void Widen(ReadOnlySpan<float> source, Span<double> destination)
    {
        int i = 0;
        for (; i + Vector<float>.Count <= source.Length; i += Vector<float>.Count)
        {
            Vector.Widen(new Vector<float>(source[i..]), out Vector<double> low, out Vector<double> high);
            low.CopyTo(destination[i..]);
            high.CopyTo(destination[(i + Vector<double>.Count)..]);
        }

        for (; i < source.Length; i++)
        {
            destination[i] = source[i];
        }
    }

    // x·0 is 0 for every finite x and NaN for the others, and NaN stays in a sum.
    private static bool AreFinite(ReadOnlySpan<double> values)
    {
        Vector<double> sum = Vector<double>.Zero;
        int i = 0;
        for (; i + Vector<double>.Count <= values.Length; i += Vector<double>.Count)
        {
            sum += new Vector<double>(values[i..]) * 0;
        }

        double rest = Vector.Sum(sum);
        for (; i < values.Length; i++)
        {
            rest += values[i] * 0;
        }

        return rest == 0;
    }

    [GeneratedRegex("'descr'\\s*:\\s*'([^']+)'")]
    private static partial Regex DescriptionPattern();

    [GeneratedRegex("'fortran_order'\\s*:\\s*(True|False)")]
    private static partial Regex OrderPattern();

    [GeneratedRegex("'shape'\\s*:\\s*\\(([^)]*)\\)")]
    private static partial Regex ShapePattern();
}
