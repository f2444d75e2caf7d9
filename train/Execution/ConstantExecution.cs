using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Operators;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Execution;

/// <summary>Constant: the tensor of its attribute. The plan executes it once.</summary>
internal static class ConstantExecution
{
    public static NodeExecution Compile(GraphNode node)
    {
        ConstantTensor value = ConstantAttributes.Of(node).Value;
        return call =>
        {
            using Tensor tensor = TorchTensors.ToTorch(value);
            call.Return(tensor.to(call.TypeOf(value.Element)));
        };
    }
}
