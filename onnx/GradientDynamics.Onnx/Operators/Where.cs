namespace GradientDynamics.Onnx.Operators;

internal static class Where
{
    public static OperatorSchema Schema { get; } = new()
    {
        Name = "Where",
        Summary = "X where the condition is true, Y elsewhere, with broadcasting.",
        Inputs =
        [
            OperandSchema.Of("condition", "B", ElementTypeSet.Bool),
            OperandSchema.Of("X", "T", ElementTypeSet.All),
            OperandSchema.Of("Y", "T", ElementTypeSet.All),
        ],
        Outputs = [OperandSchema.Of("output", "T", ElementTypeSet.All)],
        Shapes = call => [call.Broadcast(0, 1, 2)],
        Fold = call => IntegerTensor.Combine(
            x => x[0].Value is { } condition ? condition != 0 ? x[1] : x[2] : x[1] == x[2] ? x[1] : KnownInteger.Unknown,
            call.Integers(0),
            call.Integers(1),
            call.Integers(2)),
    };
}
