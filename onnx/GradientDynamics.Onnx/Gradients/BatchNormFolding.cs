namespace GradientDynamics.Onnx.Gradients;

/// <summary>
/// Keeps the backward step of an inference BatchNormalization from costing a pass over the activations. Its gradient is
/// dX = dY·f with f = scale / sqrt(variance + offset) per channel; the Conv or Gemm in front of it then multiplies by its weight W,
/// and (dY·f)·W = dY·(f·W) with f on W's output channels, which is a product of constants that runtimes compute once when they load
/// the graph. The forward part stays as the model has it, so the logits are the model's; the gradient differs by rounding.
/// </summary>
internal static class BatchNormFolding
{
    /// <summary>The gradient with its factor multiplied in.</summary>
    public static string Materialize(GradientGraph graph, ValueGradient gradient, int rank) => gradient.ChannelFactor is null
        ? gradient.Name
        : graph.Add("Mul", gradient.Name, AlongAxis(graph, gradient.ChannelFactor, axis: 1, rank));

    /// <summary>The weight with the factor on its output channels, which stand on <paramref name="axis"/>.</summary>
    public static string IntoWeight(GradientGraph graph, string weight, string? channelFactor, int axis, int rank) => channelFactor is null
        ? weight
        : graph.Add("Mul", weight, AlongAxis(graph, channelFactor, axis, rank));

    // A vector counts as a batch of one channel, whose factor needs no further dimension.
    private static string AlongAxis(GradientGraph graph, string vector, int axis, int rank) =>
        graph.Unsqueeze(vector, [.. Enumerable.Range(1, Math.Max(0, rank - axis - 1)).Select(i => (long)i)]);
}
