namespace GradientDynamics.Onnx.Operators;

/// <summary>Operators that map every element by itself and keep shape and type.</summary>
internal static class ElementwiseUnary
{
    public static OperatorSchema Relu { get; } = Of("Relu", "max(x, 0).", ElementTypeSet.SignedNumeric);

    public static OperatorSchema Sigmoid { get; } = Of("Sigmoid", "1 / (1 + exp(-x)).", ElementTypeSet.Floating);

    public static OperatorSchema Tanh { get; } = Of("Tanh", "Hyperbolic tangent.", ElementTypeSet.Floating);

    public static OperatorSchema Exp { get; } = Of("Exp", "Exponential.", ElementTypeSet.Floating);

    public static OperatorSchema Log { get; } = Of("Log", "Natural logarithm.", ElementTypeSet.Floating);

    public static OperatorSchema Sqrt { get; } = Of("Sqrt", "Square root; NaN below 0.", ElementTypeSet.Floating);

    public static OperatorSchema Reciprocal { get; } = Of("Reciprocal", "1 / x.", ElementTypeSet.Floating);

    public static OperatorSchema Neg { get; } = Of("Neg", "-x.", ElementTypeSet.SignedNumeric, value => -value);

    public static OperatorSchema Abs { get; } = Of("Abs", "Absolute value.", ElementTypeSet.Numeric, value => value < 0 ? -value : value);

    public static OperatorSchema Sign { get; } = Of("Sign", "-1, 0 or 1.", ElementTypeSet.Numeric, value => Math.Sign(value));

    private static OperatorSchema Of(string name, string summary, ElementTypeSet types, Func<long, long>? fold = null) => new()
    {
        Name = name,
        Summary = summary,
        Inputs = [OperandSchema.Of("X", "T", types)],
        Outputs = [OperandSchema.Of("Y", "T", types)],
        Shapes = call => [call.Shape(0)],
        Fold = fold is null ? null : call => IntegerTensor.Combine(x => x[0].Value is { } value ? fold(value) : KnownInteger.Unknown, call.Integers(0)),
    };
}
