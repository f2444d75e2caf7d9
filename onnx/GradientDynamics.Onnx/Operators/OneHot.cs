using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Operators;

/// <summary>Attributes of OneHot.</summary>
/// <param name="Axis">Where the new axis stands in the output; negative counts from the back.</param>
public sealed record OneHotAttributes(long Axis)
{
    internal static AttributeSchema<long> AxisSchema { get; } = AttributeSchema.Int("axis", -1);

    /// <summary>The attributes of <paramref name="node"/>.</summary>
    public static OneHotAttributes Of(GraphNode node) => new(AxisSchema.Of(node));
}

internal static class OneHot
{
    public static OperatorSchema Schema { get; } = new()
    {
        Name = "OneHot",
        Summary = "values[1] at every index along a new axis of depth entries, values[0] elsewhere; indices from -depth on, others give values[0] only.",
        Inputs =
        [
            OperandSchema.Of("indices", "T1", ElementTypeSet.Numeric),
            OperandSchema.Of("depth", "T2", ElementTypeSet.Numeric),
            OperandSchema.Of("values", "T3", ElementTypeSet.All),
        ],
        Outputs = [OperandSchema.Of("output", "T3", ElementTypeSet.All)],
        Attributes = [OneHotAttributes.AxisSchema],
        Shapes = call => [Shape(call)],
    };

    private static TensorShape? Shape(OperatorCall call)
    {
        if (call.Shape(1) is { } depthShape && (depthShape.Rank > 1 || depthShape.Rank == 1 && !OperatorCall.MayEqual(depthShape[0], 1)))
        {
            throw call.Error($"depth is {depthShape}; one number is accepted");
        }

        if (call.VectorLength(2, "values") is { } length and not 2)
        {
            throw call.Error($"values has {length} entries; 2 are accepted, off and on");
        }

        KnownInteger depth = call.Integers(1) is { Elements: [var only] } ? only : KnownInteger.Unknown;
        if (depth.Value is <= 0)
        {
            throw call.Error($"depth is {depth.Value}; 1 and more is accepted");
        }

        if (call.Shape(0) is not { } indices)
        {
            return null;
        }

        List<Dimension> result = [.. indices];
        result.Insert(call.Axis(OneHotAttributes.Of(call.Node).Axis, indices.Rank + 1), depth.ToDimension());
        return new([.. result]);
    }
}
