using GradientDynamics.Onnx.Graph;
using OnnxProto;

namespace GradientDynamics.Onnx.FineTuning;

/// <summary>A graph while it is changed: nodes, initializers, inputs and outputs that may be replaced. What nobody touches stays as the file has it.</summary>
internal sealed class GraphEdit(OnnxGraph graph)
{
    private readonly List<string> _order = [.. graph.Initializers.Keys];

    /// <summary>The nodes.</summary>
    public List<GraphNode> Nodes { get; } = [.. graph.Nodes];

    /// <summary>The initializers by name.</summary>
    public Dictionary<string, ConstantTensor> Initializers { get; } = graph.Initializers.ToDictionary(StringComparer.Ordinal);

    /// <summary>The inputs.</summary>
    public List<GraphValue> Inputs { get; } = [.. graph.Inputs];

    /// <summary>The outputs.</summary>
    public List<GraphValue> Outputs { get; } = [.. graph.Outputs];

    /// <summary>The node that produces a value, or null.</summary>
    public GraphNode? Producer(string value) => Nodes.Find(node => node.Outputs.Contains(value));

    /// <summary>Number of places in which a value stands.</summary>
    public int Uses(string value) => Nodes.Sum(node => node.Uses.Count(used => used == value)) + Outputs.Count(output => output.Name == value);

    /// <summary>Sets an initializer; a new one comes last.</summary>
    public void Set(string name, ConstantTensor value)
    {
        if (!Initializers.ContainsKey(name))
        {
            _order.Add(name);
        }

        Initializers[name] = value;
    }

    /// <summary>Replaces a node by one with other inputs, attributes or outputs.</summary>
    public GraphNode Replace(GraphNode node, IEnumerable<string>? inputs = null, NodeAttributes? attributes = null, IEnumerable<string>? outputs = null)
    {
        GraphNode changed = new(node.Operator, inputs ?? node.Inputs, outputs ?? node.Outputs, attributes ?? node.Attributes, node.Name, node.Domain) { Source = OnnxModelFile.Remarks(node) };
        Nodes[Nodes.IndexOf(node)] = changed;
        return changed;
    }

    /// <summary>Gives a value's consumers another value.</summary>
    /// <exception cref="InvalidModelException">A node's own graph uses the value.</exception>
    public void Redirect(string from, string to)
    {
        if (Nodes.Find(node => node.Uses.Except(node.Inputs).Contains(from)) is { } holder)
        {
            throw new InvalidModelException($"Node {holder} uses '{from}' in a graph of its own; a model in which only nodes use it is accepted.");
        }

        foreach (GraphNode node in Nodes.Where(node => node.Inputs.Contains(from)).ToArray())
        {
            Replace(node, node.Inputs.Select(input => input == from ? to : input));
        }
    }

    /// <summary>A name that no value has, made of the one given.</summary>
    public string Unused(string name)
    {
        HashSet<string> taken = [.. Initializers.Keys, .. Inputs.Select(input => input.Name), .. Nodes.SelectMany(node => node.Outputs)];
        string unused = name;
        for (int number = 2; taken.Contains(unused); number++)
        {
            unused = $"{name}_{number}";
        }

        return unused;
    }

    /// <summary>The changed graph without nodes and initializers that no output needs.</summary>
    public OnnxGraph ToGraph()
    {
        HashSet<string> needed = new(Outputs.Select(output => output.Name), StringComparer.Ordinal);
        OnnxGraph ordered = new(Inputs, Outputs, Nodes, Ordered(_ => true), graph.Opset, graph.Metadata, graph.Name);
        List<GraphNode> kept = [];
        foreach (GraphNode node in ordered.Nodes.Reverse().Where(node => node.Outputs.Any(needed.Contains)))
        {
            kept.Add(node);
            needed.UnionWith(node.Uses);
        }

        kept.Reverse();
        return new(Inputs, Outputs, kept, Ordered(needed.Contains), graph.Opset, graph.Metadata, graph.Name) { Source = Shell() };
    }

    private IEnumerable<KeyValuePair<string, ConstantTensor>> Ordered(Func<string, bool> isKept) =>
        _order.Where(name => Initializers.ContainsKey(name) && isKept(name)).Select(name => KeyValuePair.Create(name, Initializers[name]));

    // What the file said beyond the graph. The types that it declares within may be true no longer; they follow from the rest.
    private ModelProto? Shell()
    {
        if (graph.Source?.Clone() is not { } model)
        {
            return null;
        }

        model.Graph.ValueInfo.Clear();
        foreach (ValueInfoProto input in model.Graph.Input)
        {
            // Before IR version 4 an initializer is an input too.
            if (Initializers.TryGetValue(input.Name, out ConstantTensor? tensor) && input.Type?.TensorType is { } type)
            {
                type.Shape = new() { Dim = { tensor.Sizes.ToArray().Select(size => new TensorShapeProto.Types.Dimension { DimValue = size }) } };
            }
        }

        return model;
    }
}
