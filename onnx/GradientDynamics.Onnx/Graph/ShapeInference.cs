using GradientDynamics.Onnx.Operators;

namespace GradientDynamics.Onnx.Graph;

/// <summary>Infers the element type and shape of every value of a graph, with named dimensions kept and shape computations folded.</summary>
public static class ShapeInference
{
    /// <summary>Types of all values by name: inputs, initializers and outputs of every node. What cannot be known is <see cref="ElementType.Undefined"/> or has no shape.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="strict">Whether an operator without a schema is an error; otherwise its outputs have the type that the file declares, or none.</param>
    /// <exception cref="InvalidModelException">A node's operands or attributes do not fit, or a declared type contradicts the inferred one.</exception>
    /// <exception cref="UnsupportedOperatorException">The graph's opset is not read, or strict and an operator has no schema.</exception>
    public static IReadOnlyDictionary<string, TensorType> Infer(OnnxGraph graph, bool strict = false)
    {
        Dictionary<string, TensorType> types = new(StringComparer.Ordinal);
        Dictionary<string, IntegerTensor> integers = new(StringComparer.Ordinal);
        foreach ((string name, ConstantTensor tensor) in graph.Initializers)
        {
            types.Add(name, new(tensor.Element, tensor.Shape));
            if (IntegerTensor.Of(tensor) is { } known)
            {
                integers.Add(name, known);
            }
        }

        foreach (GraphValue input in graph.Inputs)
        {
            CheckCountable(input.Type, $"Input '{input.Name}'");
            types.Add(input.Name, Known(input.Type));
        }

        Dictionary<string, TensorType> declared = new(StringComparer.Ordinal);
        foreach (GraphValue value in graph.DeclaredValues.Concat(graph.Outputs))
        {
            declared[value.Name] = Known(value.Type);
        }

        foreach (GraphNode node in graph.Nodes)
        {
            InferNode(graph, node, strict, types, integers, declared);
        }

        // An output may be an input or an initializer itself.
        foreach (GraphValue output in graph.Outputs)
        {
            types[output.Name] = Reconcile(output.Name, types[output.Name], Known(output.Type), "the graph");
        }

        return types;
    }

    private static void InferNode(
        OnnxGraph graph,
        GraphNode node,
        bool strict,
        Dictionary<string, TensorType> types,
        Dictionary<string, IntegerTensor> integers,
        Dictionary<string, TensorType> declared)
    {
        TensorType[] inferred;
        if (node.Domain.Length == 0 && OperatorTable.All.TryGetValue(node.Operator, out OperatorSchema? schema))
        {
            OperatorCall call = new(
                node,
                graph.Opset,
                [.. node.Inputs.Select(input => input.Length > 0 ? types[input] : null)],
                [.. node.Inputs.Select(input => integers.GetValueOrDefault(input))]);
            inferred = schema.Infer(call);
            if (node.Output(0) is { } first && schema.FoldWithin(call, inferred[0].Element) is { } folded)
            {
                integers[first] = folded;
            }
        }
        else if (strict)
        {
            throw new UnsupportedOperatorException($"Node {node}: there is no schema for the operator {(node.Domain.Length > 0 ? node.Domain + "." : "")}{node.Operator}.");
        }
        else
        {
            inferred = [.. node.Outputs.Select(_ => new TensorType(ElementType.Undefined, null))];
        }

        foreach ((int index, string output) in node.Outputs.Index())
        {
            if (output.Length == 0)
            {
                continue;
            }

            TensorType type = inferred[index];
            if (declared.TryGetValue(output, out TensorType? stated))
            {
                type = Reconcile(output, type, stated, $"node {node}");
            }

            CheckCountable(type, $"Node {node}: its output '{output}'");
            types[output] = type;
        }
    }

    // Of what is inferred and what is declared, which must agree, what says more.
    private static TensorType Reconcile(string name, TensorType inferred, TensorType declared, string producer)
    {
        InvalidModelException Mismatch() => new($"Value '{name}' is declared {declared}; {producer} gives {inferred}.");
        if (inferred.Element != declared.Element && inferred.Element != ElementType.Undefined && declared.Element != ElementType.Undefined)
        {
            throw Mismatch();
        }

        ElementType element = inferred.Element == ElementType.Undefined ? declared.Element : inferred.Element;
        if (inferred.Shape is not { } shape || declared.Shape is not { } other)
        {
            return new(element, inferred.Shape ?? declared.Shape);
        }

        if (shape.Rank != other.Rank)
        {
            throw Mismatch();
        }

        var dimensions = new Dimension[shape.Rank];
        for (int i = 0; i < dimensions.Length; i++)
        {
            dimensions[i] = OperatorCall.MayEqual(shape[i], other[i]) ? OperatorCall.Unify(shape[i], other[i]) : throw Mismatch();
        }

        return new(element, new(dimensions));
    }

    // Types that this library does not hold (complex numbers, sequences) are unknown.
    private static TensorType Known(TensorType type) => Enum.IsDefined(type.Element) ? type : new(ElementType.Undefined, type.Shape);

    private static void CheckCountable(TensorType type, string what)
    {
        try
        {
            _ = checked((type.Shape?.ElementCount ?? 0) * Math.Max(type.Element.Size, 1));
        }
        catch (OverflowException)
        {
            throw new InvalidModelException($"{what} is {type}, more elements than can be counted.");
        }
    }
}
