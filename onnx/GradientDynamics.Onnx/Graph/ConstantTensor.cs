using System.Runtime.InteropServices;

namespace GradientDynamics.Onnx.Graph;

/// <summary>A tensor whose elements are known: an initializer or an attribute. Row-major, little-endian.</summary>
public sealed class ConstantTensor
{
    private readonly ReadOnlyMemory<byte> _bytes;
    private readonly ReadOnlyMemory<byte>[]? _strings;
    private readonly long[] _sizes;

    /// <summary>A tensor over bytes that the caller gives away.</summary>
    /// <exception cref="InvalidModelException">The bytes are not as many as shape and element type ask for.</exception>
    public ConstantTensor(ElementType element, ReadOnlySpan<long> sizes, ReadOnlyMemory<byte> bytes)
    {
        _sizes = sizes.ToArray();
        Element = element;
        _bytes = bytes;
        ElementCount = CountOf(_sizes);
        Int128 taken = BytesOf(element, ElementCount);
        if (taken != bytes.Length)
        {
            throw new InvalidModelException($"A tensor {element}[{string.Join(", ", _sizes)}] takes {taken} bytes; {bytes.Length} are there.");
        }
    }

    /// <summary>A tensor of text elements.</summary>
    /// <exception cref="InvalidModelException">The elements are not as many as the shape asks for.</exception>
    public ConstantTensor(ReadOnlySpan<long> sizes, IEnumerable<ReadOnlyMemory<byte>> strings)
    {
        _sizes = sizes.ToArray();
        _strings = [.. strings];
        Element = ElementType.String;
        ElementCount = CountOf(_sizes);
        if (ElementCount != _strings.Length)
        {
            throw new InvalidModelException($"A text tensor [{string.Join(", ", _sizes)}] takes {ElementCount} elements; {_strings.Length} are there.");
        }
    }

    /// <summary>Element type.</summary>
    public ElementType Element { get; }

    /// <summary>Sizes of the dimensions, outermost first; empty for a scalar.</summary>
    public ReadOnlySpan<long> Sizes => _sizes;

    /// <summary>The shape as a <see cref="TensorShape"/>.</summary>
    public TensorShape Shape => TensorShape.Of(_sizes);

    /// <summary>Number of elements.</summary>
    public long ElementCount { get; }

    /// <summary>The elements as bytes; empty for text.</summary>
    public ReadOnlyMemory<byte> Bytes => _bytes;

    /// <summary>The text elements; empty for other types.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Strings => _strings ?? [];

    /// <summary>A tensor of the elements given.</summary>
    public static ConstantTensor Of<T>(ReadOnlySpan<T> elements, params ReadOnlySpan<long> sizes)
        where T : unmanaged => new(ElementTypes.Of<T>(), sizes, MemoryMarshal.AsBytes(elements).ToArray());

    /// <summary>A tensor without dimensions.</summary>
    public static ConstantTensor Scalar<T>(T value)
        where T : unmanaged => Of<T>([value]);

    /// <summary>A vector of 64-bit integers, as shape, axes and pads operands are.</summary>
    public static ConstantTensor Vector(params ReadOnlySpan<long> elements) => Of(elements, elements.Length);

    /// <summary>The elements, without a copy.</summary>
    /// <exception cref="InvalidOperationException">The tensor holds another type.</exception>
    public ReadOnlySpan<T> AsSpan<T>()
        where T : unmanaged => ElementTypes.Of<T>() == Element
            ? MemoryMarshal.Cast<byte, T>(_bytes.Span)
            : throw new InvalidOperationException($"The tensor holds {Element}, not {ElementTypes.Of<T>()}.");

    /// <summary>How many bytes a tensor takes.</summary>
    /// <exception cref="InvalidModelException">They are more than can be counted, or the type has no fixed size.</exception>
    internal static long ByteCount(ElementType element, long[] sizes) => BytesOf(element, CountOf(sizes)) is var bytes && bytes <= long.MaxValue
        ? (long)bytes
        : throw new InvalidModelException($"A tensor {element}[{string.Join(", ", sizes)}] takes {bytes} bytes.");

    private static Int128 BytesOf(ElementType element, long count) => element.Bits > 0
        ? ((Int128)count * element.Bits + 7) / 8
        : throw new UnsupportedElementTypeException($"A tensor of element type {element} cannot be held as bytes.");

    private static long CountOf(long[] sizes)
    {
        long count = Array.IndexOf(sizes, 0) >= 0 ? 0 : 1;
        foreach (long size in sizes)
        {
            if (size < 0)
            {
                throw new InvalidModelException($"A tensor has a negative dimension: [{string.Join(", ", sizes)}].");
            }

            try
            {
                count = checked(count * size);
            }
            catch (OverflowException)
            {
                throw new InvalidModelException($"A tensor has more elements than can be counted: [{string.Join(", ", sizes)}].");
            }
        }

        return count;
    }
}
