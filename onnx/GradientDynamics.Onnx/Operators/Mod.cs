using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Operators;

/// <summary>Attributes of Mod.</summary>
/// <param name="SignOfDividend">Whether the remainder has A's sign, as C's fmod; otherwise it has B's.</param>
public sealed record ModAttributes(bool SignOfDividend)
{
    internal static AttributeSchema<bool> SignOfDividendSchema { get; } = AttributeSchema.Flag("fmod", false);

    /// <summary>The attributes of <paramref name="node"/>.</summary>
    public static ModAttributes Of(GraphNode node) => new(SignOfDividendSchema.Of(node));
}

internal static class Mod
{
    public static OperatorSchema Schema { get; } = new()
    {
        Name = "Mod",
        Summary = "Remainder of A / B, with broadcasting: with B's sign, or with A's if fmod, which floating-point numbers need.",
        FirstOpset = 10,
        Inputs = [OperandSchema.Of("A", "T", ElementTypeSet.Numeric), OperandSchema.Of("B", "T", ElementTypeSet.Numeric)],
        Outputs = [OperandSchema.Of("C", "T", ElementTypeSet.Numeric)],
        Attributes = [ModAttributes.SignOfDividendSchema],
        Shapes = call => call.Element(0).IsFloatingPoint && !ModAttributes.Of(call.Node).SignOfDividend
            ? throw call.Error($"fmod is 0 and its operands are {call.Element(0)}; with fmod 0 integers are accepted")
            : [call.Broadcast(0, 1)],
        Fold = call => IntegerTensor.Combine(x => Remainder(x[0], x[1], ModAttributes.Of(call.Node)), call.Integers(0), call.Integers(1)),
    };

    private static KnownInteger Remainder(KnownInteger a, KnownInteger b, ModAttributes mod)
    {
        // The smallest integer modulo -1 overflows in C#, and a division by 0 is an error of the execution.
        if (a.Value is not { } dividend || b.Value is not { } divisor || divisor is 0 or -1)
        {
            return KnownInteger.Unknown;
        }

        long remainder = dividend % divisor;
        return !mod.SignOfDividend && remainder != 0 && (remainder < 0) != (divisor < 0) ? remainder + divisor : remainder;
    }
}
