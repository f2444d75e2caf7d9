using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Operators;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Execution;

/// <summary>TopK along an axis, in order also where sorted does not ask for it; of equal elements the one with the lower index comes first.</summary>
internal static class TopKExecution
{
    public static NodeExecution Compile(GraphNode node)
    {
        (long axis, bool largest, _) = TopKAttributes.Of(node);
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
