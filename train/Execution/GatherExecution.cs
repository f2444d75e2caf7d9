using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Operators;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Execution;

/// <summary>Gather: slices along an axis by index; negative indices count from the back.</summary>
internal static class GatherExecution
{
    public static NodeExecution Compile(GraphNode node)
    {
        long axis = GatherAttributes.Of(node).Axis;
        return call =>
        {
            Tensor x = call[0];
            Tensor indices = call[1];
            int along = Axes.Of(axis, (int)x.dim(), node);
            long[] sizes = x.shape;
            using Tensor flat = indices.reshape(-1);
            using Tensor fromFront = FromFront(flat, sizes[along]);
            using Tensor slices = x.index_select(along, fromFront);
            call.Return(slices.reshape([.. sizes.AsSpan(0, along), .. indices.shape, .. sizes.AsSpan(along + 1)]));
        };
    }

    /// <summary>Indices counted from the front, as 64-bit integers.</summary>
    public static Tensor FromFront(Tensor indices, long size)
    {
        using IDisposable noGradients = no_grad();
        using Tensor wide = indices.to(ScalarType.Int64);
        using Tensor negative = wide.lt(0);
        using Tensor shifted = wide + size;
        return where(negative, shifted, wide);
    }
}

/// <summary>GatherElements: each element of the result names its place along the axis.</summary>
internal static class GatherElementsExecution
{
    public static NodeExecution Compile(GraphNode node)
    {
        long axis = GatherElementsAttributes.Of(node).Axis;
        return call =>
        {
            Tensor x = call[0];
            int along = Axes.Of(axis, (int)x.dim(), node);
            using Tensor fromFront = GatherExecution.FromFront(call[1], x.shape[along]);
            call.Return(x.gather(along, fromFront));
        };
    }
}
