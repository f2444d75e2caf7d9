using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace GradientDynamics.EvaluationSets;

/// <summary>Tensors as the evaluation set and the protocol store them: row-major elements, little-endian.</summary>
public static class TensorBytes
{
    /// <summary>Elements as FP32 bytes.</summary>
    public static byte[] FromFloats(ReadOnlySpan<float> values)
    {
        byte[] bytes = new byte[values.Length * sizeof(float)];
        if (BitConverter.IsLittleEndian)
        {
            MemoryMarshal.AsBytes(values).CopyTo(bytes);
            return bytes;
        }

        for (int i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i * sizeof(float)), values[i]);
        }

        return bytes;
    }

    /// <summary>True where every value of the datatype is exactly a float, so that <see cref="ToFloats"/> accepts it.</summary>
    public static bool FitsFloat(Datatype datatype) =>
        datatype is Datatype.FP32 or Datatype.FP16 or Datatype.BF16 or Datatype.UInt8 or Datatype.Int8 or Datatype.UInt16 or Datatype.Int16 or Datatype.Bool;

    /// <summary>Reads elements as floats, exactly.</summary>
    /// <exception cref="NotSupportedException">Not every value of the datatype is a float (FP64, integers of 32 bits and more) or it has no elements (BYTES).</exception>
    public static void ToFloats(Datatype datatype, ReadOnlySpan<byte> bytes, Span<float> floats)
    {
        if (!FitsFloat(datatype))
        {
            throw new NotSupportedException($"Values of datatype {datatype.ProtocolName()} are not exactly floats; accepted are FP32, FP16, BF16, UINT8, INT8, UINT16, INT16 and BOOL.");
        }

        ArgumentOutOfRangeException.ThrowIfNotEqual(bytes.Length, floats.Length * datatype.ElementSize(), nameof(bytes));
        if (datatype == Datatype.FP32 && BitConverter.IsLittleEndian)
        {
            MemoryMarshal.Cast<byte, float>(bytes).CopyTo(floats);
            return;
        }

        for (int i = 0; i < floats.Length; i++)
        {
            floats[i] = (float)ElementAt(datatype, bytes, i);
        }
    }

    /// <summary>Element <paramref name="index"/> as a double; integers beyond 2^53 are rounded.</summary>
    internal static double ElementAt(Datatype datatype, ReadOnlySpan<byte> bytes, int index)
    {
        ReadOnlySpan<byte> element = bytes[(index * datatype.ElementSize())..];
        return datatype switch
        {
            Datatype.Bool or Datatype.UInt8 => element[0],
            Datatype.Int8 => (sbyte)element[0],
            Datatype.UInt16 => BinaryPrimitives.ReadUInt16LittleEndian(element),
            Datatype.Int16 => BinaryPrimitives.ReadInt16LittleEndian(element),
            Datatype.UInt32 => BinaryPrimitives.ReadUInt32LittleEndian(element),
            Datatype.Int32 => BinaryPrimitives.ReadInt32LittleEndian(element),
            Datatype.UInt64 => BinaryPrimitives.ReadUInt64LittleEndian(element),
            Datatype.Int64 => BinaryPrimitives.ReadInt64LittleEndian(element),
            Datatype.FP16 => (double)BinaryPrimitives.ReadHalfLittleEndian(element),
            Datatype.BF16 => BitConverter.Int32BitsToSingle(BinaryPrimitives.ReadUInt16LittleEndian(element) << 16),
            Datatype.FP32 => BinaryPrimitives.ReadSingleLittleEndian(element),
            Datatype.FP64 => BinaryPrimitives.ReadDoubleLittleEndian(element),
            _ => throw new NotSupportedException($"Datatype {datatype.ProtocolName()} has no numeric elements."),
        };
    }
}
