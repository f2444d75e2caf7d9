using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Operators;
using TorchSharp;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Execution;

/// <summary>Pad by a constant, by reflection, by the edge or around; negative amounts cut off.</summary>
internal static class PadExecution
{
    public static NodeExecution Compile(GraphNode node)
    {
        PadAttributes pad = PadAttributes.Of(node);
        return call =>
        {
            Tensor x = call[0];
            int rank = (int)x.dim();
            long[] amounts = call.Integers(1);
            int[] axes = call.Has(3) ? Axes.Of(call.Integers(3), rank, node) : Axes.All(rank);
            var begin = new long[rank];
            var end = new long[rank];
            for (int i = 0; i < axes.Length; i++)
            {
                begin[axes[i]] = amounts[i];
                end[axes[i]] = amounts[axes.Length + i];
            }

            call.Return(pad.Mode == PadMode.Constant
                ? nn.functional.pad(x, WindowPads.InTorchOrder(begin, end), PaddingModes.Constant, call.Has(2) ? call.Number(2) : 0)
                : ByPosition(x, begin, end, pad, node));
        };
    }

    // Every element of the result is an element of the input: along each axis its position is picked.
    private static Tensor ByPosition(Tensor x, long[] begin, long[] end, PadAttributes pad, GraphNode node)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor result = x.alias();
        for (int axis = 0; axis < begin.Length; axis++)
        {
            long size = x.shape[axis];
            if (begin[axis] == 0 && end[axis] == 0)
            {
                continue;
            }

            var positions = new long[size + begin[axis] + end[axis]];
            for (int i = 0; i < positions.Length; i++)
            {
                positions[i] = size > 0 ? pad.SourceOf(i - begin[axis], size) : throw new InvalidModelException($"Node {node}: an empty dimension has nothing to pad with.");
            }

            result = result.index_select(axis, tensor(positions, device: x.device));
        }

        return result.MoveToOuterDisposeScope();
    }
}
