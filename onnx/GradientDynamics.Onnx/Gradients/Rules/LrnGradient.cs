using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Operators;

namespace GradientDynamics.Onnx.Gradients.Rules;

/// <summary>
/// Y = X·S^−beta with S = bias + alpha/size·(sum of X² over neighbouring channels): dX = dY·S^−beta − 2·alpha·beta/size·X·(sum of dY·Y/S over
/// the channels of which X's is a neighbour).
/// </summary>
internal static class LrnGradient
{
    public static void Emit(GradientContext node)
    {
        LrnAttributes lrn = LrnAttributes.Of(node.Node);
        Term x = node.InputTerm(0);
        Term gradient = node.OutputGradientTerm();
        Term sums = Neighbours(node, x * x, lrn.Size, lrn.Before, lrn.After) * ((double)lrn.Alpha / lrn.Size) + lrn.Bias;
        Term own = gradient * sums.With("Pow", sums.Number(-lrn.Beta));
        Term others = Neighbours(node, gradient * node.OutputTerm() / sums, lrn.Size, lrn.After, lrn.Before);
        node.SetInputGradient(0, (own - x * others * (2.0 * lrn.Alpha * lrn.Beta / lrn.Size)).Name);
    }

    // Sums over neighbouring channels: channels as rows of an image [batch, 1, channels, space] whose mean over a window is taken, pads counted.
    private static Term Neighbours(GradientContext node, Term values, long size, long before, long after)
    {
        GradientGraph graph = values.Graph;
        string image = graph.Unsqueeze(graph.Reshape(values.Name, 0, 0, -1), 1);
        NodeAttributes window = NodeAttributes.None.With("kernel_shape", [size, 1L]).With("pads", [before, 0L, after, 0L]).With("count_include_pad", 1);
        string mean = graph.ReshapeLike(graph.Add("AveragePool", window, image), node.Input(0), node.InputShapeIfKnown(0));
        return values with { Name = mean } * size;
    }
}
