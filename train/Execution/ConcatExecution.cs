using GradientDynamics.Onnx.Graph;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Execution;

/// <summary>Concat: the inputs one after the other along an axis.</summary>
internal static class ConcatExecution
{
    public static NodeExecution Compile(GraphNode node)
    {
        long axis = node.Attributes.Int("axis", 0);
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
