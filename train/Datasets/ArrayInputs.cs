using System.Runtime.InteropServices;
using System.Security.Cryptography;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Datasets;

/// <summary>Inputs of single-precision numbers in one array.</summary>
public sealed class ArrayInputs : ExampleInputs
{
    private readonly float[] _values;
    private readonly long[] _shape;
    private readonly int _size;

    /// <summary>Inputs over an array that the caller gives away.</summary>
    /// <param name="values">Row-major (examples, shape).</param>
    /// <param name="shape">Shape of one input.</param>
    public ArrayInputs(float[] values, IReadOnlyList<long> shape)
    {
        ArgumentNullException.ThrowIfNull(values);
        ArgumentNullException.ThrowIfNull(shape);
        _values = values;
        _shape = [.. shape];
        _size = checked((int)_shape.Aggregate(1L, (product, size) => checked(product * size)));
        ArgumentOutOfRangeException.ThrowIfNotEqual(values.Length % _size, 0, nameof(values));
    }

    /// <inheritdoc/>
    public override int Count => _values.Length / _size;

    /// <inheritdoc/>
    public override bool AreInMemory => true;

    /// <summary>All inputs, row-major (examples, shape).</summary>
    public ReadOnlyMemory<float> Values => _values;

    /// <inheritdoc/>
    public override void AppendTo(IncrementalHash hash)
    {
        ArgumentNullException.ThrowIfNull(hash);
        // ONNX and evaluation sets are little-endian as well; so are all machines that libtorch runs on.
        hash.AppendData(MemoryMarshal.AsBytes(_values.AsSpan()));
    }

    internal override Tensor[] Read(ReadOnlySpan<int> examples)
    {
        Tensor chosen = zeros([examples.Length, .. _shape], float32).DetachFromDisposeScope();
        Span<float> destination = MemoryMarshal.Cast<byte, float>(chosen.bytes);
        for (int i = 0; i < examples.Length; i++)
        {
            _values.AsSpan(examples[i] * _size, _size).CopyTo(destination[(i * _size)..]);
        }

        return [chosen];
    }

    internal override Tensor[] ReadAll()
    {
        Tensor all = zeros([Count, .. _shape], float32).DetachFromDisposeScope();
        MemoryMarshal.AsBytes(_values.AsSpan()).CopyTo(all.bytes);
        return [all];
    }
}
