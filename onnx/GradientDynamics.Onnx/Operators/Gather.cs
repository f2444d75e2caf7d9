using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Operators;

/// <summary>Attributes of Gather.</summary>
/// <param name="Axis">Axis of which entries are taken; negative counts from the back.</param>
public sealed record GatherAttributes(long Axis)
{
    internal static AttributeSchema<long> AxisSchema { get; } = AttributeSchema.Int("axis", 0);

    /// <summary>The attributes of <paramref name="node"/>.</summary>
    public static GatherAttributes Of(GraphNode node) => new(AxisSchema.Of(node));
}

internal static class Gather
{
    public static OperatorSchema Schema { get; } = new()
    {
        Name = "Gather",
        Summary = "Entries of data along an axis, in the shape of indices, which stands in place of that axis; negative indices count from the back.",
        Inputs = [OperandSchema.Of("data", "T", ElementTypeSet.All), OperandSchema.Of("indices", "Tind", ElementTypeSet.Index)],
        Outputs = [OperandSchema.Of("output", "T", ElementTypeSet.All)],
        Attributes = [GatherAttributes.AxisSchema],
        Shapes = call =>
        {
            if (call.Shape(0) is not { } data)
            {
                return [null];
            }

            int axis = call.Axis(GatherAttributes.Of(call.Node).Axis, data.Rank);
            return [call.Shape(1) is { } indices ? new([.. data.Take(axis), .. indices, .. data.Skip(axis + 1)]) : null];
        },
        Fold = Fold,
    };

    private static IntegerTensor? Fold(OperatorCall call)
    {
        if (call.Integers(0) is not { Sizes.Length: 1 } data || call.Integers(1) is not { } indices)
        {
            return null;
        }

        return IntegerTensor.Combine(
            index =>
            {
                if (index[0].Value is not { } position)
                {
                    return KnownInteger.Unknown;
                }

                int length = data.Elements.Length;
                return position >= -length && position < length
                    ? data.Elements[position < 0 ? position + length : position]
                    : throw call.Error($"index {position} is out of the {length} entries of data");
            },
            indices);
    }
}
