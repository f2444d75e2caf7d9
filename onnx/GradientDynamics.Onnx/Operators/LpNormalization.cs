using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Operators;

/// <summary>Attributes of LpNormalization.</summary>
/// <param name="Axis">Axis along which the norm is taken; negative counts from the back.</param>
/// <param name="Norm">1 for the sum of magnitudes, 2 for the Euclidean norm.</param>
public sealed record LpNormalizationAttributes(long Axis, long Norm)
{
    internal static AttributeSchema<long> AxisSchema { get; } = AttributeSchema.Int("axis", -1);

    internal static AttributeSchema<long> NormSchema { get; } = new(
        "p", "1 or 2", "2", attributes => attributes.Int("p", 2) is (1 or 2) and var p ? p : throw new InvalidModelException($"attribute 'p' is {attributes.Int("p", 2)}; 1 and 2 are accepted"));

    /// <summary>The attributes of <paramref name="node"/>.</summary>
    public static LpNormalizationAttributes Of(GraphNode node) => new(AxisSchema.Of(node), NormSchema.Of(node));
}

internal static class LpNormalization
{
    public static OperatorSchema Schema { get; } = new()
    {
        Name = "LpNormalization",
        Summary = "The input over its norm along an axis; 0 where the norm is 0.",
        Inputs = [OperandSchema.Of("input", "T", ElementTypeSet.Floating)],
        Outputs = [OperandSchema.Of("output", "T", ElementTypeSet.Floating)],
        Attributes = [LpNormalizationAttributes.AxisSchema, LpNormalizationAttributes.NormSchema],
        Shapes = call =>
        {
            if (call.Shape(0) is { } input)
            {
                call.Axis(LpNormalizationAttributes.Of(call.Node).Axis, input.Rank);
            }

            return [call.Shape(0)];
        },
    };
}
