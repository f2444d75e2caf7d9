using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Train.Execution;

/// <summary>
/// Floating-point operands that are no weights: the running statistics of BatchNormalization, Dropout's ratio, Clip's bounds, Pad's value,
/// OneHot's values, Attention's mask, the angles of RotaryEmbedding, Resize's region and scales, the weights of classes in a loss, and the
/// scales of quantization. An initializer in such a place is not trained.
/// </summary>
public static class SettingOperands
{
    private static readonly Dictionary<string, int[]> Settings = new(StringComparer.Ordinal)
    {
        ["Attention"] = [3],
        ["BatchNormalization"] = [3, 4],
        ["Clip"] = [1, 2],
        ["DequantizeLinear"] = [1],
        ["Dropout"] = [1],
        ["NegativeLogLikelihoodLoss"] = [2],
        ["OneHot"] = [2],
        ["Pad"] = [2],
        ["QuantizeLinear"] = [1],
        ["Resize"] = [1, 2],
        ["RotaryEmbedding"] = [1, 2],
        ["SoftmaxCrossEntropyLoss"] = [2],
    };

    /// <summary>Names of the graph's values that stand in such a place.</summary>
    public static HashSet<string> Of(OnnxGraph graph)
    {
        ArgumentNullException.ThrowIfNull(graph);
        return [.. graph.Nodes.Where(node => node.Domain.Length == 0 && Settings.ContainsKey(node.Operator)).SelectMany(node => Settings[node.Operator].Select(node.Input)).OfType<string>()];
    }

    /// <summary>Names of the values that are running means and variances of BatchNormalization, which training updates.</summary>
    public static HashSet<string> RunningStatisticsOf(OnnxGraph graph)
    {
        ArgumentNullException.ThrowIfNull(graph);
        return [.. graph.Nodes.Where(node => node.Domain.Length == 0 && node.Operator == "BatchNormalization").SelectMany(node => new[] { node.Input(3), node.Input(4) }).OfType<string>()];
    }
}
