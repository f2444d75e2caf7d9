using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Operators;

namespace GradientDynamics.Onnx.Gradients.Rules;

/// <summary>
/// Y = mean of each window: dX is dY over the window's number of elements, added to each of them. Pads count among the elements only with
/// count_include_pad, and what a window of ceil_mode has behind the pads never does.
/// </summary>
internal static class AveragePoolGradient
{
    public static void Emit(GradientContext node)
    {
        GradientGraph graph = node.Graph;
        TensorShape x = node.InputShape(0);
        PoolAttributes pool = PoolAttributes.Of(node.Node);
        SlidingWindow window = pool.WindowFor(node.Node, x);
        int rank = window.Kernel.Count;
        double[][] counts = [.. Enumerable.Range(0, rank).Select(i => Counts(node, pool, window, i, x[i + 2], node.OutputShape()[i + 2]))];
        string share = counts.All(along => along.Distinct().Count() == 1)
            ? graph.Add("Div", node.OutputGradient(), graph.Scalar(node.Element, counts.Aggregate(1.0, (product, along) => product * along[0])))
            : graph.Add("Div", node.OutputGradient(), graph.Constant(Product(node, counts)));
        node.SetInputGradient(0, Spread(node, pool, share));
    }

    /// <summary>A number per window added to every element of the window, in the shape of X.</summary>
    public static string Spread(GradientContext node, PoolAttributes pool, string share)
    {
        GradientGraph graph = node.Graph;
        TensorShape x = node.InputShape(0);
        SlidingWindow window = pool.WindowFor(node.Node, x);
        int rank = window.Kernel.Count;
        if (Tiles(window, x))
        {
            // Windows side by side: every element of a window gets the same share.
            TensorShape y = node.OutputShape();
            long[] apart = [0, 0, .. Enumerable.Range(0, rank).SelectMany(i => new[] { y[i + 2].Value!.Value, 1 })];
            long[] tiled = [1, 1, .. Enumerable.Range(0, rank).SelectMany(i => new[] { 1, window.Kernel[i] })];
            string spread = graph.Add("Expand", graph.Reshape(share, apart), graph.Indices(tiled));
            return graph.Reshape(spread, [0, 0, .. x.Skip(2).Select(size => size.Value!.Value)]);
        }

        TransposedWindow transposed = TransposedWindow.Of(node, window, pool.AutoPad, x, node.OutputShape());
        if (node.OutputShape().Skip(2).All(size => size.Value is not null))
        {
            // Every channel is an image of its own, so that one window of ones serves all.
            string images = graph.Reshape(share, [-1, 1, .. node.OutputShape().Skip(2).Select(size => size.Value!.Value)]);
            return graph.ReshapeLike(transposed.Scatter(graph, images, Ones(node, 1, window), group: 1, node.Input(0)), node.Input(0), x);
        }

        long channels = x[1].Value ?? throw node.Unsupported($"its input is {x}; fixed spatial sizes or a fixed number of channels is accepted");
        return transposed.Scatter(graph, share, Ones(node, channels, window), channels, node.Input(0));
    }

    private static string Ones(GradientContext node, long channels, SlidingWindow window)
    {
        int count = node.ConstantLength(window.Kernel.Aggregate((Int128)channels, (product, size) => checked(product * size)));
        return node.Graph.Constant(GradientGraph.Numbers(node.Element, [.. Enumerable.Repeat(1.0, count)], [channels, 1, .. window.Kernel]));
    }

    private static bool Tiles(SlidingWindow window, TensorShape x) => Enumerable.Range(0, window.Kernel.Count).All(i =>
        window.Kernel[i] == window.Strides[i] && window.Dilations[i] == 1 && window.PadsBegin[i] == 0 && window.PadsEnd[i] == 0 && x[i + 2].Value % window.Kernel[i] == 0);

    // How many elements of each window along a dimension count in the divisor.
    private static double[] Counts(GradientContext node, PoolAttributes pool, SlidingWindow window, int i, Dimension input, Dimension output)
    {
        bool padded = window.PadsBegin[i] != 0 || window.PadsEnd[i] != 0 || pool.AutoPad is AutoPad.SameUpper or AutoPad.SameLower;
        if (input.Value is not { } size || output.Value is not { } windows)
        {
            return !pool.CeilMode && (pool.CountIncludePad || !padded)
                ? [window.Kernel[i]]
                : throw node.Unsupported($"its divisors follow from a spatial size that is not fixed; the input is {node.InputShape(0)}");
        }

        long first = pool.CountIncludePad ? -window.PadsBegin[i] : 0;
        long end = pool.CountIncludePad ? size + window.PadsEnd[i] : size;
        node.ConstantLength((Int128)windows * window.Kernel[i]);
        return [.. Enumerable.Range(0, checked((int)windows)).Select(o => (double)Enumerable.Range(0, checked((int)window.Kernel[i]))
            .Select(k => o * window.Strides[i] - window.PadsBegin[i] + k * window.Dilations[i])
            .Count(position => position >= first && position < end))];
    }

    private static ConstantTensor Product(GradientContext node, double[][] counts)
    {
        node.ConstantLength(counts.Aggregate((Int128)1, (product, along) => product * along.Length));
        double[] product = [1];
        foreach (double[] along in counts)
        {
            product = [.. product.SelectMany(_ => along, (outer, inner) => outer * inner)];
        }

        return GradientGraph.Numbers(node.Element, product, [1, 1, .. counts.Select(along => (long)along.Length)]);
    }
}

/// <summary>Y = mean over all spatial dimensions: dX is dY over the number of positions, at every position.</summary>
internal static class GlobalAveragePoolGradient
{
    public static void Emit(GradientContext node)
    {
        TensorShape x = node.InputShape(0);
        ReduceGradients.Spread(node, node.OutputGradient(), [.. Enumerable.Range(2, x.Rank - 2)], mean: true);
    }
}
