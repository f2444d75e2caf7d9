using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Operators;
using TorchSharp;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Execution;

/// <summary>LRN: every element over a power of the squares of its neighbours across channels.</summary>
internal static class LrnExecution
{
    public static NodeExecution Compile(GraphNode node)
    {
        LrnAttributes lrn = LrnAttributes.Of(node);
        return call => call.Return(Run(call[0], lrn));
    }

    private static Tensor Run(Tensor x, LrnAttributes lrn)
    {
        using DisposeScope scope = NewDisposeScope();
        long[] pads = [.. Enumerable.Repeat(0L, 2 * ((int)x.dim() - 2)), lrn.Before, lrn.After];
        Tensor squares = nn.functional.pad(x * x, pads);
        Tensor sums = squares.unfold(1, lrn.Size, 1).sum(-1);
        return (x / ((sums * ((double)lrn.Alpha / lrn.Size)) + lrn.Bias).pow(lrn.Beta)).MoveToOuterDisposeScope();
    }
}
