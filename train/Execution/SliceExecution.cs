using GradientDynamics.Onnx.Graph;
using TorchSharp;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Execution;

/// <summary>Slice: along each axis from start, in steps, before end; steps may go backwards.</summary>
internal static class SliceExecution
{
    public static NodeExecution Compile(GraphNode node) => call =>
    {
        Tensor x = call[0];
        long[] starts = call.Integers(1);
        long[] ends = call.Integers(2);
        int[] axes = call.Has(3) ? Axes.Of(call.Integers(3), (int)x.dim(), node) : Axes.All(starts.Length);
        long[]? steps = call.Has(4) ? call.Integers(4) : null;
        using DisposeScope scope = NewDisposeScope();
        Tensor result = x.alias();
        for (int i = 0; i < axes.Length; i++)
        {
            result = Along(result, axes[i], starts[i], ends[i], steps?[i] ?? 1);
        }

        call.Return(result.MoveToOuterDisposeScope());
    };

    private static Tensor Along(Tensor x, int axis, long start, long end, long step)
    {
        // A negative bound counts from the back; one that lies outside is moved to the last place on that side.
        long size = x.shape[axis];
        start = start < 0 ? start + size : start;
        end = end < 0 ? end + size : end;
        if (step > 0)
        {
            long first = Math.Clamp(start, 0, size);
            return x.slice(axis, first, Math.Max(first, Math.Clamp(end, 0, size)), step);
        }

        long from = Math.Clamp(start, 0, Math.Max(0, size - 1));
        long before = Math.Clamp(end, -1, Math.Max(-1, size - 1));
        if (size == 0 || from <= before)
        {
            return x.slice(axis, 0, 0, 1);
        }

        long count = (from - before - step - 1) / -step;
        return x.slice(axis, from + ((count - 1) * step), from + 1, -step).flip(axis);
    }
}
