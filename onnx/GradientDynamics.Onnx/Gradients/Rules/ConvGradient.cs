using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Operators;

namespace GradientDynamics.Onnx.Gradients.Rules;

/// <summary>
/// Y = X ⋆ W: dX is the transposed convolution of dY with W, of the same strides, pads, dilations and groups, with
/// as much output_padding as gives it X's size.
/// </summary>
internal static class ConvGradient
{
    public static void Emit(GradientContext node)
    {
        node.RequireNoGradient(1, "weight");
        node.RequireNoGradient(2, "bias");
        if (!node.NeedsGradient(0))
        {
            return;
        }

        TensorShape x = node.InputShape(0);
        TensorShape w = node.InputShape(1);
        ConvAttributes conv = ConvAttributes.Of(node.Node);
        TransposedWindow window = TransposedWindow.Of(node, conv.WindowFor(node.Node, x, w), conv.AutoPad, x, node.OutputShape());
        ValueGradient gradient = node.UnscaledOutputGradient();
        string weight = BatchNormFolding.IntoWeight(node.Graph, node.Input(1), gradient.ChannelFactor, axis: 0, rank: w.Rank);
        node.SetInputGradient(0, window.Scatter(node.Graph, gradient.Name, weight, conv.Group, node.Input(0)));
    }
}

/// <summary>Y = transposed convolution of X with W, plus bias: dX = dY ⋆ W with the same strides, pads, dilations and groups.</summary>
internal static class ConvTransposeGradient
{
    public static void Emit(GradientContext node)
    {
        node.RequireNoGradient(1, "weight");
        node.RequireNoGradient(2, "bias");
        NodeAttributes attributes = node.Node.Attributes;
        if (attributes.Has("output_shape") || attributes.Text("auto_pad", "NOTSET") is not ("NOTSET" or "VALID"))
        {
            throw node.Unsupported("it gives output_shape or auto_pad; explicit pads and output_padding are accepted");
        }

        // What output_padding appended to Y reaches no further window, so that dX has X's size without it.
        node.SetInputGradient(0, node.Graph.Add("Conv", attributes.Without("output_padding").Without("auto_pad"), node.OutputGradient(), node.Input(1)));
    }
}
