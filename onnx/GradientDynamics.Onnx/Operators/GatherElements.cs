using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Operators;

/// <summary>Attributes of GatherElements.</summary>
/// <param name="Axis">Axis that the indices count along; negative counts from the back.</param>
public sealed record GatherElementsAttributes(long Axis)
{
    internal static AttributeSchema<long> AxisSchema { get; } = AttributeSchema.Int("axis", 0);

    /// <summary>The attributes of <paramref name="node"/>.</summary>
    public static GatherElementsAttributes Of(GraphNode node) => new(AxisSchema.Of(node));
}

internal static class GatherElements
{
    public static OperatorSchema Schema { get; } = new()
    {
        Name = "GatherElements",
        FirstOpset = 11,
        Summary = "The elements at the positions that indices name along an axis, in the shape of indices.",
        Inputs = [OperandSchema.Of("data", "T", ElementTypeSet.All), OperandSchema.Of("indices", "Tind", ElementTypeSet.Index)],
        Outputs = [OperandSchema.Of("output", "T", ElementTypeSet.All)],
        Attributes = [GatherElementsAttributes.AxisSchema],
        Shapes = call =>
        {
            if (call.Shape(0) is { } data)
            {
                call.Axis(GatherElementsAttributes.Of(call.Node).Axis, data.Rank);
                if (call.Shape(1) is { } indices && indices.Rank != data.Rank)
                {
                    throw call.Error($"data is {data} and indices is {indices}; they must have equally many dimensions");
                }
            }

            return [call.Shape(1)];
        },
    };
}
