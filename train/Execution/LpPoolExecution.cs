using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Operators;
using TorchSharp;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Execution;

/// <summary>LpPool and GlobalLpPool: the p-norm of every window; where it is 0, its gradient is 0.</summary>
internal static class LpPoolExecution
{
    public static NodeExecution Compile(GraphNode node)
    {
        PoolAttributes pool = PoolAttributes.Of(node);
        return call => call.Return(Run(pool, call[0], call.Node));
    }

    public static NodeExecution CompileGlobal(GraphNode node)
    {
        long p = PoolAttributes.ExponentOf(node);
        return call => call.Return(linalg.vector_norm(call[0], p, [.. Enumerable.Range(2, (int)call[0].dim() - 2).Select(axis => (long)axis)], keepdim: true));
    }

    private static Tensor Run(PoolAttributes pool, Tensor x, GraphNode node)
    {
        using DisposeScope scope = NewDisposeScope();
        PoolWindow window = PoolWindow.Of(pool, x.shape, node);
        Tensor powers = nn.functional.pad(x.abs().pow(pool.Exponent), window.PadsForAllWindows);
        Tensor sums = AveragePoolExecution.WindowSums(powers, window);
        Tensor isZero = sums.eq(0);
        Tensor roots = where(isZero, sums.ones_like(), sums).pow(1.0 / pool.Exponent);
        return where(isZero, sums.zeros_like(), roots).MoveToOuterDisposeScope();
    }
}

/// <summary>GlobalMaxPool: the maximum over all spatial dimensions, which stay with size 1; the gradient goes to the first one.</summary>
internal static class GlobalMaxPoolExecution
{
    public static Tensor Run(Tensor x)
    {
        using Tensor flat = x.flatten(2);
        using Tensor winner = flat.argmax(-1, keepdim: true);
        using Tensor maxima = flat.gather(-1, winner);
        return maxima.reshape([x.shape[0], x.shape[1], .. Enumerable.Repeat(1L, (int)x.dim() - 2)]);
    }
}
