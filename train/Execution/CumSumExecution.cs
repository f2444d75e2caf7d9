using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Operators;
using TorchSharp;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Execution;

/// <summary>CumSum: sums up to each element, with it or without it, from the front or from the back.</summary>
internal static class CumSumExecution
{
    public static NodeExecution Compile(GraphNode node)
    {
        CumSumAttributes sums = CumSumAttributes.Of(node);
        return call => call.Return(Run(call[0], Axes.Of(call.Integers(1)[0], (int)call[0].dim(), call.Node), sums));
    }

    private static Tensor Run(Tensor x, int axis, CumSumAttributes sums)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor terms = sums.Reverse ? x.flip(axis) : x;
        if (sums.Exclusive && x.shape[axis] > 0)
        {
            // Shifted by one with a 0 in front; a difference would not be exact.
            Tensor first = terms.narrow(axis, 0, 1).zeros_like();
            terms = cat([first, terms.narrow(axis, 0, x.shape[axis] - 1)], axis);
        }

        Tensor summed = terms.cumsum(axis, x.dtype);
        return (sums.Reverse ? summed.flip(axis) : summed).MoveToOuterDisposeScope();
    }
}
