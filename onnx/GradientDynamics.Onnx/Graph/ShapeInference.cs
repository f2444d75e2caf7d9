namespace GradientDynamics.Onnx.Graph;

/// <summary>Infers the element type and shape of every value of a graph, with named dimensions kept and shape computations folded.</summary>
public static class ShapeInference
{
    /// <summary>Types of all values by name: inputs, initializers and outputs of every node. What cannot be known is <see cref="ElementType.Undefined"/> or has no shape.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="strict">Whether an operator without a schema is an error; otherwise its outputs have the type that the file declares, or none.</param>
    /// <exception cref="InvalidModelException">A node's operands or attributes do not fit, or a declared type contradicts the inferred one.</exception>
    /// <exception cref="UnsupportedOperatorException">The graph's opset is not read, or strict and an operator has no schema.</exception>
    public static IReadOnlyDictionary<string, TensorType> Infer(OnnxGraph graph, bool strict = false) => InferScope(graph, strict).Types;

    /// <summary>The types, and the constants and integers that are known.</summary>
    internal static TypeScope InferScope(OnnxGraph graph, bool strict = false)
    {
        TypeScope scope = new(graph.Opset, graph.DeclaredValues.Concat(graph.Outputs));
        scope.Add(graph.Inputs);
        scope.Add(graph.Initializers);
        foreach (GraphNode node in graph.Nodes)
        {
            scope.Add(node, strict);
        }

        scope.Close(graph.Outputs);
        return scope;
    }
}
