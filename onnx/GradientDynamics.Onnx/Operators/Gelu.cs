using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Operators;

/// <summary>Attributes of Gelu.</summary>
/// <param name="ByTanh">Whether the normal distribution function is approximated by tanh.</param>
public sealed record GeluAttributes(bool ByTanh)
{
    internal static AttributeSchema<bool> ApproximateSchema { get; } = AttributeSchema.Choice("approximate", 1, ("none", false), ("tanh", true));

    /// <summary>The attributes of <paramref name="node"/>.</summary>
    public static GeluAttributes Of(GraphNode node) => new(ApproximateSchema.Of(node));
}

internal static class Gelu
{
    public static OperatorSchema Schema { get; } = new()
    {
        Name = "Gelu",
        Summary = "x times the normal distribution function of x, exact or by tanh.",
        FirstOpset = 20,
        Inputs = [OperandSchema.Of("X", "T", ElementTypeSet.Floating)],
        Outputs = [OperandSchema.Of("Y", "T", ElementTypeSet.Floating)],
        Attributes = [GeluAttributes.ApproximateSchema],
        Shapes = call => [call.Shape(0)],
    };
}
