using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Gradients.Rules;

/// <summary>Y = max(X, 0): dX = dY where Y &gt; 0, else 0. The subgradient at 0 is 0, as in PyTorch.</summary>
internal static class ReluGradient
{
    public static void Emit(GradientContext node) =>
        node.SetInputGradient(0, Masked(node.Graph, node.Output(), node.OutputGradient(), node.Element));

    // The gradient where the output is positive.
    public static string Masked(GradientGraph graph, string output, string gradient, ElementType element)
    {
        string zero = graph.Scalar(element, 0);
        return graph.Add("Where", graph.Add("Greater", output, zero), gradient, zero);
    }
}
