using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.FineTuning;

/// <summary>Which operands of which operators are weights.</summary>
internal static class WeightOperands
{
    private static readonly Dictionary<string, int[]> Places = new(StringComparer.Ordinal)
    {
        ["BatchNormalization"] = [1, 2, 3, 4],
        ["Conv"] = [1, 2],
        ["ConvTranspose"] = [1, 2],
        ["Gather"] = [0],
        ["Gemm"] = [0, 1, 2],
        ["GroupNormalization"] = [1, 2],
        ["InstanceNormalization"] = [1, 2],
        ["LayerNormalization"] = [1, 2],
        ["MatMul"] = [0, 1],
        ["PRelu"] = [1],
        ["RMSNormalization"] = [1],
    };

    private static readonly HashSet<string> Normalizations = ["BatchNormalization", "GroupNormalization", "InstanceNormalization", "LayerNormalization", "RMSNormalization"];

    // Operators after which a constant that is added is their bias.
    private static readonly HashSet<string> Linear = ["Conv", "ConvTranspose", "Gemm", "MatMul"];

    private static readonly HashSet<string> Rearranging = ["Cast", "Flatten", "Identity", "Reshape", "Squeeze", "Transpose", "Unsqueeze"];

    /// <summary>The operands of the node that are weights where they are constant.</summary>
    public static IEnumerable<string> Of(GraphNode node, GraphEdit graph)
    {
        if (node.Domain.Length > 0)
        {
            return [];
        }

        if (node.Operator == "Add")
        {
            return node.Inputs.Where((_, index) => node.Input(1 - index) is { } other && graph.Producer(other) is { Domain: "" } producer && Linear.Contains(producer.Operator));
        }

        return Places.GetValueOrDefault(node.Operator, []).Select(node.Input).OfType<string>();
    }

    /// <summary>Whether the node's operator has weights.</summary>
    public static bool Has(GraphNode node) => node.Domain.Length == 0 && Places.ContainsKey(node.Operator);

    /// <summary>Scale, bias and statistics of a normalisation; none of another node.</summary>
    public static IEnumerable<string> OfNormalization(GraphNode node) =>
        node.Domain.Length == 0 && Normalizations.Contains(node.Operator) ? Places[node.Operator].Select(node.Input).OfType<string>() : [];

    /// <summary>The value from which <paramref name="value"/> comes by rearrangement alone.</summary>
    public static string Origin(string value, GraphEdit graph)
    {
        string origin = value;
        while (graph.Producer(origin) is { Domain: "" } node && Rearranging.Contains(node.Operator))
        {
            origin = node.Inputs[0];
        }

        return origin;
    }
}
