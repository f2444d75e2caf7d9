using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Gradients;

/// <summary>The gradient of a projection of a graph's outputs, as a graph of standard operators: what any graph, classifier or not, can be checked with.</summary>
/// <param name="Graph">The graph: the model's inputs and the projections to the gradient.</param>
/// <param name="Input">The input that is differentiated.</param>
/// <param name="Gradient">Name of the only output, which has the input's type and shape.</param>
/// <param name="Projections">By output of the model the name of the input that holds its projection, which has the output's type and shape.</param>
/// <param name="StraightThrough">The nodes that the gradient passes straight through, in words; it is the outputs' derivative where there is none.</param>
public sealed record ProjectionGradient(
    OnnxGraph Graph, string Input, string Gradient, IReadOnlyDictionary<string, string> Projections, IReadOnlyList<string> StraightThrough);

/// <summary>Differentiates Σ ⟨cₖ, yₖ⟩, the outputs yₖ of a graph projected on tensors cₖ that are given, with respect to one input.</summary>
public static class ProjectionGradientGraph
{
    /// <summary>The gradient with respect to <paramref name="input"/>; null where the outputs do not depend on it through operators that have gradients.</summary>
    /// <param name="model">The graph.</param>
    /// <param name="input">One of its inputs, of floating point.</param>
    /// <param name="outputs">The outputs that are projected, of floating point.</param>
    /// <exception cref="UnsupportedOperatorException">The gradient passes through an operator, or a form of it, without a rule; the message names the node.</exception>
    /// <exception cref="InvalidModelException">The graph has no such input or output of floating point, or a node's operands do not fit.</exception>
    public static ProjectionGradient? Derive(OnnxGraph model, string input, IReadOnlyCollection<string> outputs)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(outputs);
        ArgumentOutOfRangeException.ThrowIfZero(outputs.Count, nameof(outputs));
        IReadOnlyDictionary<string, TensorType> types = ShapeInference.Infer(model);
        GraphValue differentiated = model.Inputs.FirstOrDefault(value => value.Name == input && value.Type.Element.IsFloatingPoint)
            ?? throw new InvalidModelException($"The graph has no input '{input}' of floating point to differentiate; its inputs are {string.Join(", ", model.Inputs)}.");

        GradientGraph names = new(model, []);
        Dictionary<string, string> projections = new(StringComparer.Ordinal);
        List<GraphValue> inputs = [.. model.Inputs];
        List<string> terms = [];
        foreach (string output in outputs)
        {
            if (model.Outputs.All(value => value.Name != output) || !types[output].Element.IsFloatingPoint)
            {
                throw new InvalidModelException($"The graph has no output '{output}' of floating point to project; its outputs are {string.Join(", ", model.Outputs)}.");
            }

            string projection = names.Fresh($"projection/{output}");
            projections.Add(output, projection);
            inputs.Add(new(projection, types[output]));
            // A product of matrices, not of elements: nothing broadcasts where the output's shape is not known.
            terms.Add(names.Add("MatMul", names.Reshape(output, 1, -1), names.Reshape(projection, -1, 1)));
        }

        string sum = names.Add("Sum", [.. terms]);
        OnnxGraph projected = new(
            inputs,
            [new(sum, new(types[outputs.First()].Element, TensorShape.Of(1, 1)))],
            [.. model.Nodes, .. names.Nodes],
            model.Initializers,
            names.Opset,
            model.Metadata,
            model.Name)
        {
            Source = model.Source,
        };
        return Derive(projected, differentiated, sum, projections);
    }

    private static ProjectionGradient? Derive(OnnxGraph projected, GraphValue input, string sum, Dictionary<string, string> projections)
    {
        TypeScope scope = ShapeInference.InferScope(projected);
        IReadOnlyDictionary<string, TensorType> types = scope.Types;
        GradientGraph graph = new(projected, []);
        Backpropagation pass = new(projected, scope, graph, input.Name, sum);
        if (!pass.IsActive(sum) || pass.Run(input.Name, sum, graph.Constant(GradientGraph.Numbers(types[sum].Element, [1], 1, 1))) is not { } gradient)
        {
            return null;
        }

        GraphNode[] nodes = [.. pass.ForwardNodes, .. graph.Nodes];
        HashSet<string> used = [.. nodes.SelectMany(node => node.Inputs)];
        OnnxGraph companion = new(
            projected.Inputs,
            [new(gradient, types[input.Name])],
            nodes,
            projected.Initializers.Where(pair => used.Contains(pair.Key)),
            graph.Opset,
            projected.Metadata,
            projected.Name + ".gradient")
        {
            Source = projected.Source,
        };
        return new(companion, input.Name, gradient, projections, [.. pass.StraightThroughNodes.Select(node => node.ToString())]);
    }
}
