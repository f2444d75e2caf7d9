using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Operators;
using TorchSharp;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Execution;

/// <summary>LpNormalization: the input over its norm along an axis; 0, with a gradient of 0, where the norm is 0.</summary>
internal static class LpNormalizationExecution
{
    public static NodeExecution Compile(GraphNode node)
    {
        (long axis, long p) = LpNormalizationAttributes.Of(node);
        return call => call.Return(Run(call[0], axis, p));
    }

    private static Tensor Run(Tensor x, long axis, long p)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor norm = linalg.vector_norm(x, p, [axis], keepdim: true);
        Tensor isZero = norm.eq(0);
        return where(isZero, x.zeros_like(), x / where(isZero, norm.ones_like(), norm)).MoveToOuterDisposeScope();
    }
}
