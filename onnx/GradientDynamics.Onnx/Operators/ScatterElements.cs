using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Operators;

/// <summary>How ScatterElements combines an update with what stands there.</summary>
public enum ScatterReduction
{
    /// <summary>The update replaces it.</summary>
    None,

    /// <summary>The sum.</summary>
    Add,

    /// <summary>The product.</summary>
    Mul,

    /// <summary>The larger.</summary>
    Max,

    /// <summary>The smaller.</summary>
    Min,
}

/// <summary>Attributes of ScatterElements.</summary>
/// <param name="Axis">Axis that the indices count along; negative counts from the back.</param>
/// <param name="Reduction">How updates combine with the data.</param>
public sealed record ScatterElementsAttributes(long Axis, ScatterReduction Reduction)
{
    internal static AttributeSchema<long> AxisSchema { get; } = AttributeSchema.Int("axis", 0);

    internal static AttributeSchema<ScatterReduction> ReductionSchema { get; } = AttributeSchema.Choice(
        "reduction", 16, ("none", ScatterReduction.None), ("add", ScatterReduction.Add), ("mul", ScatterReduction.Mul), ("max", ScatterReduction.Max), ("min", ScatterReduction.Min));

    /// <summary>The attributes of <paramref name="node"/>.</summary>
    public static ScatterElementsAttributes Of(GraphNode node) => new(AxisSchema.Of(node), ReductionSchema.Of(node));
}

internal static class ScatterElements
{
    public static OperatorSchema Schema { get; } = new()
    {
        Name = "ScatterElements",
        FirstOpset = 11,
        Summary = "data with updates written at, or combined with, the positions that indices name along an axis.",
        Inputs =
        [
            OperandSchema.Of("data", "T", ElementTypeSet.All),
            OperandSchema.Of("indices", "Tind", ElementTypeSet.Index),
            OperandSchema.Of("updates", "T", ElementTypeSet.All),
        ],
        Outputs = [OperandSchema.Of("output", "T", ElementTypeSet.All)],
        Attributes = [ScatterElementsAttributes.AxisSchema, ScatterElementsAttributes.ReductionSchema],
        Shapes = call => [Shape(call)],
    };

    private static TensorShape? Shape(OperatorCall call)
    {
        TensorShape? data = call.Shape(0);
        TensorShape? indices = call.Shape(1);
        if (data is not null)
        {
            call.Axis(ScatterElementsAttributes.Of(call.Node).Axis, data.Rank);
            if (indices is not null && indices.Rank != data.Rank)
            {
                throw call.Error($"data is {data} and indices is {indices}; they must have equally many dimensions");
            }
        }

        if (indices is not null && call.Shape(2) is { } updates && (indices.Rank != updates.Rank || indices.Zip(updates).Any(pair => !OperatorCall.MayEqual(pair.First, pair.Second))))
        {
            throw call.Error($"indices is {indices} and updates is {updates}; their shapes must be equal");
        }

        return data;
    }
}
