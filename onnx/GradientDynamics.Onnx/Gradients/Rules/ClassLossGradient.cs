using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Operators;

namespace GradientDynamics.Onnx.Gradients.Rules;

/// <summary>
/// Loss −w·x at the class of each example: dX = −w·dY there and 0 elsewhere, dY over Σ w for the mean. Of LogSoftmax of scores:
/// w·dY·(softmax − 1 at the class). The weight w of an ignored example is 0.
/// </summary>
internal static class ClassLossGradient
{
    /// <summary>NegativeLogLikelihoodLoss.</summary>
    public static void Emit(GradientContext node)
    {
        GradientGraph graph = node.Graph;
        (string classes, string slope) = Slopes(node);
        string zeros = graph.Add("Expand", graph.Scalar(node.Element, 0), graph.Add("Shape", node.Input(0)));
        node.SetInputGradient(0, graph.Add("ScatterElements", NodeAttributes.None.With("axis", 1), zeros, classes, graph.Add("Neg", slope)));
    }

    /// <summary>SoftmaxCrossEntropyLoss.</summary>
    public static void EmitCrossEntropy(GradientContext node)
    {
        if (node.HasOutputGradient(1))
        {
            throw node.Unsupported("its log_prob carries a gradient");
        }

        GradientGraph graph = node.Graph;
        (string classes, string slope) = Slopes(node);
        string spread = graph.Add("Mul", graph.Add("Softmax", NodeAttributes.None.With("axis", 1), node.Input(0)), slope);
        NodeAttributes adding = NodeAttributes.None.With("axis", 1).With("reduction", "add");
        node.SetInputGradient(0, graph.Add("ScatterElements", adding, spread, classes, graph.Add("Neg", slope)));
    }

    // The class of each example and w·dY, both with a dimension of size 1 for the classes.
    private static (string Classes, string Slope) Slopes(GradientContext node)
    {
        node.RequireNoGradient(2, "weight");
        GradientGraph graph = node.Graph;
        (long? ignored, LossReduction reduction) = ClassLossAttributes.Of(node.Node);
        string labels = node.InputElement(1) == ElementType.Int64 ? node.Input(1) : graph.Cast(node.Input(1), ElementType.Int64);
        string? isIgnored = ignored is { } label ? graph.Add("Equal", labels, graph.Index(label)) : null;
        string classes = isIgnored is null ? labels : graph.Add("Where", isIgnored, graph.Index(0), labels);
        string weight = node.Node.Input(2) is { } weights
            ? graph.Add("Gather", weights, classes)
            : graph.Add("Expand", graph.Scalar(node.Element, 1), graph.Add("Shape", labels));
        weight = isIgnored is null ? weight : graph.Add("Where", isIgnored, graph.Scalar(node.Element, 0), weight);
        string gradient = node.OutputGradient();
        if (reduction == LossReduction.Mean)
        {
            gradient = graph.Add("Div", gradient, graph.Add("ReduceSum", NodeAttributes.None.With("keepdims", 0), weight));
        }

        return (graph.Unsqueeze(classes, 1), graph.Unsqueeze(graph.Add("Mul", weight, gradient), 1));
    }
}
