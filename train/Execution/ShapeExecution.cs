using GradientDynamics.Onnx.Graph;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Execution;

/// <summary>Shape: the sizes of the input, or a part of them.</summary>
internal static class ShapeExecution
{
    public static NodeExecution Compile(GraphNode node)
    {
        long start = node.Attributes.Int("start", 0);
        long? end = node.Attributes.Has("end") ? node.Attributes.Int("end", 0) : null;
        return call =>
        {
            long[] sizes = call[0].shape;
            int first = Bound(start, sizes.Length);
            int behind = end is { } given ? Bound(given, sizes.Length) : sizes.Length;
            call.Return(tensor(sizes[first..Math.Max(first, behind)], device: call[0].device));
        };
    }

    /// <summary>Size: the number of elements.</summary>
    public static Tensor Size(Tensor x) => tensor(x.numel(), device: x.device);

    private static int Bound(long value, int rank) => (int)Math.Clamp(value < 0 ? value + rank : value, 0, rank);
}
