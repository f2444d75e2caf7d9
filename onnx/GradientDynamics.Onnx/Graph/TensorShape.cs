using System.Collections;

namespace GradientDynamics.Onnx.Graph;

/// <summary>One dimension of a shape: a number, a name (such as "batch"), or neither.</summary>
public readonly record struct Dimension
{
    private Dimension(long? value, string? symbol)
    {
        Value = value;
        Symbol = symbol;
    }

    /// <summary>A dimension of which nothing is known.</summary>
    public static Dimension Unknown => default;

    /// <summary>The number, or null where the dimension varies.</summary>
    public long? Value { get; }

    /// <summary>The name of a varying dimension, or null.</summary>
    public string? Symbol { get; }

    /// <summary>A dimension of a fixed size.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="value"/> is negative.</exception>
    public static Dimension Fixed(long value)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value);
        return new(value, null);
    }

    /// <summary>A varying dimension with a name; equal names mean equal sizes.</summary>
    public static Dimension Named(string symbol) => new(null, symbol);

    /// <summary>A dimension of a fixed size.</summary>
    public static implicit operator Dimension(long value) => Fixed(value);

    /// <inheritdoc/>
    public override string ToString() => Value?.ToString() ?? Symbol ?? "?";
}

/// <summary>The shape of a tensor, outermost dimension first. Immutable; equal where the dimensions are equal.</summary>
public sealed class TensorShape : IReadOnlyList<Dimension>, IEquatable<TensorShape>
{
    private readonly Dimension[] _dimensions;

    /// <summary>A shape of the dimensions given.</summary>
    public TensorShape(params ReadOnlySpan<Dimension> dimensions) => _dimensions = dimensions.ToArray();

    /// <summary>The shape of a scalar: no dimensions.</summary>
    public static TensorShape Scalar { get; } = new();

    /// <summary>Number of dimensions.</summary>
    public int Rank => _dimensions.Length;

    /// <summary>Number of dimensions, as of any list; the same as <see cref="Rank"/>.</summary>
    public int Count => _dimensions.Length;

    /// <summary>Whether every dimension is a number.</summary>
    public bool IsFixed => Array.TrueForAll(_dimensions, dimension => dimension.Value is not null);

    /// <summary>The dimension at <paramref name="index"/>, 0 for the outermost.</summary>
    public Dimension this[int index] => _dimensions[index];

    /// <summary>A fixed shape.</summary>
    public static TensorShape Of(params ReadOnlySpan<long> sizes)
    {
        var dimensions = new Dimension[sizes.Length];
        for (int i = 0; i < sizes.Length; i++)
        {
            dimensions[i] = Dimension.Fixed(sizes[i]);
        }

        return new(dimensions);
    }

    /// <summary>The sizes of a fixed shape.</summary>
    /// <exception cref="InvalidOperationException">A dimension varies.</exception>
    public long[] ToSizes() => [.. _dimensions.Select(dimension => dimension.Value
        ?? throw new InvalidOperationException($"The shape {this} is not fixed: {dimension} has no number."))];

    /// <summary>Number of elements, or null where a dimension varies.</summary>
    /// <exception cref="OverflowException">The product exceeds 64 bits.</exception>
    public long? ElementCount => !IsFixed ? null : Array.Exists(_dimensions, dimension => dimension.Value == 0) ? 0 : _dimensions.Aggregate(1L, (product, dimension) => checked(product * dimension.Value!.Value));

    /// <inheritdoc/>
    public bool Equals(TensorShape? other) => other is not null && _dimensions.AsSpan().SequenceEqual(other._dimensions);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as TensorShape);

    /// <inheritdoc/>
    public override int GetHashCode() => _dimensions.Aggregate(0, HashCode.Combine);

    /// <inheritdoc/>
    public IEnumerator<Dimension> GetEnumerator() => ((IEnumerable<Dimension>)_dimensions).GetEnumerator();

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <inheritdoc/>
    public override string ToString() => $"[{string.Join(", ", _dimensions)}]";
}

/// <summary>Element type and shape of a value; a null shape means that not even the rank is known.</summary>
public sealed record TensorType(ElementType Element, TensorShape? Shape)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Element}{Shape?.ToString() ?? "[…]"}";
}

/// <summary>A named input or output of a graph.</summary>
public sealed record GraphValue(string Name, TensorType Type)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Name}: {Type}";
}
