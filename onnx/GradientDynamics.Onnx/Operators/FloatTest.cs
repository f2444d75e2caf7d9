using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Operators;

/// <summary>Attributes of IsInf.</summary>
/// <param name="DetectNegative">Whether minus infinity counts.</param>
/// <param name="DetectPositive">Whether plus infinity counts.</param>
public sealed record IsInfAttributes(bool DetectNegative, bool DetectPositive)
{
    internal static AttributeSchema<bool> DetectNegativeSchema { get; } = AttributeSchema.Flag("detect_negative", true);

    internal static AttributeSchema<bool> DetectPositiveSchema { get; } = AttributeSchema.Flag("detect_positive", true);

    /// <summary>The attributes of <paramref name="node"/>.</summary>
    public static IsInfAttributes Of(GraphNode node) => new(DetectNegativeSchema.Of(node), DetectPositiveSchema.Of(node));
}

/// <summary>IsNaN and IsInf.</summary>
internal static class FloatTest
{
    public static OperatorSchema IsNaN { get; } = Of("IsNaN", "Whether x is not a number.", OperatorSchema.OldestOpset);

    public static OperatorSchema IsInf { get; } = Of("IsInf", "Whether x is infinite.", 10, IsInfAttributes.DetectNegativeSchema, IsInfAttributes.DetectPositiveSchema);

    private static OperatorSchema Of(string name, string summary, int since, params AttributeSchema[] attributes) => new()
    {
        Name = name,
        Summary = summary,
        FirstOpset = since,
        Inputs = [OperandSchema.Of("X", "T1", ElementTypeSet.Floating)],
        Outputs = [OperandSchema.Of("Y", "T2", ElementTypeSet.Bool)],
        Attributes = attributes,
        Shapes = call => [call.Shape(0)],
    };
}
