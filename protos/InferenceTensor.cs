using System.Runtime.InteropServices;
using System.Text;
using GradientDynamics.ByteViews;

namespace GradientDynamics.Protos;

/// <summary>A named tensor of a request or a reply: datatype, shape, and its elements as raw bytes, row-major and little-endian.</summary>
public sealed class InferenceTensor
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly long[] _shape;

    /// <summary>A tensor over raw bytes, which are not copied.</summary>
    /// <param name="name">The name of the model's input or output.</param>
    /// <param name="datatype">One of <see cref="Protos.Datatype"/>.</param>
    /// <param name="shape">One size per dimension.</param>
    /// <param name="data">The elements in the protocol's raw form.</param>
    /// <exception cref="InvalidDataException">The bytes are not what datatype and shape say.</exception>
    public InferenceTensor(string name, string datatype, ReadOnlySpan<long> shape, ReadOnlyMemory<byte> data)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(datatype);
        int size = Protos.Datatype.SizeInBytes(datatype);
        ElementCount = WireShape.ElementCount(shape);
        if (size == Protos.Datatype.VariableSize)
        {
            _ = ByteStrings.Decode(data, ElementCount);
        }
        else if ((Int128)ElementCount * size != data.Length)
        {
            throw new InvalidDataException($"tensor '{name}' has {data.Length} bytes where {datatype} of shape {WireShape.Describe(shape)} has {(Int128)ElementCount * size}");
        }

        Name = name;
        Datatype = datatype;
        _shape = shape.ToArray();
        Data = data;
    }

    /// <summary>The name of the model's input or output.</summary>
    public string Name { get; }

    /// <summary>The datatype by its name on the wire, such as <c>FP32</c>.</summary>
    public string Datatype { get; }

    /// <summary>One size per dimension; empty for a scalar.</summary>
    public ReadOnlySpan<long> Shape => _shape;

    /// <summary>The product of the shape.</summary>
    public long ElementCount { get; }

    /// <summary>The elements in the protocol's raw form.</summary>
    public ReadOnlyMemory<byte> Data { get; }

    /// <summary>A tensor over an array, which is not copied; without a shape a vector.</summary>
    public static InferenceTensor Create<T>(string name, T[] elements, params ReadOnlySpan<long> shape)
        where T : unmanaged => Create(name, (ReadOnlyMemory<T>)elements, shape);

    /// <summary>A tensor over memory, which is not copied; without a shape a vector.</summary>
    public static InferenceTensor Create<T>(string name, ReadOnlyMemory<T> elements, params ReadOnlySpan<long> shape)
        where T : unmanaged
    {
        ReadOnlyMemory<byte> data = elements is ReadOnlyMemory<byte> bytes ? bytes : new ByteView<T>(elements).Memory;
        return new InferenceTensor(name, Protos.Datatype.Of<T>(), shape.IsEmpty ? [elements.Length] : shape, data);
    }

    /// <summary>A tensor of texts in UTF-8; without a shape a vector.</summary>
    public static InferenceTensor Create(string name, IReadOnlyList<string> elements, params ReadOnlySpan<long> shape) =>
        Create(name, [.. elements.Select(text => (ReadOnlyMemory<byte>)StrictUtf8.GetBytes(text))], shape);

    /// <summary>A tensor of byte strings, such as encoded images; without a shape a vector.</summary>
    public static InferenceTensor Create(string name, IReadOnlyList<ReadOnlyMemory<byte>> elements, params ReadOnlySpan<long> shape) =>
        new(name, Protos.Datatype.Bytes, shape.IsEmpty ? [elements.Count] : shape, ByteStrings.Encode(elements));

    /// <summary>The elements in place, as the .NET type of the datatype.</summary>
    /// <exception cref="InvalidDataException">The tensor is of another datatype.</exception>
    public ReadOnlySpan<T> Elements<T>()
        where T : unmanaged
    {
        string asked = Protos.Datatype.Of<T>();
        return asked == Datatype
            ? MemoryMarshal.Cast<byte, T>(Data.Span)
            : throw new InvalidDataException($"tensor '{Name}' is {Datatype}; it cannot be read as {asked}");
    }

    /// <summary>A copy of the elements, as the .NET type of the datatype.</summary>
    /// <exception cref="InvalidDataException">The tensor is of another datatype.</exception>
    public T[] ToArray<T>()
        where T : unmanaged => Elements<T>().ToArray();

    /// <summary>Any floating-point tensor (FP16, BF16, FP32, FP64) as singles.</summary>
    /// <exception cref="InvalidDataException">The tensor is of another datatype.</exception>
    public float[] ToSingles()
    {
        switch (Datatype)
        {
            case Protos.Datatype.Float32:
                return ToArray<float>();
            case Protos.Datatype.Float64:
                return Array.ConvertAll(ToArray<double>(), element => (float)element);
            case Protos.Datatype.Float16:
                return Array.ConvertAll(ToArray<Half>(), element => (float)element);
            case Protos.Datatype.BFloat16:
                ushort[] upperHalves = MemoryMarshal.Cast<byte, ushort>(Data.Span).ToArray();
                return Array.ConvertAll(upperHalves, upper => BitConverter.UInt32BitsToSingle((uint)upper << 16));
            default:
                throw new InvalidDataException($"tensor '{Name}' is {Datatype}; floating-point datatypes are FP16, BF16, FP32 and FP64");
        }
    }

    /// <summary>The elements of a BYTES tensor.</summary>
    /// <exception cref="InvalidDataException">The tensor is of another datatype.</exception>
    public ReadOnlyMemory<byte>[] ToByteStrings() => Datatype == Protos.Datatype.Bytes
        ? ByteStrings.Decode(Data, ElementCount)
        : throw new InvalidDataException($"tensor '{Name}' is {Datatype}; byte strings are read from BYTES");

    /// <summary>The elements of a BYTES tensor as texts.</summary>
    /// <exception cref="InvalidDataException">The tensor is of another datatype, or an element is not UTF-8.</exception>
    public string[] ToStrings()
    {
        try
        {
            return Array.ConvertAll(ToByteStrings(), element => StrictUtf8.GetString(element.Span));
        }
        catch (DecoderFallbackException exception)
        {
            throw new InvalidDataException($"tensor '{Name}' has an element that is not UTF-8", exception);
        }
    }
}
