using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Gradients.Rules;

/// <summary>
/// Y holds elements of X that a selection names (Slice, Gather, GatherND): dY is added to where its elements came from. The positions
/// 0, 1, … in X's shape, run through the same selection, say where that is.
/// </summary>
internal static class SelectionGradient
{
    public static void Emit(GradientContext node)
    {
        GradientGraph graph = node.Graph;
        TensorShape? shape = node.InputShapeIfKnown(0);
        string count = shape?.ElementCount is { } known ? graph.Index(known) : graph.Add("Size", node.Input(0));
        string positions = graph.ReshapeLike(graph.Add("Range", graph.Index(0), count, graph.Index(1)), node.Input(0), shape);
        string selected = graph.Add(node.Node.Operator, node.Node.Attributes, [positions, .. node.Node.Inputs.Skip(1)]);
        string scattered = graph.Add(
            "ScatterElements",
            NodeAttributes.None.With("axis", 0).With("reduction", "add"),
            graph.ZeroVector(node.Input(0), shape, node.Element),
            graph.Reshape(selected, -1),
            graph.Reshape(node.OutputGradient(), -1));
        node.SetInputGradient(0, graph.ReshapeLike(scattered, node.Input(0), shape));
    }
}

/// <summary>Y[i] = X[indices[i]] along an axis: dY is added to where its elements came from.</summary>
internal static class GatherElementsGradient
{
    public static void Emit(GradientContext node)
    {
        node.SetInputGradient(0, Scatter(node, node.Node.Attributes.Int("axis", 0), node.Input(1)));
    }

    /// <summary>The gradient of the first output, added along an axis to zeros in the shape of the first input, at the positions that were taken.</summary>
    internal static string Scatter(GradientContext node, long axis, string positions)
    {
        GradientGraph graph = node.Graph;
        TensorShape? shape = node.InputShapeIfKnown(0);
        string zeros = graph.ReshapeLike(graph.ZeroVector(node.Input(0), shape, node.Element), node.Input(0), shape);
        return graph.Add("ScatterElements", NodeAttributes.None.With("axis", axis).With("reduction", "add"), zeros, positions, node.OutputGradient());
    }
}

/// <summary>Values = X at Indices: dX = dValues, added at the positions; of equal elements those that were taken receive it.</summary>
internal static class TopKGradient
{
    public static void Emit(GradientContext node) => node.SetInputGradient(0, GatherElementsGradient.Scatter(node, node.Node.Attributes.Int("axis", -1), node.ForwardOutput(1)));
}
