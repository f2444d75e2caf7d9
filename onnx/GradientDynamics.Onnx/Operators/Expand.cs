using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Operators;

internal static class Expand
{
    public static OperatorSchema Schema { get; } = new()
    {
        Name = "Expand",
        Summary = "The input broadcast with a shape, in both directions.",
        Inputs = [OperandSchema.Of("input", "T", ElementTypeSet.All), OperandSchema.Of("shape", "TShape", ElementTypeSet.Int64)],
        Outputs = [OperandSchema.Of("output", "T", ElementTypeSet.All)],
        Shapes = call => [Shape(call)],
        Fold = call => Shape(call) is { IsFixed: true } shape && IntegerTensor.CountWithin(shape.ToSizes()) is { } count && call.Integers(0) is { } input
            ? IntegerTensor.Combine(x => x[0], input, IntegerTensor.Of(shape.ToSizes(), new KnownInteger[count]))
            : null,
    };

    private static TensorShape? Shape(OperatorCall call)
    {
        long? rank = call.VectorLength(1, "shape");
        if (call.Shape(0) is not { } input)
        {
            return null;
        }

        if (call.Integers(1) is { } target)
        {
            TensorShape shape = new([.. target.Elements.Select(size => size.Value is < 0
                ? throw call.Error($"shape has {size.Value}; 0 and more is accepted")
                : size.ToDimension())]);
            return call.Broadcast(input, shape, $"the input {input} and the shape {shape}");
        }

        return rank is >= 0 and <= IntegerTensor.MostElements ? new([.. Enumerable.Repeat(Dimension.Unknown, Math.Max(input.Rank, (int)rank))]) : null;
    }
}
