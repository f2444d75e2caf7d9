namespace GradientDynamics.Onnx.Graph;

/// <summary>Puts nodes in an order in which every value is produced before it is used, and refuses graphs that have none.</summary>
internal static class GraphOrder
{
    public static IReadOnlyList<GraphNode> Sort(OnnxGraph graph, GraphNode[] nodes)
    {
        HashSet<string> ready = new(graph.Initializers.Keys, StringComparer.Ordinal);
        if (ready.Contains(""))
        {
            throw new InvalidModelException("An initializer has no name.");
        }

        foreach (GraphValue input in graph.Inputs)
        {
            if (input.Name.Length == 0)
            {
                throw new InvalidModelException("An input of the graph has no name.");
            }

            if (!ready.Add(input.Name))
            {
                throw new InvalidModelException($"The graph has the value '{input.Name}' twice among its inputs and initializers.");
            }
        }

        Dictionary<string, GraphNode> producers = new(StringComparer.Ordinal);
        foreach (GraphNode node in nodes)
        {
            foreach (string output in node.Outputs.Where(output => output.Length > 0))
            {
                if (ready.Contains(output) || !producers.TryAdd(output, node))
                {
                    throw new InvalidModelException($"Node {node} produces the value '{output}', which exists already.");
                }
            }
        }

        // Depth first in the file's order: a file in order stays as it is. Iterative, since a chain may be deeper than the stack.
        List<GraphNode> sorted = new(nodes.Length);
        Dictionary<GraphNode, bool> visited = []; // false while a node's inputs are being visited
        Stack<(GraphNode Node, int Next)> path = new();
        foreach (GraphNode root in nodes)
        {
            if (visited.ContainsKey(root))
            {
                continue;
            }

            visited[root] = false;
            path.Push((root, 0));
            while (path.TryPop(out (GraphNode Node, int Next) current))
            {
                if (current.Next == current.Node.Inputs.Count)
                {
                    visited[current.Node] = true;
                    sorted.Add(current.Node);
                    continue;
                }

                path.Push((current.Node, current.Next + 1));
                string input = current.Node.Inputs[current.Next];
                if (input.Length == 0 || ready.Contains(input))
                {
                    continue;
                }

                if (!producers.TryGetValue(input, out GraphNode? producer))
                {
                    throw new InvalidModelException($"Node {current.Node} uses the value '{input}', which nothing produces.");
                }

                if (!visited.TryGetValue(producer, out bool done))
                {
                    visited[producer] = false;
                    path.Push((producer, 0));
                }
                else if (!done)
                {
                    throw new InvalidModelException($"Node {producer} depends on its own output '{input}'.");
                }
            }
        }

        HashSet<string> given = new(StringComparer.Ordinal);
        foreach (GraphValue output in graph.Outputs)
        {
            if (!given.Add(output.Name))
            {
                throw new InvalidModelException($"The graph has the output '{output.Name}' twice.");
            }

            if (!ready.Contains(output.Name) && !producers.ContainsKey(output.Name))
            {
                throw new InvalidModelException($"The graph's output '{output.Name}' is produced by nothing.");
            }
        }

        return sorted;
    }
}
