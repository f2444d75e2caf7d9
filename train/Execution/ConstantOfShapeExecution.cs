using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Operators;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Execution;

/// <summary>ConstantOfShape: one value everywhere.</summary>
internal static class ConstantOfShapeExecution
{
    public static NodeExecution Compile(GraphNode node)
    {
        ConstantTensor value = ConstantOfShapeAttributes.Of(node).Value;
        using Tensor element = TorchTensors.ToTorch(value);
        double number = TorchTensors.ReadNumber(element);
        return call => call.Return(full(call.Integers(0), number, call.TypeOf(value.Element), call[0].device));
    }
}
