using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Gradients;

/// <summary>
/// The nodes that differentiation adds to a graph. Names are fresh and follow from the order of the calls alone, and equal constants are
/// one constant. The operators that are used have the same form in every opset that a graph may follow.
/// </summary>
internal sealed class GradientGraph
{
    private readonly HashSet<string> _names;
    private readonly List<GraphNode> _nodes = [];
    private readonly Dictionary<string, string> _constants = new(StringComparer.Ordinal);

    public GradientGraph(OnnxGraph model, IEnumerable<string> reserved)
    {
        Opset = model.Opset;
        _names = [.. NamesOf(model), .. reserved];
    }

    /// <summary>Operator set of the nodes.</summary>
    public int Opset { get; }

    /// <summary>The nodes so far.</summary>
    public IReadOnlyList<GraphNode> Nodes => _nodes;

    /// <summary>What is being differentiated: the first part of new names.</summary>
    public string Scope { get; set; } = "loss";

    /// <summary>Every name of a value in <paramref name="model"/>, its subgraphs included: ONNX forbids to use one twice.</summary>
    public static IEnumerable<string> NamesOf(OnnxGraph model) =>
        model.Inputs.Select(input => input.Name)
            .Concat(model.Initializers.Keys)
            .Concat(model.Nodes.SelectMany(node => node.Outputs.Concat(node.Attributes.Subgraphs.SelectMany(held => held.Graph.AllNames()))))
            .Where(name => name.Length > 0);

    /// <summary>Adds a node and returns the name of its output.</summary>
    public string Add(string @operator, params ReadOnlySpan<string> inputs) => Add(@operator, NodeAttributes.None, inputs);

    /// <inheritdoc cref="Add(string, ReadOnlySpan{string})"/>
    public string Add(string @operator, NodeAttributes attributes, params ReadOnlySpan<string> inputs) => AddMany(@operator, 1, attributes, inputs)[0];

    /// <summary>Adds a node of several outputs and returns their names.</summary>
    public string[] AddMany(string @operator, int outputs, NodeAttributes attributes, params ReadOnlySpan<string> inputs)
    {
        var names = new string[outputs];
        for (int i = 0; i < outputs; i++)
        {
            names[i] = Fresh($"{Scope}/gradient/{@operator}");
        }

        _nodes.Add(new(@operator, inputs.ToArray(), names, attributes, names[0]));
        return names;
    }

    /// <summary>Adds a node whose output has the name given.</summary>
    public void AddNamed(string output, string @operator, params ReadOnlySpan<string> inputs) =>
        _nodes.Add(new(@operator, inputs.ToArray(), [output], name: Fresh(output + "/" + @operator)));

    /// <summary>Gives a value of these nodes another name.</summary>
    public void Rename(string value, string name)
    {
        for (int i = 0; i < _nodes.Count; i++)
        {
            GraphNode node = _nodes[i];
            if (node.Inputs.Contains(value) || node.Outputs.Contains(value))
            {
                string[] Renamed(IReadOnlyList<string> names) => [.. names.Select(old => old == value ? name : old)];
                _nodes[i] = new(node.Operator, Renamed(node.Inputs), Renamed(node.Outputs), node.Attributes, node.Name);
            }
        }
    }

    /// <summary>A name that nothing has yet; <paramref name="wish"/> itself where it is free.</summary>
    public string Fresh(string wish)
    {
        string name = wish;
        for (int i = 1; !_names.Add(name); i++)
        {
            name = $"{wish}_{i}";
        }

        return name;
    }

    /// <summary>A constant, as a node.</summary>
    public string Constant(ConstantTensor value)
    {
        string key = $"{value.Element}{value.Shape}{Convert.ToHexString(value.Bytes.Span)}";
        if (!_constants.TryGetValue(key, out string? name))
        {
            name = Fresh($"gradient/constant{_constants.Count}");
            _nodes.Add(new("Constant", [], [name], NodeAttributes.None.With("value", value), name));
            _constants.Add(key, name);
        }

        return name;
    }

    /// <summary>A number without dimensions.</summary>
    public string Scalar(ElementType element, double value) => Constant(Numbers(element, [value]));

    /// <summary>A number without dimensions, for positions and sizes.</summary>
    public string Index(long value) => Constant(ConstantTensor.Scalar(value));

