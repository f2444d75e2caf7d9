using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Operators;

/// <summary>Attributes of Cast.</summary>
/// <param name="To">Element type of the output.</param>
/// <param name="Saturate">How numbers out of range become 8-bit floats; without meaning for the types that this library holds.</param>
public sealed record CastAttributes(ElementType To, bool Saturate)
{
    internal static AttributeSchema<long> ToSchema { get; } = AttributeSchema.RequiredInt("to");

    internal static AttributeSchema<bool> SaturateSchema { get; } = AttributeSchema.Flag("saturate", true, since: 19);

    // How numbers become FLOAT8E8M0; without meaning for the types that this library holds.
    internal static AttributeSchema<string> RoundModeSchema { get; } = AttributeSchema.Choice("round_mode", 24, ("up", "up"), ("down", "down"), ("nearest", "nearest"));

    /// <summary>The attributes of <paramref name="node"/>; a type that this library does not hold is <see cref="ElementType.Undefined"/>.</summary>
    public static CastAttributes Of(GraphNode node)
    {
        long to = ToSchema.Of(node);
        return to is > 0 and <= NewestElementType
            ? new(Enum.IsDefined((ElementType)to) ? (ElementType)to : ElementType.Undefined, SaturateSchema.Of(node))
            : throw new InvalidModelException($"Node {node}: to is {to}; the number of an element type, from 1 to {NewestElementType}, is accepted.");
    }

    // FLOAT8E8M0 of opset 24.
    private const int NewestElementType = 24;
}

internal static class Cast
{
    public static OperatorSchema Schema { get; } = new()
    {
        Name = "Cast",
        Summary = "The elements as another type; floats become integers by truncation.",
        Inputs = [OperandSchema.Of("input", "T1", ElementTypeSet.All)],
        Outputs = [OperandSchema.Of("output", "T2", ElementTypeSet.All)],
        Attributes = [CastAttributes.RoundModeSchema, CastAttributes.SaturateSchema, CastAttributes.ToSchema],
        Shapes = call => [call.Shape(0)],
        Element = call => CastAttributes.Of(call.Node).To,
        Fold = call => IntegerTensor.Combine(x => Convert(x[0], CastAttributes.Of(call.Node).To), call.Integers(0)),
    };

    public static OperatorSchema Like { get; } = new()
    {
        Name = "CastLike",
        Summary = "The elements of input in the element type of target_type.",
        FirstOpset = 15,
        Inputs = [OperandSchema.Of("input", "T1", ElementTypeSet.All), OperandSchema.Of("target_type", "T2", ElementTypeSet.All)],
        Outputs = [OperandSchema.Of("output", "T2", ElementTypeSet.All)],
        Attributes = [CastAttributes.RoundModeSchema, CastAttributes.SaturateSchema],
        Shapes = call => [call.Shape(0)],
        Fold = call => IntegerTensor.Combine(x => Convert(x[0], call.Element(1)), call.Integers(0)),
    };

    private static KnownInteger Convert(KnownInteger value, ElementType to) => to switch
    {
        ElementType.Int64 => value,
        ElementType.Int32 => value.Value is < int.MinValue or > int.MaxValue ? KnownInteger.Unknown : value,
        ElementType.Bool => value.Value is { } number ? number == 0 ? 0 : 1 : KnownInteger.Unknown,
        _ => KnownInteger.Unknown,
    };
}
