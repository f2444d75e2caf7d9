using GradientDynamics.Onnx.Graph;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Execution;

/// <summary>TopK along an axis, in order; of equal elements the one with the lower index comes first.</summary>
internal static class TopKExecution
{
    public static NodeExecution Compile(GraphNode node)
    {
        long axis = node.Attributes.Int("axis", -1);
        bool largest = node.Attributes.Int("largest", 1) != 0;
        return call =>
        {
            Tensor x = call[0];
            int along = Axes.Of(axis, (int)x.dim(), node);
            long count = call.Integers(1)[0];
            (Tensor values, Tensor indices) = x.sort(along, largest, stable: true);
            using (values)
            using (indices)
            {
                call.Return(values.narrow(along, 0, count));
                call.Return(indices.narrow(along, 0, count), 1);
            }
        };
    }
}
