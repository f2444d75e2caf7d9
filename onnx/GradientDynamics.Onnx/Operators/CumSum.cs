using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Operators;

/// <summary>Attributes of CumSum.</summary>
/// <param name="Exclusive">Whether an element's sum is without the element itself.</param>
/// <param name="Reverse">Whether sums run from the end.</param>
public sealed record CumSumAttributes(bool Exclusive, bool Reverse)
{
    internal static AttributeSchema<bool> ExclusiveSchema { get; } = AttributeSchema.Flag("exclusive", false);

    internal static AttributeSchema<bool> ReverseSchema { get; } = AttributeSchema.Flag("reverse", false);

    /// <summary>The attributes of <paramref name="node"/>.</summary>
    public static CumSumAttributes Of(GraphNode node) => new(ExclusiveSchema.Of(node), ReverseSchema.Of(node));
}

internal static class CumSum
{
    public static OperatorSchema Schema { get; } = new()
    {
        Name = "CumSum",
        Summary = "Sums of the elements up to each along an axis.",
        FirstOpset = 11,
        Inputs = [OperandSchema.Of("x", "T", ElementTypeSet.WideNumeric), OperandSchema.Of("axis", "T2", ElementTypeSet.Index)],
        Outputs = [OperandSchema.Of("y", "T", ElementTypeSet.WideNumeric)],
        Attributes = [CumSumAttributes.ExclusiveSchema, CumSumAttributes.ReverseSchema],
        Shapes = call =>
        {
            if (call.Shape(1) is { } axis && axis.ElementCount is not (null or 1))
            {
                throw call.Error($"axis is {axis}; one number is accepted");
            }

            if (call.Shape(0) is { } x && call.Integers(1)?.Numbers is [var along])
            {
                call.Axis(along, x.Rank);
            }

            return [call.Shape(0)];
        },
    };
}
