using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Gradients.Rules;

/// <summary>Y = sum, mean or maximum of X over axes.</summary>
internal static class ReduceGradients
{
    /// <summary>ReduceSum: dX = dY, repeated along the axes.</summary>
    public static void EmitSum(GradientContext node) => EmitSpread(node, mean: false);

    /// <summary>ReduceMean: dX = dY over the number of elements, repeated along the axes.</summary>
    public static void EmitMean(GradientContext node) => EmitSpread(node, mean: true);

    /// <summary>ReduceMax and ReduceMin: dY in equal shares to the elements that equal Y, as PyTorch's amax and amin do.</summary>
    public static void EmitExtremum(GradientContext node)
    {
        if (Axes(node) is not { } axes)
        {
            node.SetInputGradient(0, node.OutputGradient());
            return;
        }

        GradientGraph graph = node.Graph;
        string equal = graph.Cast(graph.Add("Equal", node.Input(0), Kept(node, node.Output(), axes)), node.Element);
        string share = graph.Add("Div", Kept(node, node.OutputGradient(), axes), graph.ReduceSum(equal, [.. axes.Select(axis => (long)axis)]));
        node.SetInputGradient(0, graph.Add("Mul", equal, share));
    }

    /// <summary>The gradient, whose <paramref name="axes"/> have size 1, repeated to the shape of X.</summary>
    public static void Spread(GradientContext node, string gradient, int[] axes, bool mean)
    {
        GradientGraph graph = node.Graph;
        TensorShape? shape = node.InputShapeIfKnown(0);
        if (mean)
        {
            string count = shape is not null && axes.All(axis => shape[axis].Value is not null)
                ? graph.Scalar(node.Element, axes.Aggregate(1.0, (product, axis) => product * shape[axis].Value!.Value))
                : graph.Cast(graph.Add("Div", graph.Add("Size", node.Input(0)), graph.Add("Size", gradient)), node.Element);
            gradient = graph.Add("Div", gradient, count);
        }

        node.SetInputGradient(0, graph.ExpandLike(gradient, node.Input(0), shape, axes));
    }

    private static void EmitSpread(GradientContext node, bool mean)
    {
        if (Axes(node) is not { } axes)
        {
            node.SetInputGradient(0, node.OutputGradient());
            return;
        }

        Spread(node, Kept(node, node.OutputGradient(), axes), axes, mean);
    }

    // The value with the reduced axes at size 1.
    private static string Kept(GradientContext node, string value, int[] axes) =>
        node.Node.Attributes.Int("keepdims", 1) != 0 ? value : node.Graph.Unsqueeze(value, [.. axes.Select(axis => (long)axis)]);

    // The reduced axes, all where none are given; null where none given means none.
    private static int[]? Axes(GradientContext node)
    {
        int rank = node.InputShape(0).Rank;
        long[]? axes = node.Node.Attributes.Ints("axes") ?? node.ConstantIntegers(1, "axes");
        if (axes is null or [])
        {
            return node.Node.Attributes.Int("noop_with_empty_axes", 0) != 0 ? null : [.. Enumerable.Range(0, rank)];
        }

        return [.. axes.Select(axis => (int)(axis < 0 ? axis + rank : axis)).Order()];
    }
}
