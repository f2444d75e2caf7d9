using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Operators;

namespace GradientDynamics.Onnx.Gradients.Rules;

/// <summary>
/// Y = maximum of each window: dY is added to the element of the window that won, the first in row-major order where several are equal,
/// as in ONNX Runtime and PyTorch.
/// </summary>
internal static class MaxPoolGradient
{
    public static void Emit(GradientContext node)
    {
        if (node.HasOutputGradient(1))
        {
            throw node.Unsupported("its Indices carry a gradient");
        }

        string gradient = node.OutputGradient();

        // An activation in front of the pool has the winner's slope at the winner, and no other element receives a gradient: its slope is
        // applied to the pooled gradient, which has fewer elements.
        if (node.SoleProducer(0) is { Domain: "" } activation)
        {
            if (activation.Operator == "Relu")
            {
                node.SetGradient(activation.Inputs[0], Scatter(node, ReluGradient.Masked(node.Graph, node.Output(), gradient, node.Element)));
                return;
            }

            if (activation.Operator == "LeakyRelu" && LeakyReluAttributes.Of(activation).Alpha is >= 0 and var alpha)
            {
                node.SetGradient(activation.Inputs[0], Scatter(node, LeakyReluGradient.Sloped(node.Graph, node.Output(), gradient, alpha, node.Element)));
                return;
            }
        }

        node.SetInputGradient(0, Scatter(node, gradient));
    }

    private static string Scatter(GradientContext node, string gradient)
    {
        PoolAttributes pool = PoolAttributes.Of(node.Node);
        if (pool.StorageOrder != 0)
        {
            throw node.Unsupported("its storage_order is 1; row-major Indices (0) are accepted");
        }

        GradientGraph graph = node.Graph;
        TensorShape? shape = node.InputShapeIfKnown(0);
        string zeros = graph.ZeroVector(node.Input(0), shape, node.Element);
        string winners = graph.Reshape(node.ForwardOutput(1), -1);
        string scattered = graph.Add(
            "ScatterElements", NodeAttributes.None.With("axis", 0).With("reduction", "add"), zeros, winners, graph.Reshape(gradient, -1));
        return graph.ReshapeLike(scattered, node.Input(0), shape);
    }
}
