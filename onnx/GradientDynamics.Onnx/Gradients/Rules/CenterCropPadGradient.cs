namespace GradientDynamics.Onnx.Gradients.Rules;

/// <summary>Y is the middle of X, or X in the middle of zeros: dX is the same of dY, in X's sizes along the same axes.</summary>
internal static class CenterCropPadGradient
{
    public static void Emit(GradientContext node)
    {
        GradientGraph graph = node.Graph;
        string sizes = graph.Add("Shape", node.Input(0));
        if (node.Node.Attributes.Ints("axes") is { } axes)
        {
            sizes = graph.Add("Gather", sizes, graph.Indices(axes));
        }

        node.SetInputGradient(0, graph.Add("CenterCropPad", node.Node.Attributes, node.OutputGradient(), sizes));
    }
}
