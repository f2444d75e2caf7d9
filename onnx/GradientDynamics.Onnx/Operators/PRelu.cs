using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Operators;

internal static class PRelu
{
    public static OperatorSchema Schema { get; } = new()
    {
        Name = "PRelu",
        Summary = "x where x is at least 0, slope·x below; the slope broadcasts to x.",
        Inputs = [OperandSchema.Of("X", "T", ElementTypeSet.WideNumeric), OperandSchema.Of("slope", "T", ElementTypeSet.WideNumeric)],
        Outputs = [OperandSchema.Of("Y", "T", ElementTypeSet.WideNumeric)],
        Shapes = call =>
        {
            if (call.Shape(0) is { } x && call.Shape(1) is { } slope)
            {
                TensorShape both = call.Broadcast(x, slope, $"X {x} and slope {slope}");
                if (both.Rank > x.Rank || both.Index().Any(size => !OperatorCall.MayEqual(size.Item, x[size.Index])))
                {
                    throw call.Error($"slope is {slope}; it must broadcast to X's shape {x}");
                }
            }

            return [call.Shape(0)];
        },
    };
}
