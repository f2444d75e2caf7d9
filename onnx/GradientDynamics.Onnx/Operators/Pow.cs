namespace GradientDynamics.Onnx.Operators;

internal static class Pow
{
    public static OperatorSchema Schema { get; } = new()
    {
        Name = "Pow",
        Summary = "X to the power of Y, with broadcasting, in X's type.",
        Inputs = [OperandSchema.Of("X", "T", ElementTypeSet.PowBase), OperandSchema.Of("Y", "T1", ElementTypeSet.Numeric)],
        Outputs = [OperandSchema.Of("Z", "T", ElementTypeSet.PowBase)],
        Shapes = call => [call.Broadcast(0, 1)],
    };
}
