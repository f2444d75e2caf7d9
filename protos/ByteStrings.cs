using System.Buffers.Binary;

namespace GradientDynamics.Protos;

/// <summary>The raw form of BYTES elements: for each a little-endian length of 4 bytes, then its bytes.</summary>
public static class ByteStrings
{
    private const int PrefixSize = sizeof(uint);

    /// <summary>Writes the elements one after the other, each behind its length.</summary>
    public static byte[] Encode(IReadOnlyList<ReadOnlyMemory<byte>> elements)
    {
        long total = 0;
        foreach (ReadOnlyMemory<byte> element in elements)
        {
            total += PrefixSize + element.Length;
        }

        byte[] data = GC.AllocateUninitializedArray<byte>(checked((int)total));
        Span<byte> rest = data;
        foreach (ReadOnlyMemory<byte> element in elements)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(rest, (uint)element.Length);
            element.Span.CopyTo(rest[PrefixSize..]);
            rest = rest[(PrefixSize + element.Length)..];
        }

        return data;
    }

    /// <summary>Reads the elements back; they share the memory of <paramref name="data"/>.</summary>
    /// <exception cref="InvalidDataException">A length or an element is cut off, or there are more or fewer than <paramref name="count"/> elements.</exception>
    public static ReadOnlyMemory<byte>[] Decode(ReadOnlyMemory<byte> data, long count)
    {
        if (count > data.Length / PrefixSize)
        {
            throw new InvalidDataException($"{data.Length} bytes cannot hold {count} elements of BYTES, each behind a length of {PrefixSize} bytes");
        }

        var elements = new ReadOnlyMemory<byte>[count];
        ReadOnlyMemory<byte> rest = data;
        for (int i = 0; i < elements.Length; i++)
        {
            if (rest.Length < PrefixSize)
            {
                throw new InvalidDataException($"the length of element {i} is cut off: {rest.Length} bytes are left of {PrefixSize}");
            }

            uint length = BinaryPrimitives.ReadUInt32LittleEndian(rest.Span);
            if (length > rest.Length - PrefixSize)
            {
                throw new InvalidDataException($"element {i} is cut off: its length says {length} bytes, {rest.Length - PrefixSize} are left");
            }

            elements[i] = rest.Slice(PrefixSize, (int)length);
            rest = rest[(PrefixSize + (int)length)..];
        }

        return rest.IsEmpty ? elements : throw new InvalidDataException($"{rest.Length} bytes follow the last of {count} elements");
    }
}
