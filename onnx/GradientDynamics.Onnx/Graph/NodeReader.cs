using GradientDynamics.Onnx.Opsets;
using OnnxProto;

namespace GradientDynamics.Onnx.Graph;

/// <summary>Reads the nodes of a graph and of its subgraphs: in an order in which they can be computed, and in the forms of the graph's opset.</summary>
internal sealed class NodeReader(ModelProto model, Func<TensorProto, ConstantTensor> readTensor)
{
    private readonly FreshNames _names = new(model.Graph.AllNames());

    /// <summary>The nodes of the model's graph.</summary>
    public IReadOnlyList<GraphNode> Read(int opset, IReadOnlyList<GraphValue> inputs, OrderedInitializers initializers) =>
        Read(model.Graph, opset, inputs, initializers, outer: null);

    private IReadOnlyList<GraphNode> Read(GraphProto graph, int opset, IReadOnlyList<GraphValue> inputs, OrderedInitializers initializers, TypeScope? outer)
    {
        IReadOnlyList<GraphNode> nodes = GraphOrder.Sort(
            [.. graph.Node.Select(ReadNode)],
            inputs.Select(input => input.Name),
            initializers.Keys,
            graph.Output.Select(output => output.Name),
            outer is null ? null : name => outer.TypeOf(name) is not null);
        if (!nodes.Any(node => node.Attributes.Subgraphs.Any() || OpsetRaising.IsNeeded(node, opset)))
        {
            return nodes;
        }

        TypeScope scope = new(Math.Max(opset, OnnxGraph.WrittenOpset), graph.ValueInfo.Concat(graph.Output).Select(OnnxModelFile.ReadValue), outer);
        scope.Add(inputs);
        scope.Add(initializers);
        HashSet<string> used = [.. nodes.SelectMany(node => node.Uses), .. graph.Output.Select(output => output.Name)];
        List<GraphNode> raised = new(nodes.Count);
        foreach (GraphNode node in nodes)
        {
            foreach ((string attribute, GraphProto subgraph) in node.Attributes.Subgraphs)
            {
                ReadSubgraph(node, attribute, subgraph, opset, scope);
            }

            raised.AddRange(OpsetRaising.Raise(node, opset, scope, _names, used.Contains));
        }

        return raised;
    }

    // The message was parsed for this graph alone: what the subgraph becomes is written into it.
    private void ReadSubgraph(GraphNode node, string attribute, GraphProto subgraph, int opset, TypeScope outer)
    {
        try
        {
            OrderedInitializers initializers = OrderedInitializers.Of(subgraph.Initializer.Select(tensor => KeyValuePair.Create(tensor.Name, readTensor(tensor))));
            GraphValue[] inputs = [.. subgraph.Input.Where(input => !initializers.ContainsKey(input.Name)).Select(OnnxModelFile.ReadValue)];
            NodeProto[] nodes = [.. Read(subgraph, opset, inputs, initializers, outer).Select(OnnxModelFile.WriteNode)];
            subgraph.Node.Clear();
            subgraph.Node.Add(nodes);
        }
        catch (InvalidModelException error)
        {
            string message = $"Node {node}: in its subgraph '{attribute}': {error.Message}";
            throw error is UnsupportedOperatorException ? new UnsupportedOperatorException(message) : new InvalidModelException(message, error);
        }
    }

    private GraphNode ReadNode(NodeProto node)
    {
        try
        {
            return new(node.OpType, node.Input, node.Output, NodeAttributes.Read(node.Attribute, readTensor), node.Name, node.Domain) { Source = node };
        }
        catch (InvalidModelException error)
        {
            GraphNode label = new(node.OpType, node.Input, node.Output, name: node.Name, domain: node.Domain);
            throw new InvalidModelException($"Node {label}: {error.Message}", error);
        }
    }
}
