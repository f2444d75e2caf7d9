using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Operators;

/// <summary>Attributes of Trilu.</summary>
/// <param name="Upper">Whether the upper triangle is kept, not the lower.</param>
public sealed record TriluAttributes(bool Upper)
{
    internal static AttributeSchema<bool> UpperSchema { get; } = AttributeSchema.Flag("upper", true);

    /// <summary>The attributes of <paramref name="node"/>.</summary>
    public static TriluAttributes Of(GraphNode node) => new(UpperSchema.Of(node));
}

internal static class Trilu
{
    public static OperatorSchema Schema { get; } = new()
    {
        Name = "Trilu",
        Summary = "Matrices with 0 below (or above) the k-th diagonal, which lies above the main one where k is positive.",
        FirstOpset = 14,
        Inputs = [OperandSchema.Of("input", "T", ElementTypeSet.NumericOrBool), OperandSchema.OrAbsent("k", "TK", ElementTypeSet.Int64)],
        Outputs = [OperandSchema.Of("output", "T", ElementTypeSet.NumericOrBool)],
        Attributes = [TriluAttributes.UpperSchema],
        Shapes = call =>
        {
            if (call.Shape(0) is { Rank: < 2 } input)
            {
                throw call.Error($"its input is {input}; a matrix or a stack of matrices is accepted");
            }

            if (call.Shape(1) is { } k && (k.Rank > 1 || !k.All(size => OperatorCall.MayEqual(size, 1))))
            {
                throw call.Error($"k is {k}; one number is accepted");
            }

            return [call.Shape(0)];
        },
    };
}
