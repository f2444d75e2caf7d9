using System.Text.Json.Serialization;
using GradientDynamics.Onnx.FineTuning;
using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Networks;

/// <summary>Normalisation inside the graph, (x - mean) / standard deviation, so that callers give pixels as they are. One number for all channels, or one per channel.</summary>
public sealed record InputNormalization
{
    /// <summary>Mean, one number or one per channel.</summary>
    /// <exception cref="ArgumentException">It is empty or has a number that is not finite.</exception>
    [JsonConverter(typeof(NumberListConverter))]
    public required IReadOnlyList<double> Mean
    {
        get;
        init
        {
            if (value.Count == 0 || value.Any(mean => !double.IsFinite(mean)))
            {
                throw new ArgumentException("One finite number, or one per channel, is accepted.", nameof(Mean));
            }

            field = [.. value];
        }
    }

    /// <summary>Standard deviation, one number or one per channel.</summary>
    /// <exception cref="ArgumentException">It is empty or has a number that is not positive and finite.</exception>
    [JsonConverter(typeof(NumberListConverter))]
    public required IReadOnlyList<double> Std
    {
        get;
        init
        {
            if (value.Count == 0 || value.Any(deviation => !double.IsFinite(deviation) || deviation <= 0))
            {
                throw new ArgumentException("One positive finite number, or one per channel, is accepted.", nameof(Std));
            }

            field = [.. value];
        }
    }

    /// <summary>Equal where the numbers are.</summary>
    public bool Equals(InputNormalization? other) => other is not null && Mean.SequenceEqual(other.Mean) && Std.SequenceEqual(other.Std);

    /// <inheritdoc/>
    public override int GetHashCode() => Mean.Concat(Std).Aggregate(0, HashCode.Combine);

    /// <summary>The graph of one input with this normalisation before it; the input keeps its name.</summary>
    /// <exception cref="UnfitSettingException">The graph has several inputs, or the numbers do not fit the input's channels.</exception>
    public OnnxGraph Before(OnnxGraph graph)
    {
        ArgumentNullException.ThrowIfNull(graph);
        if (graph.Inputs is not [GraphValue { Type.Shape: not null } input])
        {
            throw new UnfitSettingException("normalization", $"The graph's inputs are {string.Join(", ", graph.Inputs)}; one input of a known number of dimensions is accepted with a normalization.");
        }

        GraphBuilder builder = new();
        Value normalized = Apply(builder, builder.Input(input.Name, input.Type.Element, input.Type.Shape));
        GraphEdit edit = new(graph);
        IReadOnlyList<GraphNode> nodes = builder.Build(normalized).Nodes;
        Dictionary<string, string> names = nodes.SelectMany(node => node.Outputs).ToDictionary(name => name, edit.Unused, StringComparer.Ordinal);
        edit.Redirect(input.Name, names[normalized.Name]);
        edit.Nodes.InsertRange(0, nodes.Select(node => new GraphNode(
            node.Operator, node.Inputs.Select(name => names.GetValueOrDefault(name, name)), node.Outputs.Select(name => names[name]), node.Attributes, names[node.Outputs[0]])));
        return edit.ToGraph();
    }

    internal Value Apply(GraphBuilder graph, Value x)
    {
        Value PerChannel(IReadOnlyList<double> numbers, string name)
        {
            if (numbers.Count > 1 && (x.Shape.Rank < 2 || x.Shape[1].Value != numbers.Count))
            {
                throw new UnfitSettingException("normalization", $"The input is {x.Type} and the normalization's {name} has {numbers.Count} numbers; one number, or one per channel, is accepted.");
            }

            // [channels, 1, 1] broadcasts over [batch, channels, height, width].
            long[] sizes = numbers.Count == 1 ? [] : [numbers.Count, .. Enumerable.Repeat(1L, x.Shape.Rank - 2)];
            int next = 0;
            return graph.Constant(ParameterInitializer.Fill(x.Type.Element, sizes, () => numbers[next++]), $"normalization.{name}");
        }

        return graph.Div(graph.Sub(x, PerChannel(Mean, "mean"), "normalization.centered"), PerChannel(Std, "std"), "normalization");
    }
}
