using OnnxProto;

namespace GradientDynamics.Onnx.Graph;

/// <summary>Names of values in subgraphs, as the file has them.</summary>
internal static class SubgraphNames
{
    extension(GraphProto graph)
    {
        /// <summary>Values that the subgraph uses and the graph around it must have.</summary>
        public IEnumerable<string> Captures()
        {
            HashSet<string> own = [.. graph.Defined()];
            return graph.Node.SelectMany(node => node.Uses()).Concat(graph.Output.Select(output => output.Name)).Where(name => name.Length > 0 && !own.Contains(name)).Distinct();
        }

        /// <summary>Values that the graph itself has, without those in subgraphs of its nodes.</summary>
        public IEnumerable<string> Defined() => graph.Input.Select(input => input.Name)
            .Concat(graph.Initializer.Select(tensor => tensor.Name))
            .Concat(graph.Node.SelectMany(node => node.Output))
            .Where(name => name.Length > 0);

        /// <summary>Every name of a value that occurs in the graph or in a subgraph.</summary>
        public IEnumerable<string> AllNames() => graph.Defined()
            .Concat(graph.Node.SelectMany(node => node.Input.Concat(node.Subgraphs().SelectMany(each => each.AllNames()))))
            .Concat(graph.Output.Select(output => output.Name));
    }

    extension(AttributeProto attribute)
    {
        /// <summary>The subgraphs of an attribute.</summary>
        public IEnumerable<GraphProto> Subgraphs() => (attribute.G is { } graph ? [graph] : Enumerable.Empty<GraphProto>()).Concat(attribute.Graphs);
    }

    extension(NodeProto node)
    {
        /// <summary>The subgraphs of a node.</summary>
        public IEnumerable<GraphProto> Subgraphs() => node.Attribute.SelectMany(attribute => attribute.Subgraphs());

        private IEnumerable<string> Uses() => node.Input.Concat(node.Subgraphs().SelectMany(graph => graph.Captures()));
    }
}
