using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Operators;

internal static class Squeeze
{
    public static OperatorSchema Schema { get; } = new()
    {
        Name = "Squeeze",
        Summary = "Without the axes named, whose size is 1; without axes, without every dimension of size 1.",
        Inputs = [OperandSchema.Of("data", "T", ElementTypeSet.All), OperandSchema.OrAbsent("axes", "TAxes", ElementTypeSet.Int64, since: 13)],
        Outputs = [OperandSchema.Of("squeezed", "T", ElementTypeSet.All)],
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

        if (!call.Has(1))
        {
            // A dimension without a number may be 1: the rank is then not known.
            return data.IsFixed ? new([.. data.Where(size => size.Value != 1)]) : null;
        }

        if (call.Integers(1)?.Numbers is not { } given)
        {
            return count <= data.Rank ? new([.. Enumerable.Repeat(Dimension.Unknown, data.Rank - (int)count.Value)]) : null;
        }

        int[] axes = call.Axes(given, data.Rank);
        foreach (int axis in axes)
        {
            if (!OperatorCall.MayEqual(data[axis], 1))
            {
                throw call.Error($"axis {axis} of data {data} has size {data[axis]}; only a dimension of size 1 can be left out");
            }
        }

        return new([.. data.Index().Where(size => !axes.Contains(size.Index)).Select(size => size.Item)]);
    }
}
