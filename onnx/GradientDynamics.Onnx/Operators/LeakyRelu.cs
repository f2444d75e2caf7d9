using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Operators;

/// <summary>Attributes of LeakyRelu.</summary>
/// <param name="Alpha">Slope below 0.</param>
public sealed record LeakyReluAttributes(float Alpha)
{
    internal static AttributeSchema<float> AlphaSchema { get; } = AttributeSchema.Float("alpha", 0.01f);

    /// <summary>The attributes of <paramref name="node"/>.</summary>
    public static LeakyReluAttributes Of(GraphNode node) => new(AlphaSchema.Of(node));
}

internal static class LeakyRelu
{
    public static OperatorSchema Schema { get; } = new()
    {
        Name = "LeakyRelu",
        Summary = "x where x is at least 0, alpha·x below.",
        Inputs = [OperandSchema.Of("X", "T", ElementTypeSet.Floating)],
        Outputs = [OperandSchema.Of("Y", "T", ElementTypeSet.Floating)],
        Attributes = [LeakyReluAttributes.AlphaSchema],
        Shapes = call => [call.Shape(0)],
    };
}
