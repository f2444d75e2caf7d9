namespace GradientDynamics.Onnx.Gradients.Rules;

/// <summary>Y is a triangle of X: dX is the same triangle of dY.</summary>
internal static class TriluGradient
{
    public static void Emit(GradientContext node) =>
        node.SetInputGradient(0, node.Graph.Add("Trilu", node.Node.Attributes, [node.OutputGradient(), .. node.Node.Inputs.Skip(1)]));
}
