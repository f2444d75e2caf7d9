namespace GradientDynamics.Onnx.Gradients.Rules;

/// <summary>Y has X's elements in another shape (Reshape, Flatten, Squeeze, Unsqueeze): dX is dY in X's shape.</summary>
internal static class ReshapeGradient
{
    public static void Emit(GradientContext node) =>
        node.SetInputGradient(0, node.Graph.ReshapeLike(node.OutputGradient(), node.Input(0), node.InputShapeIfKnown(0)));
}
