using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Operators;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Execution;

/// <summary>MaxUnpool: each element goes to the position of the flattened output that its index names; the rest is 0.</summary>
internal static class MaxUnpoolExecution
{
    public static NodeExecution Compile(GraphNode node)
    {
        MaxUnpoolAttributes attributes = MaxUnpoolAttributes.Of(node);
        return call =>
        {
            Tensor x = call[0];
            long[] sizes = call.Has(2)
                ? call.Integers(2)
                : [.. x.shape.Take(2), .. attributes.OutputSizes(node, [.. x.shape.Skip(2).Select(Dimension.Fixed)]).Select(size => size.Value!.Value)];
            using Tensor zeros = x.new_zeros(sizes.Aggregate(1L, (product, size) => product * size));
            using Tensor flat = x.reshape(-1);
            using Tensor positions = call[1].reshape(-1);
            using Tensor scattered = zeros.scatter(0, positions, flat);
            call.Return(scattered.reshape(sizes));
        };
    }
}
