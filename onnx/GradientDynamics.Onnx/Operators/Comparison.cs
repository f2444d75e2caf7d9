namespace GradientDynamics.Onnx.Operators;

/// <summary>Greater, GreaterOrEqual, Less, LessOrEqual and Equal, with broadcasting.</summary>
internal static class Comparison
{
    public static OperatorSchema Greater { get; } = Of("Greater", "A > B.", ElementTypeSet.Numeric, (a, b) => a > b);

    public static OperatorSchema GreaterOrEqual { get; } = Of("GreaterOrEqual", "A ≥ B.", ElementTypeSet.Numeric, (a, b) => a >= b, firstOpset: 12);

    public static OperatorSchema Less { get; } = Of("Less", "A < B.", ElementTypeSet.Numeric, (a, b) => a < b);

    public static OperatorSchema LessOrEqual { get; } = Of("LessOrEqual", "A ≤ B.", ElementTypeSet.Numeric, (a, b) => a <= b, firstOpset: 12);

    public static OperatorSchema Equal { get; } = Of("Equal", "A = B.", ElementTypeSet.All, (a, b) => a == b);

    private static OperatorSchema Of(string name, string summary, ElementTypeSet types, Func<long, long, bool> holds, int firstOpset = OperatorSchema.OldestOpset) => new()
    {
        Name = name,
        FirstOpset = firstOpset,
        Summary = summary,
        Inputs = [OperandSchema.Of("A", "T", types), OperandSchema.Of("B", "T", types)],
        Outputs = [OperandSchema.Of("C", "T1", ElementTypeSet.Bool)],
        Shapes = call => [call.Broadcast(0, 1)],
        Fold = call => IntegerTensor.Combine(
            x => x[0].Value is { } a && x[1].Value is { } b ? holds(a, b) ? 1 : 0 : KnownInteger.Unknown, call.Integers(0), call.Integers(1)),
    };
}
