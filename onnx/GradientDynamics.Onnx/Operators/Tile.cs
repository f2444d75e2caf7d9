using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Operators;

internal static class Tile
{
    public static OperatorSchema Schema { get; } = new()
    {
        Name = "Tile",
        Summary = "The input again and again along each dimension, as often as repeats says.",
        Inputs = [OperandSchema.Of("input", "T", ElementTypeSet.All), OperandSchema.Of("repeats", "T1", ElementTypeSet.Int64)],
        Outputs = [OperandSchema.Of("output", "T", ElementTypeSet.All)],
        Shapes = call => [Shape(call)],
        Fold = call => call.Integers(0) is { Sizes.Length: 1 } data && Shape(call) is { IsFixed: true } shape && IntegerTensor.CountWithin(shape.ToSizes()) is { } count
            ? IntegerTensor.Vector([.. Enumerable.Range(0, count).Select(i => data.Elements[i % data.Elements.Length])])
            : null,
    };

    private static TensorShape? Shape(OperatorCall call)
    {
        long? length = call.VectorLength(1, "repeats");
        if (call.Shape(0) is not { } input)
        {
            return null;
        }

        if (length is { } entries && entries != input.Rank)
        {
            throw call.Error($"repeats has {entries} entries and input {input} has {input.Rank} dimensions; one for each is accepted");
        }

        if (call.Integers(1) is not { } repeats)
        {
            return new([.. Enumerable.Repeat(Dimension.Unknown, input.Rank)]);
        }

        return new([.. input.Zip(repeats.Elements, (size, times) => times.Value switch
        {
            < 0 => throw call.Error($"repeats has {times.Value}; 0 and more is accepted"),
            { } number => call.Product([size, number]),
            null => call.Product([size, times.ToDimension()]),
        })]);
    }
}
