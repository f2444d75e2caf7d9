using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Networks;

/// <summary>What a network takes: the shape of one example and its element type.</summary>
public sealed record InputSpec
{
    /// <summary>An input of examples of the sizes given.</summary>
    /// <exception cref="ArgumentException">A size is not positive, or the element type is Undefined.</exception>
    public InputSpec(IReadOnlyList<long> shape, ElementType element = ElementType.Float)
    {
        foreach (long size in shape)
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(size, nameof(shape));
        }

        if (element == ElementType.Undefined)
        {
            throw new ArgumentException("An input has an element type; Undefined is none.", nameof(element));
        }

        Shape = [.. shape];
        Element = element;
    }

    /// <summary>Name of the batch dimension in every graph that this library builds.</summary>
    public static string BatchSymbol => "batch";

    /// <summary>Sizes of one example, without the batch.</summary>
    public IReadOnlyList<long> Shape { get; }

    /// <summary>Element type.</summary>
    public ElementType Element { get; }

    /// <summary>The type of a batch: [batch, …].</summary>
    public TensorType BatchType => new(Element, new([Dimension.Named(BatchSymbol), .. Shape.Select(Dimension.Fixed)]));

    /// <summary>Equal where shape and element type are.</summary>
    public bool Equals(InputSpec? other) => other is not null && Element == other.Element && Shape.SequenceEqual(other.Shape);

    /// <inheritdoc/>
    public override int GetHashCode() => Shape.Aggregate((int)Element, HashCode.Combine);
}
