using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Operators;
using TorchSharp;

namespace GradientDynamics.Train.Execution;

/// <summary>LeakyRelu: x where x is at least 0, alpha·x below.</summary>
internal static class LeakyReluExecution
{
    public static NodeExecution Compile(GraphNode node)
    {
        double alpha = LeakyReluAttributes.Of(node).Alpha;
        return call => call.Return(torch.nn.functional.leaky_relu(call[0], alpha));
    }
}
