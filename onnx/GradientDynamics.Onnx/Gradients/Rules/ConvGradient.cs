using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Operators;

namespace GradientDynamics.Onnx.Gradients.Rules;

/// <summary>
/// Y = X ⋆ W: dX is the transposed convolution of dY with W, of the same strides, pads, dilations and groups, with
/// as much output_padding as gives it X's size.
/// </summary>
internal static class ConvGradient
{
    // ONNX Runtime's blocks have 8 channels, with AVX-512 16.
    private const int BlockChannels = 8;

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
        SlidingWindow forward = conv.WindowFor(node.Node, x, w);
        TransposedWindow window = TransposedWindow.Of(node, forward, conv.AutoPad, x, node.OutputShape());
        ValueGradient gradient = node.UnscaledOutputGradient();
        string weight = BatchNormFolding.IntoWeight(node.Graph, node.Input(1), gradient.ChannelFactor, axis: 0, rank: w.Rank);
        node.SetInputGradient(0, IsFasterAsConvolution(forward, conv, w)
            ? AsConvolution(node.Graph, forward, gradient.Name, weight, conv.Group)
            : window.Scatter(node.Graph, gradient.Name, weight, conv.Group, node.Input(0)));
    }

    // With stride 1 a transposed convolution is the convolution with the mirrored weight. ONNX Runtime computes that with its blocked
    // kernels, a third faster, where input and output are of one size (else it has more to do) and fill the blocks' channels.
    private static bool IsFasterAsConvolution(SlidingWindow window, ConvAttributes conv, TensorShape w)
    {
        bool depthwise = w[1].Value == 1 && w[0].Value == conv.Group;
        bool fills = depthwise ? conv.Group >= BlockChannels : conv.Group == 1 && w[0].Value >= BlockChannels && w[1].Value >= BlockChannels;
        return fills && window.Kernel.Count == 2 && Enumerable.Range(0, 2).All(i =>
            window.Strides[i] == 1 && window.PadsBegin[i] + window.PadsEnd[i] == window.Span(i) - 1);
    }

    private static string AsConvolution(GradientGraph graph, SlidingWindow window, string gradient, string weight, long group)
    {
        // [channels out, channels in, kernel…] with the channels swapped, unless they are one per group, and both kernel axes reversed.
        string swapped = group > 1 ? weight : graph.Add("Transpose", NodeAttributes.None.With("perm", [1L, 0L, 2L, 3L]), weight);
        string mirrored = graph.Add("Slice", swapped, graph.Indices(-1, -1), graph.Indices(long.MinValue, long.MinValue), graph.Indices(2, 3), graph.Indices(-1, -1));
        NodeAttributes attributes = NodeAttributes.None
            .With("kernel_shape", window.Kernel.ToArray())
            .With("dilations", window.Dilations.ToArray())
            .With("pads", [.. window.PadsEnd, .. window.PadsBegin])
            .With("group", group);
        return graph.Add("Conv", attributes, gradient, mirrored);
    }
}

/// <summary>Y = transposed convolution of X with W, plus bias: dX = dY ⋆ W with the same strides, pads, dilations and groups.</summary>
internal static class ConvTransposeGradient
{
    public static void Emit(GradientContext node)
    {
        node.RequireNoGradient(1, "weight");
        node.RequireNoGradient(2, "bias");
        NodeAttributes attributes = node.Node.Attributes.Without("output_padding").Without("auto_pad").Without("output_shape");
        ConvTransposeAttributes conv = ConvTransposeAttributes.Of(node.Node);
        if (conv.OutputShape is null && conv.AutoPad is AutoPad.NotSet or AutoPad.Valid)
        {
            // What output_padding appended to Y reaches no further window, so that dX has X's size without it.
            node.SetInputGradient(0, node.Graph.Add("Conv", attributes, node.OutputGradient(), node.Input(1)));
            return;
        }

        TensorShape x = node.InputShape(0);
        if (x.Skip(2).Any(size => size.Value is null))
        {
            throw node.Unsupported($"its pads follow from the spatial size of its input {x}, which is not fixed; a fixed size, or explicit pads, are accepted");
        }

        (SlidingWindow window, IReadOnlyList<long> appended) = conv.WindowFor(node.Node, x, node.InputShape(1));
        string gradient = node.Graph.Add("Conv", attributes.With("pads", [.. window.PadsBegin, .. window.PadsEnd]), node.OutputGradient(), node.Input(1));
        if (appended.Index().Any(each => each.Item >= window.Strides[each.Index]))
        {
            // A shape beyond the windows' reach has room for further ones, which belong to no element of X.
            long[] spatial = [.. Enumerable.Range(2, x.Rank - 2).Select(axis => (long)axis)];
            gradient = node.Graph.Add(
                "Slice", gradient, node.Graph.Indices(new long[spatial.Length]), node.Graph.Indices([.. spatial.Select(axis => x[(int)axis].Value!.Value)]), node.Graph.Indices(spatial));
        }

        node.SetInputGradient(0, gradient);
    }
}
