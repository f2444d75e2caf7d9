namespace GradientDynamics.Onnx.Operators;

internal static class Identity
{
    public static OperatorSchema Schema { get; } = new()
    {
        Name = "Identity",
        Summary = "The input.",
        Inputs = [OperandSchema.Of("input", "T", ElementTypeSet.All)],
        Outputs = [OperandSchema.Of("output", "T", ElementTypeSet.All)],
        Shapes = call => [call.Shape(0)],
        Fold = call => call.Integers(0),
    };
}
