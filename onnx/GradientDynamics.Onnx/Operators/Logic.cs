namespace GradientDynamics.Onnx.Operators;

/// <summary>And, Or, Xor and Not.</summary>
internal static class Logic
{
    public static OperatorSchema And { get; } = Binary("And", "Whether both are true.", (a, b) => a & b);

    public static OperatorSchema Or { get; } = Binary("Or", "Whether one is true or both are.", (a, b) => a | b);

    public static OperatorSchema Xor { get; } = Binary("Xor", "Whether one is true and the other is not.", (a, b) => a ^ b);

    public static OperatorSchema Not { get; } = new()
    {
        Name = "Not",
        Summary = "The opposite truth value.",
        Inputs = [OperandSchema.Of("X", "T", ElementTypeSet.Bool)],
        Outputs = [OperandSchema.Of("Y", "T", ElementTypeSet.Bool)],
        Shapes = call => [call.Shape(0)],
        Fold = call => IntegerTensor.Combine(x => x[0].Value is { } value ? 1 - value : KnownInteger.Unknown, call.Integers(0)),
    };

    private static OperatorSchema Binary(string name, string summary, Func<long, long, long> combine) => new()
    {
        Name = name,
        Summary = summary,
        Inputs = [OperandSchema.Of("A", "T", ElementTypeSet.Bool), OperandSchema.Of("B", "T", ElementTypeSet.Bool)],
        Outputs = [OperandSchema.Of("C", "T1", ElementTypeSet.Bool)],
        Shapes = call => [call.Broadcast(0, 1)],
        Fold = call => IntegerTensor.Combine(
            x => x[0].Value is { } a && x[1].Value is { } b ? combine(a, b) : KnownInteger.Unknown, call.Integers(0), call.Integers(1)),
    };
}
