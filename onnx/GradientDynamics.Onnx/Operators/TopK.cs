using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Operators;

/// <summary>Attributes of TopK.</summary>
/// <param name="Axis">Axis that is searched; negative counts from the back.</param>
/// <param name="Largest">Whether the largest are sought, not the smallest.</param>
/// <param name="Sorted">Whether they come in order.</param>
public sealed record TopKAttributes(long Axis, bool Largest, bool Sorted)
{
    internal static AttributeSchema<long> AxisSchema { get; } = AttributeSchema.Int("axis", -1);

    internal static AttributeSchema<bool> LargestSchema { get; } = AttributeSchema.Flag("largest", true, since: 11);

    internal static AttributeSchema<bool> SortedSchema { get; } = AttributeSchema.Flag("sorted", true, since: 11);

    /// <summary>The attributes of <paramref name="node"/>.</summary>
    public static TopKAttributes Of(GraphNode node) => new(AxisSchema.Of(node), LargestSchema.Of(node), SortedSchema.Of(node));
}

internal static class TopK
{
    public static OperatorSchema Schema { get; } = new()
    {
        Name = "TopK",
        Summary = "The K largest or smallest along an axis, and their indices; of equals the lower index comes first.",
        Inputs = [OperandSchema.Of("X", "T", ElementTypeSet.Numeric), OperandSchema.Of("K", "TK", ElementTypeSet.Int64, since: 10)],
        Outputs = [OperandSchema.Of("Values", "T", ElementTypeSet.Numeric), OperandSchema.Of("Indices", "I", ElementTypeSet.Int64)],
        Attributes = [TopKAttributes.AxisSchema, TopKAttributes.LargestSchema, TopKAttributes.SortedSchema],
        Shapes = call => Shape(call) is var shape ? [shape, shape] : [],
    };

    private static TensorShape? Shape(OperatorCall call)
    {
        if (call.VectorLength(1, "K") is { } length and not 1)
        {
            throw call.Error($"K has {length} entries; 1 is accepted");
        }

        if (call.Shape(0) is not { } x)
        {
            return null;
        }

        int axis = call.Axis(TopKAttributes.Of(call.Node).Axis, x.Rank);
        KnownInteger k = call.Integers(1) is { Elements: [var only] } ? only : KnownInteger.Unknown;
        if (k.Value is < 0 || k.Value > x[axis].Value)
        {
            throw call.Error($"K is {k.Value} and axis {axis} of X {x} has {x[axis]} entries; from 0 to that is accepted");
        }

        return new([.. x.Take(axis), k.ToDimension(), .. x.Skip(axis + 1)]);
    }
}
