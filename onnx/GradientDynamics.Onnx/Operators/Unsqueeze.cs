using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Operators;

internal static class Unsqueeze
{
    public static OperatorSchema Schema { get; } = new()
    {
        Name = "Unsqueeze",
        Summary = "With dimensions of size 1 at the axes named, counted in the output.",
        Inputs = [OperandSchema.Of("data", "T", ElementTypeSet.All), OperandSchema.Of("axes", "TAxes", ElementTypeSet.Int64, since: 13)],
        Outputs = [OperandSchema.Of("expanded", "T", ElementTypeSet.All)],
        Shapes = call => [Shape(call)],
        Fold = call => call.Integers(0) is { } data && Shape(call) is { IsFixed: true } shape ? data.WithSizes(shape.ToSizes()) : null,
    };

    private static TensorShape? Shape(OperatorCall call)
    {
        long? count = call.VectorLength(1, "axes");
        if (call.Shape(0) is not { } data)
        {
            return null;
        }

        if (call.Integers(1)?.Numbers is not { } given)
        {
            return count is >= 0 and <= IntegerTensor.MostElements ? new([.. Enumerable.Repeat(Dimension.Unknown, data.Rank + (int)count)]) : null;
        }

        int rank = data.Rank + given.Length;
        int[] axes = call.Axes(given, rank);
        Queue<Dimension> rest = new(data);
        return new([.. Enumerable.Range(0, rank).Select(i => axes.Contains(i) ? 1 : rest.Dequeue())]);
    }
}
