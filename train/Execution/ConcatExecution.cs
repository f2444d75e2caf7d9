using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Operators;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Execution;

/// <summary>Concat: the inputs one after the other along an axis.</summary>
internal static class ConcatExecution
{
    public static NodeExecution Compile(GraphNode node)
    {
        long axis = ConcatAttributes.Of(node).Axis;
        return call =>
        {
            var inputs = new Tensor[call.InputCount];
            for (int i = 0; i < inputs.Length; i++)
            {
                inputs[i] = call[i];
            }

            call.Return(cat(inputs, axis));
        };
    }
}
