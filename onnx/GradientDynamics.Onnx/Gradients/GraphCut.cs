using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Gradients;

/// <summary>
/// A graph cut at a value between its inputs and its logits: the value becomes an input, and what only led to it disappears, inputs
/// included. So the sum of a language model's embeddings can be attacked, whose own inputs are integers.
/// </summary>
public static class GraphCut
{
    private const string Setting = "cut";

    /// <summary>The part of <paramref name="model"/> from <paramref name="value"/> on to its outputs; the value is its first input.</summary>
    /// <exception cref="UnfitSettingException">There is no such value of floating point, or it is a weight or an output, or no output depends on it.</exception>
    /// <exception cref="InvalidModelException">The model's types do not fit each other.</exception>
    public static OnnxGraph At(OnnxGraph model, string value)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(value);
        return At(model, ShapeInference.Infer(model), value, [.. model.Outputs.Select(output => output.Name)], "outputs");
    }

    /// <summary>The part of <paramref name="model"/> from <paramref name="value"/> on to <paramref name="ends"/>, which messages call <paramref name="what"/>.</summary>
    internal static OnnxGraph At(OnnxGraph model, IReadOnlyDictionary<string, TensorType> types, string value, IReadOnlyList<string> ends, string what)
    {
        if (!types.TryGetValue(value, out TensorType? type))
        {
            throw new UnfitSettingException(Setting, $"The model has no value '{value}' to cut the graph at.");
        }

        if (!type.Element.IsFloatingPoint)
        {
            throw new UnfitSettingException(Setting, $"The graph cannot be cut at '{value}', which is {type}: a value of a floating-point type is accepted, since what is cut is differentiated.");
        }

        if (ends.Contains(value))
        {
            throw new UnfitSettingException(Setting, $"The graph cannot be cut at '{value}': these are the {what} themselves; a value in front of them is accepted.");
        }

        List<GraphNode> kept = [];
        HashSet<string> read = [.. ends];
        for (int i = model.Nodes.Count - 1; i >= 0; i--)
        {
            GraphNode node = model.Nodes[i];
            if (node.Outputs.Any(output => output != value && read.Contains(output)))
            {
                kept.Add(WithoutOutput(node, value));
                read.UnionWith(node.Uses);
            }
        }

        if (model.Initializers.ContainsKey(value))
        {
            throw new UnfitSettingException(Setting, $"The graph cannot be cut at '{value}', which is a weight; a value that is computed from the inputs is accepted.");
        }

        if (!read.Contains(value))
        {
            throw new UnfitSettingException(Setting, $"The graph cannot be cut at '{value}': the {what} {string.Join(", ", ends.Select(end => $"'{end}'"))} do not depend on it.");
        }

        kept.Reverse();
        return new(
            [new(value, type), .. model.Inputs.Where(input => input.Name != value && read.Contains(input.Name))],
            [.. ends.Select(end => new GraphValue(end, types[end]))],
            kept,
            model.Initializers.Where(pair => read.Contains(pair.Key)),
            model.Opset,
            model.Metadata,
            model.Name)
        {
            Source = model.Source,
        };
    }

    // A node of several outputs may be needed for the others; the one that became an input gets a name that nothing reads.
    private static GraphNode WithoutOutput(GraphNode node, string value)
    {
        if (!node.Outputs.Contains(value))
        {
            return node;
        }

        string[] outputs = [.. node.Outputs.Select(output => output == value ? value + "/cut" : output)];
        return new(node.Operator, node.Inputs, outputs, node.Attributes, node.Name, node.Domain);
    }
}
