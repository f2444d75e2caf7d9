using OnnxProto;

namespace GradientDynamics.Onnx.Graph;

/// <summary>The graphs that a node holds in its attributes (If, Loop and Scan do), as far as the graph around them is concerned.</summary>
internal static class Subgraphs
{
    /// <summary>Whether the node holds graphs.</summary>
    public static bool Any(GraphNode node) => Of(node).Any();

    /// <summary>The values that the node reads: its inputs, and what its graphs take from the graph around them.</summary>
    public static IEnumerable<string> ReadBy(GraphNode node) => node.Inputs.Where(input => input.Length > 0).Concat(Of(node).SelectMany(Captured));

    /// <summary>The values that the node's graphs produce, at any depth.</summary>
    public static IEnumerable<string> Produced(GraphNode node) => Of(node).SelectMany(Produced);

    private static IEnumerable<GraphProto> Of(GraphNode node) => node.Attributes.Compounds.SelectMany(Of);

    private static IEnumerable<GraphProto> Of(NodeProto node) => node.Attribute.SelectMany(Of);

    private static IEnumerable<GraphProto> Of(AttributeProto attribute) => attribute.Type switch
    {
        AttributeProto.Types.AttributeType.Graph => [attribute.G],
        AttributeProto.Types.AttributeType.Graphs => attribute.Graphs,
        _ => [],
    };

    private static IEnumerable<string> Captured(GraphProto graph)
    {
        HashSet<string> own = [.. OwnValues(graph)];
        return graph.Node.SelectMany(node => node.Input.Concat(Of(node).SelectMany(Captured)))
            .Concat(graph.Output.Select(output => output.Name))
            .Where(name => name.Length > 0 && !own.Contains(name));
    }

    private static IEnumerable<string> Produced(GraphProto graph) => OwnValues(graph).Concat(graph.Node.SelectMany(Of).SelectMany(Produced));

    private static IEnumerable<string> OwnValues(GraphProto graph) => graph.Input.Select(input => input.Name)
        .Concat(graph.Initializer.Select(tensor => tensor.Name))
        .Concat(graph.Node.SelectMany(node => node.Output));
}
