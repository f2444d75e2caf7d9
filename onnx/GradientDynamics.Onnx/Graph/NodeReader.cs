using GradientDynamics.Onnx.Opsets;
using OnnxProto;

namespace GradientDynamics.Onnx.Graph;

/// <summary>Reads the nodes of a graph and of its subgraphs: calls of the model's functions written out, in an order in which they can be computed, and in the forms of the graph's opset.</summary>
internal sealed class NodeReader
{
    private readonly ModelProto _model;
    private readonly Func<TensorProto, ConstantTensor> _readTensor;
    private readonly FreshNames _names;
    private readonly ModelFunctions _functions;
    private readonly Dictionary<GraphNode, NodeOrigin> _origins = new(ReferenceEqualityComparer.Instance);

    public NodeReader(ModelProto model, Func<TensorProto, ConstantTensor> readTensor)
    {
        _model = model;
        _readTensor = readTensor;
        _names = new(model.Graph.AllNames());
        _functions = new(model, _names);
        FileOpset = OnnxModelFile.StandardOpset(model.OpsetImport);
        Opset = model.Functions.Select(function => OnnxModelFile.StandardOpset(function.OpsetImport)).Append(FileOpset).Append(OnnxGraph.WrittenOpset).Max();
    }

    /// <summary>The opset of the file.</summary>
    public int FileOpset { get; }

    /// <summary>The opset of the graph that is read: the newest of what is written, the file and its functions.</summary>
    public int Opset { get; }

    /// <summary>The nodes of the model's graph.</summary>
    public IReadOnlyList<GraphNode> Read(IReadOnlyList<GraphValue> inputs, OrderedInitializers initializers) =>
        Read(_model.Graph, new NodeOrigin(FileOpset), inputs, initializers, outer: null);

    private IReadOnlyList<GraphNode> Read(GraphProto graph, NodeOrigin origin, IReadOnlyList<GraphValue> inputs, OrderedInitializers initializers, TypeScope? outer)
    {
        IReadOnlyList<GraphNode> nodes = GraphOrder.Sort(
            [.. graph.Node.SelectMany(node => _functions.Inline(node, origin)).Select(read => ReadNode(read.Node, read.Origin))],
            inputs.Select(input => input.Name),
            initializers.Keys,
            graph.Output.Select(output => output.Name),
            outer is null ? null : name => outer.TypeOf(name) is not null);
        if (!nodes.Any(node => node.Attributes.Subgraphs.Any() || OpsetRaising.IsNeeded(node, _origins[node].Opset)))
        {
            return nodes;
        }

        TypeScope scope = new(Opset, graph.ValueInfo.Concat(graph.Output).Select(OnnxModelFile.ReadValue), outer);
        scope.Add(inputs);
        scope.Add(initializers);
        HashSet<string> used = [.. nodes.SelectMany(node => node.Uses), .. graph.Output.Select(output => output.Name)];
        List<GraphNode> raised = new(nodes.Count);
        foreach (GraphNode node in nodes)
        {
            foreach ((string attribute, GraphProto subgraph) in node.Attributes.Subgraphs)
            {
                ReadSubgraph(node, attribute, subgraph, scope);
            }

            raised.AddRange(OpsetRaising.Raise(node, _origins[node].Opset, scope, _names, used.Contains));
        }

        return raised;
    }

    // The message was parsed for this graph alone: what the subgraph becomes is written into it.
    private void ReadSubgraph(GraphNode node, string attribute, GraphProto subgraph, TypeScope outer)
    {
        try
        {
            OrderedInitializers initializers = OrderedInitializers.Of(subgraph.Initializer.Select(tensor => KeyValuePair.Create(tensor.Name, _readTensor(tensor))));
            GraphValue[] inputs = [.. subgraph.Input.Where(input => !initializers.ContainsKey(input.Name)).Select(OnnxModelFile.ReadValue)];
            NodeProto[] nodes = [.. Read(subgraph, _origins[node], inputs, initializers, outer).Select(OnnxModelFile.WriteNode)];
            subgraph.Node.Clear();
            subgraph.Node.Add(nodes);
        }
        catch (InvalidModelException error)
        {
            string message = $"Node {node}: in its subgraph '{attribute}': {error.Message}";
            throw error is UnsupportedOperatorException ? new UnsupportedOperatorException(message) : new InvalidModelException(message, error);
        }
    }

    private GraphNode ReadNode(NodeProto node, NodeOrigin origin)
    {
        try
        {
            GraphNode read = new(node.OpType, node.Input, node.Output, NodeAttributes.Read(node.Attribute, _readTensor), node.Name, node.Domain) { Source = node };
            _origins.Add(read, origin);
            return read;
        }
        catch (InvalidModelException error)
        {
            GraphNode label = new(node.OpType, node.Input, node.Output, name: node.Name, domain: node.Domain);
            throw new InvalidModelException($"Node {label}: {error.Message}", error);
        }
    }
}
