using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Operators;

/// <summary>Attributes of Flatten.</summary>
/// <param name="Axis">Dimensions before it become the rows, the others the columns; negative counts from the back.</param>
public sealed record FlattenAttributes(long Axis)
{
    internal static AttributeSchema<long> AxisSchema { get; } = AttributeSchema.Int("axis", 1);

    /// <summary>The attributes of <paramref name="node"/>.</summary>
    public static FlattenAttributes Of(GraphNode node) => new(AxisSchema.Of(node));
}

internal static class Flatten
{
    public static OperatorSchema Schema { get; } = new()
    {
        Name = "Flatten",
        Summary = "A matrix of the same elements: the dimensions before axis are its rows, the others its columns.",
        Inputs = [OperandSchema.Of("input", "T", ElementTypeSet.All)],
        Outputs = [OperandSchema.Of("output", "T", ElementTypeSet.All)],
        Attributes = [FlattenAttributes.AxisSchema],
        Shapes = call => [Shape(call)],
    };

    private static TensorShape Shape(OperatorCall call)
    {
        long axis = FlattenAttributes.Of(call.Node).Axis;
        if (call.Shape(0) is not { } input)
        {
            return new(Dimension.Unknown, Dimension.Unknown);
        }

        if (axis < -input.Rank || axis > input.Rank)
        {
            throw call.Error($"axis is {axis}; from {-input.Rank} to {input.Rank} is accepted for the input {input}");
        }

        int split = (int)(axis < 0 ? axis + input.Rank : axis);
        return new(call.Product(input.Take(split)), call.Product(input.Skip(split)));
    }
}
