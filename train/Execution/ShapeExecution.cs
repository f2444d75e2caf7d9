using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Operators;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Execution;

/// <summary>Shape: the sizes of the input, or a part of them.</summary>
internal static class ShapeExecution
{
    public static NodeExecution Compile(GraphNode node)
    {
        ShapeAttributes part = ShapeAttributes.Of(node);
        return call =>
        {
            long[] sizes = call[0].shape;
            (int start, int count) = part.Range(sizes.Length);
            call.Return(tensor(sizes.AsSpan(start, count).ToArray(), device: call[0].device));
        };
    }

    /// <summary>Size: the number of elements.</summary>
    public static Tensor Size(Tensor x) => tensor(x.numel(), device: x.device);
}
