using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Operators;
using TorchSharp;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Execution;

/// <summary>AveragePool: the mean of every window over the input, or over input and pads with count_include_pad.</summary>
internal static class AveragePoolExecution
{
    public static NodeExecution Compile(GraphNode node)
    {
        PoolAttributes pool = PoolAttributes.Of(node);
        return call => call.Return(Run(pool, call[0], call.Node));
    }

    private static Tensor Run(PoolAttributes pool, Tensor x, GraphNode node)
    {
        PoolWindow window = PoolWindow.Of(pool, x.shape, node);
        if (window.IsTorchs && Array.TrueForAll(window.Dilations, dilation => dilation == 1) && window.Rank <= 3)
        {
            return window.Rank switch
            {
                1 => nn.functional.avg_pool1d(x, window.Kernel[0], window.Strides[0], window.PadsBegin[0], count_include_pad: pool.CountIncludePad),
                2 => nn.functional.avg_pool2d(x, window.Kernel, window.Strides, window.PadsBegin, count_include_pad: pool.CountIncludePad),
                _ => nn.functional.avg_pool3d(x, window.Kernel, window.Strides, window.PadsBegin, count_include_pad: pool.CountIncludePad),
            };
        }

        using Tensor padded = nn.functional.pad(x, window.PadsForAllWindows);
        using Tensor sums = WindowSums(padded, window);
        using Tensor counted = Counted(window, x, pool.CountIncludePad);
        using Tensor counts = WindowSums(counted, window);
        return sums / counts;
    }

    // 1 where an element counts in the mean, 0 where it does not; (1, 1, spatial…), padded like the input.
    private static Tensor Counted(PoolWindow window, Tensor x, bool countIncludePad)
    {
        using IDisposable noGradients = no_grad();
        long[] zero = new long[window.Rank];
        long[] counted = [1, 1, .. x.shape.Skip(2).Select((size, i) => size + (countIncludePad ? window.PadsBegin[i] + window.PadsEnd[i] : 0))];
        using Tensor inside = ones(counted, x.dtype, x.device);
        return nn.functional.pad(inside, countIncludePad
            ? WindowPads.InTorchOrder(zero, [.. window.Overhang.Select((overhang, i) => overhang - window.PadsEnd[i])])
            : window.PadsForAllWindows);
    }

    /// <summary>The sum of every window of an input that was padded for all of them.</summary>
    public static Tensor WindowSums(Tensor padded, PoolWindow window)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor result = padded;
        for (int i = 0; i < window.Rank; i++)
        {
            long span = ((window.Kernel[i] - 1) * window.Dilations[i]) + 1;
            result = result.unfold(i + 2, span, window.Strides[i]).slice(-1, 0, span, window.Dilations[i]).sum(-1);
        }

        return result.MoveToOuterDisposeScope();
    }
}

/// <summary>GlobalAveragePool: the mean over all spatial dimensions, which stay with size 1.</summary>
internal static class GlobalAveragePoolExecution
{
    public static Tensor Run(Tensor x) => x.mean([.. Enumerable.Range(2, (int)x.dim() - 2)], keepdim: true);
}
