using GradientDynamics.CommandLine;
using GradientDynamics.Onnx.FineTuning;
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
        LinearHead head = Find(network);
        GraphNode layer = head.Layer;
        if (head.Bias is null || layer.Attributes.Float("alpha", 1) != 1 || layer.Attributes.Float("beta", 1) != 1)
        {
            throw Refused($"the last layer {layer} has no bias or scales its operands; accepted is weight times features plus bias.");
        }

        string input = layer.Inputs[0];
        TensorType type = ShapeInference.Infer(network)[input];
        if (type.Shape is not { Rank: 2 } shape || shape[1].Value is null)
        {
            throw Refused($"the last layer {layer} takes {type}; accepted are features [batch, count].");
        }

        OnnxGraph features = new(network.Inputs, [new GraphValue(input, type)], Ancestors(network, input), network.Initializers.Where(pair => pair.Key != head.Weight && pair.Key != head.Bias), network.Opset);
        return new(features, head.Weight, head.Bias, head.OutputsFirst);
    }

    private static LinearHead Find(OnnxGraph network)
    {
        try
        {
            return LinearHead.Find(network);
        }
        catch (InvalidModelException error)
        {
            throw Refused($"{error.Message} (The ntk initialization makes several nodes of a layer.)");
        }
    }

    private static CommandException Refused(string message) => new(ExitCode.Configuration, $"procedure: deep-feature-reweighting fits a last fully connected layer: {message}");

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
