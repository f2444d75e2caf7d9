using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Operators;

namespace GradientDynamics.Onnx.Gradients.Rules;

/// <summary>Y = X where X &gt; 0, else alpha·X: dX = dY where X &gt; 0, else alpha·dY.</summary>
internal static class LeakyReluGradient
{
    public static void Emit(GradientContext node)
    {
        float alpha = LeakyReluAttributes.Of(node.Node).Alpha;

        // With alpha >= 0 the output has the input's sign. Reading it leaves the input to its one reader, so that runtimes can fuse the two nodes.
        string signed = alpha >= 0 ? node.Output() : node.Input(0);
        node.SetInputGradient(0, Sloped(node.Graph, signed, node.OutputGradient(), alpha, node.Element));
    }

    // The gradient times 1 where the value is positive, else times alpha.
    public static string Sloped(GradientGraph graph, string signed, string gradient, float alpha, ElementType element)
    {
        string positive = graph.Add("Greater", signed, graph.Scalar(element, 0));

        // max(1, alpha) is 1 and max(0, alpha) is alpha: ONNX Runtime's Where takes three times as long.
        string slope = alpha is >= 0 and <= 1
            ? graph.Add("Max", graph.Cast(positive, element), graph.Scalar(element, alpha))
            : graph.Add("Where", positive, graph.Scalar(element, 1), graph.Scalar(element, alpha));
        return graph.Add("Mul", gradient, slope);
    }
}
