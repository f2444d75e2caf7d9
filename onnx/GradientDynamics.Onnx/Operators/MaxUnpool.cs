using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Operators;

/// <summary>Attributes of MaxUnpool, as written.</summary>
/// <param name="KernelShape">Sizes of the window of the MaxPool that it undoes.</param>
/// <param name="Strides">Steps; null is 1.</param>
/// <param name="Pads">Pads, all beginnings, then all ends; null is 0.</param>
public sealed record MaxUnpoolAttributes(IReadOnlyList<long> KernelShape, IReadOnlyList<long>? Strides, IReadOnlyList<long>? Pads)
{
    /// <summary>The attributes of <paramref name="node"/>.</summary>
    public static MaxUnpoolAttributes Of(GraphNode node) => new(PoolAttributes.KernelShapeSchema.Of(node), SlidingWindow.StridesSchema.Of(node), SlidingWindow.PadsSchema.Of(node));

    /// <summary>Spatial sizes of the output for an input [batch, channels, spatial…], where none are given: those of the smallest image that the windows cover.</summary>
    /// <exception cref="InvalidModelException">An attribute does not fit; the message names the node.</exception>
    public IReadOnlyList<Dimension> OutputSizes(GraphNode node, IReadOnlyList<Dimension> input)
    {
        SlidingWindow window = SlidingWindow.Of(node, KernelShape, Strides, null, Pads, AutoPad.NotSet, input);
        return [.. input.Select((size, i) => size.Value is { } number
            ? checked((number - 1) * window.Strides[i] + window.Kernel[i]) - window.PadsBegin[i] - window.PadsEnd[i] is >= 0 and var output
                ? (Dimension)output
                : throw new InvalidModelException($"Node {node}: its pads cut more than dimension {i + 2} of the output has.")
            : Dimension.Unknown)];
    }
}

internal static class MaxUnpool
{
    public static OperatorSchema Schema { get; } = new()
    {
        Name = "MaxUnpool",
        Summary = "Each element at the position of the flattened output that I names, zeros elsewhere: MaxPool undone where windows do not overlap.",
        Inputs =
        [
            OperandSchema.Of("X", "T", ElementTypeSet.Floating), OperandSchema.Of("I", "I", ElementTypeSet.Int64), OperandSchema.OrAbsent("output_shape", "I", ElementTypeSet.Int64),
        ],
        Outputs = [OperandSchema.Of("output", "T", ElementTypeSet.Floating)],
        Attributes = [PoolAttributes.KernelShapeSchema, SlidingWindow.PadsSchema, SlidingWindow.StridesSchema],
        Shapes = call => [Shape(call)],
    };

    private static TensorShape? Shape(OperatorCall call)
    {
        MaxUnpoolAttributes attributes = MaxUnpoolAttributes.Of(call.Node);
        if (call.Shape(0) is not { } x)
        {
            return null;
        }

        if (x.Rank < 3)
        {
            throw call.Error($"X is {x}; 3 dimensions and more are accepted: batch, channels and space");
        }

        if (call.Shape(1) is { } indices && (indices.Rank != x.Rank || !x.Zip(indices, OperatorCall.MayEqual).All(equal => equal)))
        {
            throw call.Error($"X is {x} and I is {indices}; equal shapes are accepted");
        }

        IReadOnlyList<Dimension> sizes = attributes.OutputSizes(call.Node, [.. x.Skip(2)]);
        if (!call.Has(2))
        {
            return new([x[0], x[1], .. sizes]);
        }

        if (call.VectorLength(2, "output_shape") is { } length && length != x.Rank)
        {
            throw call.Error($"output_shape has {length} entries; {x.Rank} are accepted, as many as X has dimensions");
        }

        return call.Integers(2) is { } given
            ? new([.. given.Elements.Select(size => size.Value is < 0 ? throw call.Error($"output_shape has {size.Value}; 0 and more is accepted") : size.ToDimension())])
            : new([.. Enumerable.Repeat(Dimension.Unknown, x.Rank)]);
    }
}
