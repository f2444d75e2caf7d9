using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Operators;
using TorchSharp;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Execution;

/// <summary>CenterCropPad: cut or padded with zeros equally on both sides, where that is not possible one more behind.</summary>
internal static class CenterCropPadExecution
{
    public static NodeExecution Compile(GraphNode node)
    {
        long[]? given = CenterCropPadAttributes.Of(node).Axes is { } named ? [.. named] : null;
        return call =>
        {
            Tensor x = call[0];
            int[] axes = given is null ? Axes.All((int)x.dim()) : Axes.Of(given, (int)x.dim(), node);
            long[] sizes = call.Integers(1);
            if (sizes.Length != axes.Length)
            {
                throw new InvalidModelException($"Node {node}: shape is [{string.Join(", ", sizes)}]; {axes.Length} sizes are accepted.");
            }

            using DisposeScope scope = NewDisposeScope();
            Tensor y = x.alias();
            for (int i = 0; i < axes.Length; i++)
            {
                long size = y.shape[axes[i]];
                if (sizes[i] < size)
                {
                    y = y.narrow(axes[i], (size - sizes[i]) / 2, sizes[i]);
                }
                else if (sizes[i] > size)
                {
                    long before = (sizes[i] - size) / 2;
                    y = cat([Zeros(y, axes[i], before), y, Zeros(y, axes[i], sizes[i] - size - before)], axes[i]);
                }
            }

            call.Return(y.MoveToOuterDisposeScope());
        };
    }

    private static Tensor Zeros(Tensor like, int axis, long size)
    {
        long[] shape = like.shape;
        shape[axis] = size;
        return zeros(shape, like.dtype, like.device);
    }
}
