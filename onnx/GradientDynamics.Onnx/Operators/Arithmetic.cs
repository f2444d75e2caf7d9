namespace GradientDynamics.Onnx.Operators;

/// <summary>Add, Sub, Mul and Div, with broadcasting.</summary>
internal static class Arithmetic
{
    public static OperatorSchema Add { get; } = Of("Add", "A + B.", Plus);

    public static OperatorSchema Sub { get; } = Of("Sub", "A - B.", (a, b) => b == 0 ? a : Numbers(a, b, (x, y) => unchecked(x - y)));

    public static OperatorSchema Mul { get; } = Of("Mul", "A · B, element by element.", Times);

    // Integers divide towards 0. A named dimension over itself may be 0 / 0 and stays unknown.
    public static OperatorSchema Div { get; } = Of("Div", "A / B; integers divide towards 0.", (a, b) => b == 1 ? a
        : b.Value is 0 || b.Value is -1 ? KnownInteger.Unknown
        : Numbers(a, b, (x, y) => x / y));

    public static KnownInteger Plus(KnownInteger a, KnownInteger b) => a == 0 ? b : b == 0 ? a : Numbers(a, b, (x, y) => unchecked(x + y));

    public static KnownInteger Times(KnownInteger a, KnownInteger b) => a == 1 ? b : b == 1 ? a : Numbers(a, b, (x, y) => unchecked(x * y));

    private static KnownInteger Numbers(KnownInteger a, KnownInteger b, Func<long, long, long> combine) =>
        a.Value is { } x && b.Value is { } y ? combine(x, y) : KnownInteger.Unknown;

    private static OperatorSchema Of(string name, string summary, Func<KnownInteger, KnownInteger, KnownInteger> fold) => new()
    {
        Name = name,
        Summary = summary,
        Inputs = [OperandSchema.Of("A", "T", ElementTypeSet.Numeric), OperandSchema.Of("B", "T", ElementTypeSet.Numeric)],
        Outputs = [OperandSchema.Of("C", "T", ElementTypeSet.Numeric)],
        Shapes = call => [call.Broadcast(0, 1)],
        Fold = call => IntegerTensor.Combine(x => fold(x[0], x[1]), call.Integers(0), call.Integers(1)),
    };
}
