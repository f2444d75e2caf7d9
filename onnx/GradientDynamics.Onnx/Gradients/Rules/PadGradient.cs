namespace GradientDynamics.Onnx.Gradients.Rules;

/// <summary>Y = X with constants around it, negative pads crop: dX = dY with the pads negated and zeros for what was cropped.</summary>
internal static class PadGradient
{
    public static void Emit(GradientContext node)
    {
        if (node.Node.Attributes.Text("mode", "constant") is not "constant" and var mode)
        {
            throw node.Unsupported($"its mode is '{mode}'; constant is accepted");
        }

        node.RequireNoGradient(2, "constant value");
        GradientGraph graph = node.Graph;
        string[] operands = [node.OutputGradient(), graph.Add("Neg", node.Input(1))];
        if (node.Node.Input(3) is { } axes)
        {
            operands = [.. operands, "", axes];
        }

        node.SetInputGradient(0, graph.Add("Pad", operands));
    }
}
