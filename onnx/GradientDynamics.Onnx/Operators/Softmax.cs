using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Operators;

/// <summary>Attributes of Softmax, LogSoftmax and Hardmax.</summary>
/// <param name="Axis">Axis over which the results sum to 1; negative counts from the back.</param>
public sealed record SoftmaxAttributes(long Axis)
{
    internal static AttributeSchema<long> AxisSchema { get; } = AttributeSchema.Int("axis", -1);

    /// <summary>The attributes of <paramref name="node"/>.</summary>
    public static SoftmaxAttributes Of(GraphNode node) => new(AxisSchema.Of(node));
}

internal static class Softmax
{
    public static OperatorSchema Schema { get; } = Of("Softmax", "exp(x) over its sum along an axis.");

    public static OperatorSchema Logarithm { get; } = Of("LogSoftmax", "Logarithm of Softmax.");

    public static OperatorSchema Hard { get; } = Of("Hardmax", "1 at the first maximum along an axis, 0 elsewhere.");

    private static OperatorSchema Of(string name, string summary) => new()
    {
        Name = name,
        Summary = summary,
        Inputs = [OperandSchema.Of("input", "T", ElementTypeSet.Floating)],
        Outputs = [OperandSchema.Of("output", "T", ElementTypeSet.Floating)],
        Attributes = [SoftmaxAttributes.AxisSchema],
        Shapes = call =>
        {
            if (call.Shape(0) is { Rank: > 0 } input)
            {
                call.Axis(SoftmaxAttributes.Of(call.Node).Axis, input.Rank);
            }

            return [call.Shape(0)];
        },
    };
}
