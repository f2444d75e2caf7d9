namespace GradientDynamics.Onnx.Graph;

/// <summary>Puts nodes in an order in which every value is produced before it is used, and refuses graphs that have none.</summary>
internal static class GraphOrder
{
    /// <summary>The nodes in order.</summary>
    /// <param name="nodes">The nodes in the file's order.</param>
    /// <param name="inputs">Names that a caller gives.</param>
    /// <param name="initializers">Names of constants.</param>
    /// <param name="outputs">Names that must be there in the end.</param>
    /// <param name="isOuter">Of a subgraph: whether the graph around it has a value.</param>
    public static IReadOnlyList<GraphNode> Sort(
        IReadOnlyCollection<GraphNode> nodes, IEnumerable<string> inputs, IEnumerable<string> initializers, IEnumerable<string> outputs, Func<string, bool>? isOuter = null)
    {
        HashSet<string> ready = new(initializers, StringComparer.Ordinal);
        if (ready.Contains(""))
        {
            throw new InvalidModelException("An initializer has no name.");
        }

        foreach (string input in inputs)
        {
            if (input.Length == 0)
            {
                throw new InvalidModelException("An input of the graph has no name.");
            }

            if (!ready.Add(input))
            {
                throw new InvalidModelException($"The graph has the value '{input}' twice among its inputs and initializers.");
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
        List<GraphNode> sorted = new(nodes.Count);
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
                if (current.Next == current.Node.Uses.Count)
                {
                    visited[current.Node] = true;
                    sorted.Add(current.Node);
                    continue;
                }

                path.Push((current.Node, current.Next + 1));
                string input = current.Node.Uses[current.Next];
                if (ready.Contains(input))
                {
                    continue;
                }

                if (!producers.TryGetValue(input, out GraphNode? producer))
                {
                    if (isOuter?.Invoke(input) == true)
                    {
                        continue;
                    }

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
        foreach (string output in outputs)
        {
            if (!given.Add(output))
            {
                throw new InvalidModelException($"The graph has the output '{output}' twice.");
            }

            if (!ready.Contains(output) && !producers.ContainsKey(output) && isOuter?.Invoke(output) != true)
            {
                throw new InvalidModelException($"The graph's output '{output}' is produced by nothing.");
            }
        }

        return sorted;
    }
}
