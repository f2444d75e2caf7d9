using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Operators;

/// <summary>Attributes of ConstantOfShape.</summary>
/// <param name="Value">The one element that fills the output.</param>
public sealed record ConstantOfShapeAttributes(ConstantTensor Value)
{
    internal static AttributeSchema<ConstantTensor?> ValueSchema { get; } = AttributeSchema.OptionalTensor("value", "0 as Float");

    /// <summary>The attributes of <paramref name="node"/>.</summary>
    /// <exception cref="InvalidModelException">The value has not exactly one element.</exception>
    public static ConstantOfShapeAttributes Of(GraphNode node)
    {
        ConstantTensor value = ValueSchema.Of(node) ?? ConstantTensor.Of<float>([0f], 1);
        return value.ElementCount == 1
            ? new(value)
            : throw new InvalidModelException($"Node {node}: attribute 'value' has {value.ElementCount} elements; 1 is accepted.");
    }
}

internal static class ConstantOfShape
{
    public static OperatorSchema Schema { get; } = new()
    {
        Name = "ConstantOfShape",
        Summary = "A tensor of the shape given, filled with one value.",
        Inputs = [OperandSchema.Of("input", "T1", ElementTypeSet.Int64)],
        Outputs = [OperandSchema.Of("output", "T2", ElementTypeSet.All)],
        Attributes = [ConstantOfShapeAttributes.ValueSchema],
        Shapes = call => [Shape(call)],
        Element = call => ConstantOfShapeAttributes.Of(call.Node).Value.Element,
        Fold = call => Shape(call) is { IsFixed: true } shape && IntegerTensor.CountWithin(shape.ToSizes()) is { } count
            && IntegerTensor.Of(ConstantOfShapeAttributes.Of(call.Node).Value) is { } value
            ? IntegerTensor.Of(shape.ToSizes(), [.. Enumerable.Repeat(value.Elements[0], count)])
            : null,
    };

    private static TensorShape? Shape(OperatorCall call)
    {
        long? rank = call.VectorLength(0, "input");
        return call.Integers(0) is { } sizes
            ? new([.. sizes.Elements.Select(size => size.Value is < 0 ? throw call.Error($"input has {size.Value}; 0 and more is accepted") : size.ToDimension())])
            : rank is >= 0 and <= IntegerTensor.MostElements ? new([.. Enumerable.Repeat(Dimension.Unknown, (int)rank)]) : null;
    }
}
