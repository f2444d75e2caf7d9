using System.Runtime.InteropServices;
using GradientDynamics.ByteViews;
using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Runtime;

/// <summary>A named tensor over the caller's memory: an input of a run, a place for an output, or a result. Nothing is copied.</summary>
public sealed class OnnxTensor
{
    private readonly long[] _shape;

    private OnnxTensor(string name, ElementType elementType, ReadOnlySpan<long> shape, ReadOnlyMemory<byte> data, ReadOnlyMemory<byte>[]? strings, bool writable)
    {
        ArgumentNullException.ThrowIfNull(name);
        Name = name;
        ElementType = elementType;
        _shape = shape.ToArray();
        Data = data;
        Strings = strings;
        IsWritable = writable;
    }

    /// <summary>The name of the model's input or output.</summary>
    public string Name { get; }

    /// <summary>The type of the elements.</summary>
    public ElementType ElementType { get; }

    /// <summary>One size per dimension; empty for a scalar.</summary>
    public ReadOnlySpan<long> Shape => _shape;

    /// <summary>The elements as bytes, row-major, in the machine's byte order; empty for strings.</summary>
    public ReadOnlyMemory<byte> Data { get; }

    /// <summary>The elements of a tensor of strings, in UTF-8; none for other element types.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>>? Strings { get; }

    /// <summary>Whether a run may write into it.</summary>
    internal bool IsWritable { get; }

    internal long[] ShapeArray => _shape;

    /// <summary>A tensor over an array; without a shape a vector.</summary>
    public static OnnxTensor Create<T>(string name, T[] elements, params ReadOnlySpan<long> shape)
        where T : unmanaged => Create(name, (Memory<T>)elements, shape);

    /// <summary>A tensor over memory; without a shape a vector.</summary>
    /// <exception cref="ArgumentException">The shape has another number of elements.</exception>
    public static OnnxTensor Create<T>(string name, Memory<T> elements, params ReadOnlySpan<long> shape)
        where T : unmanaged => new(name, ElementTypes.Of<T>(), OrVector(name, shape, elements.Length), new ByteView<T>(elements).Memory, null, writable: true);

    /// <summary>A tensor over memory that is only read; without a shape a vector.</summary>
    /// <exception cref="ArgumentException">The shape has another number of elements.</exception>
    public static OnnxTensor CreateReadOnly<T>(string name, ReadOnlyMemory<T> elements, params ReadOnlySpan<long> shape)
        where T : unmanaged => new(name, ElementTypes.Of<T>(), OrVector(name, shape, elements.Length), new ByteView<T>(elements).Memory, null, writable: false);

    /// <summary>A tensor of any element type but strings over raw bytes that are only read; an empty shape is a scalar.</summary>
    /// <exception cref="ArgumentException">The shape and element type have another number of bytes.</exception>
    public static OnnxTensor CreateRaw(string name, ElementType elementType, ReadOnlySpan<long> shape, ReadOnlyMemory<byte> data)
    {
        int size = elementType.Size;
        ArgumentOutOfRangeException.ThrowIfZero(size, nameof(elementType));
        return data.Length % size == 0
            ? new OnnxTensor(name, elementType, Checked(name, shape, data.Length / size), data, null, writable: false)
            : throw new ArgumentException($"Tensor '{name}' has {data.Length} bytes; {elementType} has {size} per element.", nameof(data));
    }

    /// <summary>A tensor of strings, each in UTF-8; an empty shape is a scalar.</summary>
    /// <exception cref="ArgumentException">The shape has another number of elements.</exception>
    public static OnnxTensor CreateStrings(string name, ReadOnlySpan<long> shape, ReadOnlyMemory<byte>[] elements)
    {
        ArgumentNullException.ThrowIfNull(elements);
        return new OnnxTensor(name, ElementType.String, Checked(name, shape, elements.Length), default, elements, writable: false);
    }

    /// <summary>The elements in place.</summary>
    /// <exception cref="InvalidOperationException">The elements are of another type.</exception>
    public ReadOnlySpan<T> Elements<T>()
        where T : unmanaged => ElementTypes.Of<T>() == ElementType
        ? MemoryMarshal.Cast<byte, T>(Data.Span)
        : throw new InvalidOperationException($"Tensor '{Name}' holds {ElementType}; it cannot be read as {typeof(T).Name}.");

    /// <summary>A copy of the elements.</summary>
    /// <exception cref="InvalidOperationException">The elements are of another type.</exception>
    public T[] ToArray<T>()
        where T : unmanaged => Elements<T>().ToArray();

    internal static OnnxTensor Allocate(string name, ElementType elementType, ReadOnlySpan<long> shape, long bytes) =>
        new(name, elementType, shape, GC.AllocateUninitializedArray<byte>(checked((int)bytes)), null, writable: true);

    private static ReadOnlySpan<long> OrVector(string name, ReadOnlySpan<long> shape, int count) =>
        shape.IsEmpty ? new long[] { count } : Checked(name, shape, count);

    private static ReadOnlySpan<long> Checked(string name, ReadOnlySpan<long> shape, int count) => ElementCount(shape) == count
        ? shape
        : throw new ArgumentException($"Tensor '{name}' has {count} elements; shape [{string.Join(", ", shape.ToArray())}] has another number.", nameof(shape));

    internal static long ElementCount(ReadOnlySpan<long> shape)
    {
        long count = 1;
        foreach (long size in shape)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(size, nameof(shape));
            count = checked(count * size);
        }

        return count;
    }
}
