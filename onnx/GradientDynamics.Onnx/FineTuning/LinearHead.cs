using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.FineTuning;

/// <summary>The last fully connected layer of a network: Gemm, or MatMul with or without Add, behind which nothing but rearrangement stands.</summary>
/// <param name="Layer">The node that multiplies.</param>
/// <param name="Weight">Name of its weight, an initializer.</param>
/// <param name="OutputsFirst">Whether the weight is [outputs, inputs], as torch has it, or [inputs, outputs].</param>
/// <param name="Bias">Name of the bias, an initializer; null where there is none.</param>
public sealed record LinearHead(GraphNode Layer, string Weight, bool OutputsFirst, string? Bias)
{
    private static readonly HashSet<string> Passed = ["Cast", "Dropout", "Flatten", "Identity", "Reshape", "Squeeze", "Unsqueeze"];

    /// <summary>Finds the layer before the graph's only output.</summary>
    /// <exception cref="InvalidModelException">There is none; the message names what stands there.</exception>
    public static LinearHead Find(OnnxGraph graph)
    {
        ArgumentNullException.ThrowIfNull(graph);
        return Find(new GraphEdit(graph), graph.Outputs[0].Name);
    }

    /// <summary>The graph with a new layer of <paramref name="outputs"/> outputs in its place, drawn as given; names stay.</summary>
    /// <exception cref="InvalidModelException">The layer is not found, or what stands behind it does not fit the new size.</exception>
    public static OnnxGraph Replace(OnnxGraph graph, int outputs, Random random, Initialization initialization)
    {
        ArgumentNullException.ThrowIfNull(graph);
        if (initialization == Initialization.Ntk)
        {
            throw new InvalidModelException("initialization: ntk changes what a layer computes, and the head of a given graph stays what it is; torch, published and xavier-uniform are accepted.");
        }

        GraphEdit edit = new(graph);
        LinearHead head = Find(edit, graph.Outputs[0].Name);
        ParameterInitializer initializer = new(random, initialization);
        ConstantTensor old = edit.Initializers[head.Weight];
        long inputs = old.Sizes[head.OutputsFirst ? 1 : 0];
        ConstantTensor weight = initializer.Weight(old.Element, [outputs, inputs]);
        SetOwn(edit, head.Weight, head.OutputsFirst ? weight : Transposed(weight));
        if (head.Bias is { } bias)
        {
            ConstantTensor drawn = initializer.Bias(old.Element, outputs, inputs);
            long[] sizes = edit.Initializers[bias].Sizes.ToArray();
            sizes = sizes.Length == 0 ? [outputs] : [.. sizes[..^1], outputs];
            SetOwn(edit, bias, new(drawn.Element, sizes, drawn.Bytes));
        }

        edit.Outputs[0] = new(edit.Outputs[0].Name, new(ElementType.Undefined, null));
        try
        {
            return TrainableGraph.WithInferredOutput(edit.ToGraph());
        }
        catch (InvalidModelException error)
        {
            throw new InvalidModelException($"Node {head.Layer} cannot have {outputs} outputs: {error.Message}", error);
        }
    }

    private static LinearHead Find(GraphEdit graph, string logits)
    {
        string value = logits;
        while (graph.Producer(value) is { Domain: "" } node && Passed.Contains(node.Operator))
        {
            value = node.Inputs[0];
        }

        GraphNode last = graph.Producer(value) ?? throw new InvalidModelException($"The logits '{logits}' are '{value}', which no node produces; a last layer Gemm, or MatMul with or without Add, is accepted.");
        return (last.Domain.Length == 0 ? last.Operator : "") switch
        {
            "Gemm" when Attribute(last, "transA") == 0 => Of(graph, last, last.Inputs[1], Attribute(last, "transB") != 0, last.Input(2)),
            "MatMul" => Of(graph, last, last.Inputs[1], outputsFirst: false, bias: null),
            "Add" => OfSum(graph, last) ?? throw NotFound(logits, last),
            _ => throw NotFound(logits, last),
        };
    }

    private static LinearHead? OfSum(GraphEdit graph, GraphNode sum)
    {
        foreach ((string product, string bias) in new[] { (sum.Inputs[0], sum.Inputs[1]), (sum.Inputs[1], sum.Inputs[0]) })
        {
            if (graph.Producer(product) is { Operator: "MatMul", Domain: "" } layer && graph.Initializers.ContainsKey(bias))
            {
                return Of(graph, layer, layer.Inputs[1], outputsFirst: false, bias);
            }
        }

        return null;
    }

    private static LinearHead Of(GraphEdit graph, GraphNode layer, string weight, bool outputsFirst, string? bias)
    {
        string origin = weight;
        while (graph.Producer(origin) is { Domain: "" } node && node.Operator is "Transpose" or "Identity")
        {
            GraphNode rearrangement = graph.Producer(origin)!;
            outputsFirst ^= rearrangement.Operator == "Transpose";
            origin = rearrangement.Inputs[0];
        }

        foreach (string operand in bias is null ? [origin] : (string[])[origin, bias])
        {
            if (!graph.Initializers.ContainsKey(operand))
            {
                throw new InvalidModelException($"Node {layer} is the last layer, and its operand '{operand}' is no initializer; a layer whose weight and bias are initializers is accepted.");
            }
        }

        return graph.Initializers[origin].Sizes.Length == 2
            ? new(layer, origin, outputsFirst, bias)
            : throw new InvalidModelException($"Node {layer} is the last layer, and its weight '{origin}' is {graph.Initializers[origin].Shape}; a matrix is accepted.");
    }

    private static InvalidModelException NotFound(string logits, GraphNode found) =>
        new($"Before the logits '{logits}' stands the node {found}; a last layer Gemm, or MatMul with or without Add, is accepted.");

    private static long Attribute(GraphNode node, string name) => node.Attributes.Int(name, 0);

    // A tensor that other nodes use too stays what it is for them.
    private static void SetOwn(GraphEdit graph, string name, ConstantTensor value)
    {
        if (graph.Uses(name) > 1)
        {
            throw new InvalidModelException($"The last layer shares '{name}' with other nodes; a layer with parameters of its own is accepted.");
        }

        graph.Set(name, value);
    }

    private static ConstantTensor Transposed(ConstantTensor matrix)
    {
        (long rows, long columns, int size) = (matrix.Sizes[0], matrix.Sizes[1], matrix.Element.Size);
        byte[] bytes = new byte[matrix.Bytes.Length];
        ReadOnlySpan<byte> source = matrix.Bytes.Span;
        for (long row = 0; row < rows; row++)
        {
            for (long column = 0; column < columns; column++)
            {
                source.Slice((int)(((row * columns) + column) * size), size).CopyTo(bytes.AsSpan((int)(((column * rows) + row) * size)));
            }
        }

        return new(matrix.Element, [columns, rows], bytes);
    }
}
