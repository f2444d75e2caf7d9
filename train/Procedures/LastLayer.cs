using GradientDynamics.CommandLine;
using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Train.Procedures;

/// <summary>The fully connected layer from which a network's logits come, and the network before it.</summary>
/// <param name="Features">The network up to the layer's input (batch, features).</param>
/// <param name="Weight">Name of the layer's weight.</param>
/// <param name="Bias">Name of the layer's bias.</param>
/// <param name="IsTransposed">Whether the weight is (logits, features), else (features, logits).</param>
internal sealed record LastLayer(OnnxGraph Features, string Weight, string Bias, bool IsTransposed)
{
    /// <summary>The last layer of a network.</summary>
    /// <exception cref="CommandException">The network does not end in one.</exception>
    public static LastLayer Of(OnnxGraph network)
    {
        GraphNode last = network.Nodes.Single(node => node.Outputs.Contains(network.Outputs[0].Name));
        string? weight = last.Input(1);
        string? bias = last.Input(2);
        bool plain = last.Operator == "Gemm" && last.Attributes.Int("transA", 0) == 0 && last.Attributes.Float("alpha", 1) == 1 && last.Attributes.Float("beta", 1) == 1;
        if (!plain || weight is null || bias is null || !network.Initializers.ContainsKey(weight) || !network.Initializers.ContainsKey(bias))
        {
            throw new CommandException(
                ExitCode.Configuration,
                $"procedure: deep-feature-reweighting fits a last fully connected layer, and this network ends in {last}; accepted is one that ends in a Gemm with weight and bias (not the ntk initialization, whose layers are several nodes).");
        }

        string input = last.Inputs[0];
        OnnxGraph features = new(
            network.Inputs, [new GraphValue(input, ShapeInference.Infer(network)[input])], Ancestors(network, input), network.Initializers.Where(pair => pair.Key != weight && pair.Key != bias), network.Opset);
        return new(features, weight, bias, last.Attributes.Int("transB", 0) != 0);
    }

    private static List<GraphNode> Ancestors(OnnxGraph network, string value)
    {
        HashSet<string> needed = [value];
        List<GraphNode> nodes = [];
        foreach (GraphNode node in network.Nodes.Reverse())
        {
            if (node.Outputs.Any(needed.Contains))
            {
                nodes.Add(node);
                needed.UnionWith(node.Inputs);
            }
        }

        return nodes;
    }
}
