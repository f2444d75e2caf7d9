using System.Numerics;
using System.Runtime.InteropServices;
using Google.Protobuf;
using Google.Protobuf.Collections;
using GradientDynamics.Protos.Inference;

namespace GradientDynamics.Protos;

/// <summary>Between the two forms of a tensor's elements on the wire: typed lists and raw little-endian bytes.</summary>
public static class TensorContents
{
    /// <summary>The typed elements as raw bytes.</summary>
    /// <exception cref="InvalidDataException">The elements stand in another list than the datatype's, are more or fewer than <paramref name="count"/>,
    /// do not fit the datatype, or the datatype has no typed form.</exception>
    public static byte[] ToRaw(InferTensorContents contents, string datatype, long count)
    {
        string list = ListName(datatype)
            ?? throw new InvalidDataException($"{datatype} has no typed form; it is accepted as raw bytes only");
        foreach ((string name, int filled) in Lists(contents))
        {
            if (filled > 0 && name != list)
            {
                throw new InvalidDataException($"{datatype} is read from {list}, not from {name}, which holds {filled} elements");
            }
        }

        int present = Lists(contents).Single(entry => entry.Name == list).Count;
        if (present != count)
        {
            throw new InvalidDataException($"{list} holds {present} elements where the shape has {count}");
        }

        return datatype switch
        {
            Datatype.Bool => Copy(contents.BoolContents),
            Datatype.Int8 => Narrow<int, sbyte>(contents.IntContents, datatype),
            Datatype.Int16 => Narrow<int, short>(contents.IntContents, datatype),
            Datatype.Int32 => Copy(contents.IntContents),
            Datatype.Int64 => Copy(contents.Int64Contents),
            Datatype.UInt8 => Narrow<uint, byte>(contents.UintContents, datatype),
            Datatype.UInt16 => Narrow<uint, ushort>(contents.UintContents, datatype),
            Datatype.UInt32 => Copy(contents.UintContents),
            Datatype.UInt64 => Copy(contents.Uint64Contents),
            Datatype.Float32 => Copy(contents.Fp32Contents),
            Datatype.Float64 => Copy(contents.Fp64Contents),
            _ => ByteStrings.Encode([.. contents.BytesContents.Select(element => element.Memory)]),
        };
    }

    /// <summary>Raw bytes as typed elements; BYTES must be whole (<see cref="ByteStrings.Decode"/>).</summary>
    /// <exception cref="InvalidDataException">The datatype has no typed form.</exception>
    public static InferTensorContents FromRaw(ReadOnlyMemory<byte> raw, string datatype, long count)
    {
        var contents = new InferTensorContents();
        ReadOnlySpan<byte> data = raw.Span;
        switch (datatype)
        {
            case Datatype.Bool:
                contents.BoolContents.Capacity = data.Length;
                foreach (byte element in data)
                {
                    contents.BoolContents.Add(element != 0);
                }

                break;
            case Datatype.Int8: Widen<sbyte, int>(data, contents.IntContents); break;
            case Datatype.Int16: Widen<short, int>(data, contents.IntContents); break;
            case Datatype.Int32: contents.IntContents.AddRange(MemoryMarshal.Cast<byte, int>(data)); break;
            case Datatype.Int64: contents.Int64Contents.AddRange(MemoryMarshal.Cast<byte, long>(data)); break;
            case Datatype.UInt8: Widen<byte, uint>(data, contents.UintContents); break;
            case Datatype.UInt16: Widen<ushort, uint>(data, contents.UintContents); break;
            case Datatype.UInt32: contents.UintContents.AddRange(MemoryMarshal.Cast<byte, uint>(data)); break;
            case Datatype.UInt64: contents.Uint64Contents.AddRange(MemoryMarshal.Cast<byte, ulong>(data)); break;
            case Datatype.Float32: contents.Fp32Contents.AddRange(MemoryMarshal.Cast<byte, float>(data)); break;
            case Datatype.Float64: contents.Fp64Contents.AddRange(MemoryMarshal.Cast<byte, double>(data)); break;
            case Datatype.Bytes:
                contents.BytesContents.AddRange(ByteStrings.Decode(raw, count).Select(element => ByteString.CopyFrom(element.Span)));
                break;
            default: throw new InvalidDataException($"{datatype} has no typed form; it travels as raw bytes only");
        }

        return contents;
    }

    /// <summary>Whether the datatype has a typed form; FP16 and BF16 have none.</summary>
    public static bool HasTypedForm(string datatype) => ListName(datatype) is not null;

    private static string? ListName(string datatype) => datatype switch
    {
        Datatype.Bool => "bool_contents",
        Datatype.Int8 or Datatype.Int16 or Datatype.Int32 => "int_contents",
        Datatype.Int64 => "int64_contents",
        Datatype.UInt8 or Datatype.UInt16 or Datatype.UInt32 => "uint_contents",
        Datatype.UInt64 => "uint64_contents",
        Datatype.Float32 => "fp32_contents",
        Datatype.Float64 => "fp64_contents",
        Datatype.Bytes => "bytes_contents",
        _ => null,
    };

    private static (string Name, int Count)[] Lists(InferTensorContents contents) =>
    [
        ("bool_contents", contents.BoolContents.Count),
        ("int_contents", contents.IntContents.Count),
        ("int64_contents", contents.Int64Contents.Count),
        ("uint_contents", contents.UintContents.Count),
        ("uint64_contents", contents.Uint64Contents.Count),
        ("fp32_contents", contents.Fp32Contents.Count),
        ("fp64_contents", contents.Fp64Contents.Count),
        ("bytes_contents", contents.BytesContents.Count),
    ];

    private static byte[] Copy<T>(RepeatedField<T> elements)
        where T : unmanaged => MemoryMarshal.AsBytes(UnsafeCollectionOperations.AsSpan(elements)).ToArray();

    private static byte[] Narrow<TWide, TNarrow>(RepeatedField<TWide> elements, string datatype)
        where TWide : unmanaged, INumber<TWide>
        where TNarrow : unmanaged, INumber<TNarrow>, IMinMaxValue<TNarrow>
    {
        var narrow = new TNarrow[elements.Count];
        for (int i = 0; i < narrow.Length; i++)
        {
            narrow[i] = TNarrow.CreateTruncating(elements[i]);
            if (TWide.CreateTruncating(narrow[i]) != elements[i])
            {
                throw new InvalidDataException($"element {i} is {elements[i]}; {datatype} holds {TNarrow.MinValue} to {TNarrow.MaxValue}");
            }
        }

        return MemoryMarshal.AsBytes<TNarrow>(narrow).ToArray();
    }

    private static void Widen<TNarrow, TWide>(ReadOnlySpan<byte> data, RepeatedField<TWide> target)
        where TNarrow : unmanaged, INumber<TNarrow>
        where TWide : unmanaged, INumber<TWide>
    {
        ReadOnlySpan<TNarrow> elements = MemoryMarshal.Cast<byte, TNarrow>(data);
        target.Capacity = elements.Length;
        foreach (TNarrow element in elements)
        {
            target.Add(TWide.CreateTruncating(element));
        }
    }
}
