using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Operators;

/// <summary>Attributes of EyeLike.</summary>
/// <param name="Type">Element type of the output; null where it is the input's.</param>
/// <param name="Diagonal">Which diagonal is 1: the main one is 0, those above are positive.</param>
public sealed record EyeLikeAttributes(ElementType? Type, long Diagonal)
{
    internal static AttributeSchema<long?> TypeSchema { get; } = AttributeSchema.OptionalInt("dtype", "the input's");

    internal static AttributeSchema<long> DiagonalSchema { get; } = AttributeSchema.Int("k", 0);

    /// <summary>The attributes of <paramref name="node"/>.</summary>
    public static EyeLikeAttributes Of(GraphNode node) => new((ElementType?)TypeSchema.Of(node), DiagonalSchema.Of(node));
}

internal static class EyeLike
{
    public static OperatorSchema Schema { get; } = new()
    {
        Name = "EyeLike",
        Summary = "A matrix of the input's shape with 1 on a diagonal and 0 elsewhere.",
        Inputs = [OperandSchema.Of("input", "T1", ElementTypeSet.NumericOrBool)],
        Outputs = [OperandSchema.Of("output", "T2", ElementTypeSet.NumericOrBool)],
        Attributes = [EyeLikeAttributes.TypeSchema, EyeLikeAttributes.DiagonalSchema],
        Shapes = call =>
        {
            call.RequireRank(0, "input", 2);
            return [call.Shape(0)];
        },
        Element = call => EyeLikeAttributes.Of(call.Node).Type is not { } type ? call.Element(0)
            : ElementTypeSet.NumericOrBool.Contains(type) ? type
            : throw call.Error($"attribute 'dtype' is {(long)type}; the number of a numeric type or Bool is accepted"),
    };
}
