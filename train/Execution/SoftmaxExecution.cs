using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Operators;
using TorchSharp;

namespace GradientDynamics.Train.Execution;

/// <summary>Softmax, LogSoftmax and Hardmax along one axis.</summary>
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

    /// <summary>Hardmax: 1 at the first maximum, 0 elsewhere.</summary>
    public static NodeExecution CompileHard(GraphNode node)
    {
        long axis = SoftmaxAttributes.Of(node).Axis;
        return call =>
        {
            using torch.Tensor winner = call[0].argmax(axis, keepdim: true);
            using torch.Tensor zeros = call[0].zeros_like();
            using torch.Tensor one = torch.ones_like(winner, call[0].dtype);
            call.Return(zeros.scatter(axis, winner, one));
        };
    }
}
