using GradientDynamics.Onnx.Graph;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Execution;

/// <summary>Range: from start, in steps of delta, before limit.</summary>
internal static class RangeExecution
{
    public static NodeExecution Compile(GraphNode node) => call =>
    {
        Tensor start = call[0];
        if (start.is_floating_point())
        {
            double first = call.Number(0);
            double step = call.Number(2);
            long count = Math.Max(0, (long)Math.Ceiling((call.Number(1) - first) / step));
            using Tensor counted = arange(count, ScalarType.Float64, start.device);
            using Tensor scaled = counted * step;
            using Tensor moved = scaled + first;
            call.Return(moved.to(start.dtype));
        }
        else
        {
            (long first, long limit, long step) = (call.Integers(0)[0], call.Integers(1)[0], call.Integers(2)[0]);
            bool empty = step > 0 ? first >= limit : first <= limit;
            call.Return(empty ? empty_like(0, start) : arange(first, limit, step, start.dtype, start.device));
        }
    };

    private static Tensor empty_like(long count, Tensor like) => zeros(count, like.dtype, like.device);
}
