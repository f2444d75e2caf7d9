using System.Text.Json;
using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Networks;

/// <summary>Where the channels of an image input stand.</summary>
public enum ChannelLayout
{
    /// <summary>[batch, channels, height, width].</summary>
    Nchw,

    /// <summary>[batch, height, width, channels].</summary>
    Nhwc,
}

/// <summary>Puts the normalisation that a foreign model's callers apply into its graph, so that its inputs are pixels between 0 and 1 and a perturbation is measured in pixels.</summary>
public sealed record NormalizedInput
{
    private const double Darkest = 0;
    private const double Brightest = 1;

    /// <summary>Mean and standard deviation that callers apply.</summary>
    public required InputNormalization Normalization { get; init; }

    /// <summary>Name of the input; null (the default) takes the only one of floating point.</summary>
    public string? Input { get; init; }

    /// <summary>Where the channels stand. Default <see cref="ChannelLayout.Nchw"/>.</summary>
    public ChannelLayout Layout { get; init; }

    /// <summary>The brightest pixel in the units of mean and standard deviation. Default 1; 255 where they are of bytes.</summary>
    public double Scale
    {
        get;
        init
        {
            if (!double.IsFinite(value) || value <= 0)
            {
                throw new ArgumentOutOfRangeException(nameof(value), value, "A positive finite number is accepted.");
            }

            field = value;
        }
    }
    = 1;

    /// <summary>The model behind (scale · x - mean) / std. The input keeps its name and type; metadata state the bounds 0 and 1.</summary>
    /// <exception cref="UnfitSettingException">The model has no such input, or its element type or channels do not fit.</exception>
    /// <exception cref="InvalidModelException">The model has no input of floating point or states no shape of it, or a subgraph reads it.</exception>
    public OnnxGraph Apply(OnnxGraph model)
    {
        ArgumentNullException.ThrowIfNull(model);
        GraphValue input = InputOf(model);
        int axis = AxisOf(input);
        FreshNames names = new(model.Inputs.Select(value => value.Name).Concat(model.Initializers.Keys).Concat(model.Nodes.SelectMany(node => node.Outputs.Concat(node.Uses))));
        List<KeyValuePair<string, ConstantTensor>> constants = [];
        List<GraphNode> nodes = [];

        string Constant(string name, IReadOnlyList<double> numbers)
        {
            string fresh = names.Fresh($"normalization.{name}");
            long[] sizes = numbers.Count == 1 ? [] : [numbers.Count, .. Enumerable.Repeat(1L, input.Type.Shape!.Rank - 1 - axis)];
            int next = 0;
            constants.Add(new(fresh, ParameterInitializer.Fill(input.Type.Element, sizes, () => numbers[next++])));
            return fresh;
        }

        string Add(string @operator, string name, string left, string right)
        {
            string output = names.Fresh(name);
            nodes.Add(new(@operator, [left, right], [output], name: output));
            return output;
        }

        string pixels = Scale == 1 ? input.Name : Add("Mul", "normalization.scaled", input.Name, Constant("scale", [Scale]));
        string centered = Add("Sub", "normalization.centered", pixels, Constant("mean", Normalization.Mean));
        string normalized = Add("Div", "normalization", centered, Constant("std", Normalization.Std));
        nodes.AddRange(model.Nodes.Select(node => Rewired(node, input.Name, normalized)));

        ModelMetadata metadata = new()
        {
            InputBounds = new([Darkest], [Brightest]),
            Layout = Layout == ChannelLayout.Nchw ? "CHW" : "HWC",
            Normalization = JsonSerializer.Serialize(new { mean = Normalization.Mean, std = Normalization.Std, scale = Scale }),
        };
        return new(model.Inputs, model.Outputs, nodes, model.Initializers.Concat(constants), model.Opset, model.Metadata.SetItems(metadata.ToEntries()), model.Name)
        {
            Source = model.Source,
        };
    }

    private GraphValue InputOf(OnnxGraph model)
    {
        string all = string.Join(", ", model.Inputs);
        if (Input is not null)
        {
            GraphValue named = model.Inputs.FirstOrDefault(value => value.Name == Input) ?? throw new UnfitSettingException("input", $"the model has no input '{Input}'; its inputs are {all}.");
            return named.Type.Element.IsFloatingPoint
                ? named
                : throw new UnfitSettingException("input", $"the input '{Input}' is {named.Type}; a floating-point type is accepted: integers cannot be normalized in their own type.");
        }

        return model.Inputs.Where(value => value.Type.Element.IsFloatingPoint).ToArray() switch
        {
            [GraphValue only] => only,
            [] => throw new InvalidModelException($"the model has no input of floating point; its inputs are {all}."),
            _ => throw new UnfitSettingException("input", $"the model has several inputs of floating point; name one of them. Its inputs are {all}."),
        };
    }

    // The dimension of the channels; checks that every list has one number, or one per channel.
    private int AxisOf(GraphValue input)
    {
        TensorShape shape = input.Type.Shape ?? throw new InvalidModelException($"the input '{input.Name}' states no shape; one is needed to know its channels.");
        int axis = Layout == ChannelLayout.Nchw ? 1 : shape.Rank - 1;
        foreach ((string name, IReadOnlyList<double> numbers) in new[] { ("mean", Normalization.Mean), ("std", Normalization.Std) })
        {
            if (numbers.Count == 1)
            {
                continue;
            }

            if (shape.Rank < 2)
            {
                throw new UnfitSettingException(name, $"the input '{input.Name}' is {input.Type}, without channels; {name} has {numbers.Count} numbers, and one is accepted.");
            }

            if (shape[axis].Value is { } channels && channels != numbers.Count)
            {
                throw new UnfitSettingException(name, $"the input '{input.Name}' is {input.Type}, with {channels} channels in {(Layout == ChannelLayout.Nchw ? "NCHW" : "NHWC")}; {name} has {numbers.Count} numbers, and {channels} or one are accepted.");
            }
        }

        return axis;
    }

    private static GraphNode Rewired(GraphNode node, string input, string normalized)
    {
        if (!node.Uses.Contains(input))
        {
            return node;
        }

        if (node.Attributes.Subgraphs.Any() && !node.Inputs.Contains(input))
        {
            throw new InvalidModelException($"Node {node} reads the input '{input}' in a subgraph, where it cannot be replaced; models whose subgraphs do not are accepted.");
        }

        return new(node.Operator, node.Inputs.Select(name => name == input ? normalized : name), node.Outputs, node.Attributes, node.Name, node.Domain)
        {
            Source = OnnxModelFile.Remarks(node),
        };
    }
}
