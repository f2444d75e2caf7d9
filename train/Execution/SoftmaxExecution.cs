using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Operators;
using TorchSharp;

namespace GradientDynamics.Train.Execution;

/// <summary>Softmax and LogSoftmax along one axis.</summary>
internal static class SoftmaxExecution
{
    public static NodeExecution Compile(GraphNode node)
    {
        long axis = SoftmaxAttributes.Of(node).Axis;
        return call => call.Return(torch.nn.functional.softmax(call[0], axis));
    }

    public static NodeExecution CompileLog(GraphNode node)
    {
        long axis = SoftmaxAttributes.Of(node).Axis;
        return call => call.Return(torch.nn.functional.log_softmax(call[0], axis));
    }
}