    /// <summary>A vector of 64-bit integers, as shape, axes and pads operands are.</summary>
    public string Indices(params ReadOnlySpan<long> values) => Constant(ConstantTensor.Vector(values));

    /// <summary>Numbers of a floating-point type; each is rounded once.</summary>
    public static ConstantTensor Numbers(ElementType element, ReadOnlySpan<double> values, params ReadOnlySpan<long> sizes) => element switch
    {
        ElementType.Float => ConstantTensor.Of<float>(Array.ConvertAll(values.ToArray(), value => (float)value), sizes),
        ElementType.Double => ConstantTensor.Of(values, sizes),
        ElementType.Float16 => ConstantTensor.Of<Half>(Array.ConvertAll(values.ToArray(), value => (Half)value), sizes),
        ElementType.BFloat16 => new(element, sizes, Array.ConvertAll(values.ToArray(), BFloat16Bytes).SelectMany(bytes => bytes).ToArray()),
        _ => throw new ArgumentOutOfRangeException(nameof(element), element, "A floating-point type is accepted."),
    };

    /// <summary>Sum over <paramref name="axes"/>.</summary>
    public string ReduceSum(string value, ReadOnlySpan<long> axes, bool keepDimensions = true) =>
        Add("ReduceSum", NodeAttributes.None.With("keepdims", keepDimensions ? 1 : 0), value, Indices(axes));

    /// <summary>Mean over <paramref name="axes"/>, which keep size 1.</summary>
    public string ReduceMean(string value, params ReadOnlySpan<long> axes) => Add("ReduceMean", value, Indices(axes));

    /// <summary>The value with dimensions of size 1 inserted at <paramref name="axes"/> of the result.</summary>
    public string Unsqueeze(string value, params ReadOnlySpan<long> axes) => axes.IsEmpty ? value : Add("Unsqueeze", value, Indices(axes));

    /// <summary>The value in another shape, one dimension of which may be -1.</summary>
    public string Reshape(string value, params ReadOnlySpan<long> sizes) => Add("Reshape", value, Indices(sizes));

    /// <summary>The value in the shape of <paramref name="like"/>; the shape is a constant where at most one dimension varies.</summary>
    public string ReshapeLike(string value, string like, TensorShape? shape)
    {
        if (shape is null || shape.Count(size => size.Value is null) > 1 || shape.Any(size => size.Value == 0))
        {
            return Add("Reshape", value, Add("Shape", like));
        }

        return Reshape(value, [.. shape.Select(size => size.Value ?? -1)]);
    }

    /// <summary>The value expanded along <paramref name="axes"/> to the shape of <paramref name="like"/>, which it has elsewhere.</summary>
    public string ExpandLike(string value, string like, TensorShape? shape, IReadOnlyCollection<int> axes)
    {
        if (shape is null || axes.Any(axis => shape[axis].Value is null))
        {
            return Add("Expand", value, Add("Shape", like));
        }

        return Add("Expand", value, Indices([.. Enumerable.Range(0, shape.Rank).Select(axis => axes.Contains(axis) ? shape[axis].Value!.Value : 1)]));
    }

    /// <summary>A vector of zeros, as long as <paramref name="like"/> has elements.</summary>
    public string ZeroVector(string like, TensorShape? shape, ElementType element)
    {
        string length = shape?.ElementCount is { } count ? Indices(count) : Add("Shape", Reshape(like, -1));
        return Add("ConstantOfShape", NodeAttributes.None.With("value", Numbers(element, [0], 1)), length);
    }

    /// <summary>A gradient with its channel factor multiplied in.</summary>
    public string Materialize(ValueGradient gradient, Func<int> rank) => gradient.ChannelFactor is null ? gradient.Name : BatchNormFolding.Materialize(this, gradient, rank());

    /// <summary>A value cast to another element type.</summary>
    public string Cast(string value, ElementType element) => Add("Cast", NodeAttributes.None.With("to", (long)element), value);

    private static byte[] BFloat16Bytes(double value)
    {
        // Round to nearest even on the upper half of the single-precision bits.
        uint bits = BitConverter.SingleToUInt32Bits((float)value);
        return BitConverter.GetBytes((ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16));
    }
}
