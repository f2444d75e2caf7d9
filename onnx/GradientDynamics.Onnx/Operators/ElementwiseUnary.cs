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

    public static OperatorSchema Erf { get; } = Of("Erf", "Error function, 2 / sqrt(pi) times the integral of exp(-t·t) from 0 to x.", ElementTypeSet.Numeric);

    public static OperatorSchema Softplus { get; } = Of("Softplus", "log(1 + exp(x)).", ElementTypeSet.Floating);

    public static OperatorSchema Softsign { get; } = Of("Softsign", "x / (1 + abs(x)).", ElementTypeSet.Floating);

    public static OperatorSchema HardSwish { get; } = Of("HardSwish", "x · max(0, min(1, x / 6 + 0.5)).", ElementTypeSet.Floating, since: 14);

    public static OperatorSchema Mish { get; } = Of("Mish", "x · tanh(log(1 + exp(x))).", ElementTypeSet.Floating, since: 18);

    public static OperatorSchema Floor { get; } = Of("Floor", "The largest integer that is at most x.", ElementTypeSet.Floating);

    public static OperatorSchema Ceil { get; } = Of("Ceil", "The smallest integer that is at least x.", ElementTypeSet.Floating);

    public static OperatorSchema Round { get; } = Of("Round", "The nearest integer; a half goes to the even one.", ElementTypeSet.Floating, since: 11);

    public static OperatorSchema Sin { get; } = Of("Sin", "Sine.", ElementTypeSet.Floating);

    public static OperatorSchema Cos { get; } = Of("Cos", "Cosine.", ElementTypeSet.Floating);

    public static OperatorSchema Tan { get; } = Of("Tan", "Tangent.", ElementTypeSet.Floating);

    public static OperatorSchema Sinh { get; } = Of("Sinh", "Hyperbolic sine.", ElementTypeSet.Floating);

    public static OperatorSchema Cosh { get; } = Of("Cosh", "Hyperbolic cosine.", ElementTypeSet.Floating);

    public static OperatorSchema Asin { get; } = Of("Asin", "Inverse sine; NaN outside -1 to 1.", ElementTypeSet.Floating);

    public static OperatorSchema Acos { get; } = Of("Acos", "Inverse cosine; NaN outside -1 to 1.", ElementTypeSet.Floating);

    public static OperatorSchema Atan { get; } = Of("Atan", "Inverse tangent.", ElementTypeSet.Floating);

    public static OperatorSchema Asinh { get; } = Of("Asinh", "Inverse hyperbolic sine.", ElementTypeSet.Floating);

    public static OperatorSchema Acosh { get; } = Of("Acosh", "Inverse hyperbolic cosine; NaN below 1.", ElementTypeSet.Floating);

    public static OperatorSchema Atanh { get; } = Of("Atanh", "Inverse hyperbolic tangent; NaN outside -1 to 1.", ElementTypeSet.Floating);

    private static OperatorSchema Of(string name, string summary, ElementTypeSet types, Func<long, long>? fold = null, int since = OperatorSchema.OldestOpset) => new()
    {
        Name = name,
        Summary = summary,
        FirstOpset = since,
        Inputs = [OperandSchema.Of("X", "T", types)],
        Outputs = [OperandSchema.Of("Y", "T", types)],
        Shapes = call => [call.Shape(0)],
        Fold = fold is null ? null : call => IntegerTensor.Combine(x => x[0].Value is { } value ? fold(value) : KnownInteger.Unknown, call.Integers(0)),
    };
}
