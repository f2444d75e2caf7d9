using GradientDynamics.Onnx.Operators;

namespace GradientDynamics.Onnx.Graph;

/// <summary>What is known of the values of a graph, node by node: their types, and the integers from which shapes are computed. A subgraph sees the values around it.</summary>
internal sealed class TypeScope
{
    private readonly Dictionary<string, TensorType> _types = new(StringComparer.Ordinal);
    private readonly Dictionary<string, IntegerTensor> _integers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ConstantTensor> _constants = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TensorType> _declared = new(StringComparer.Ordinal);
    private readonly TypeScope? _outer;
    private readonly int _opset;

    public TypeScope(int opset, IEnumerable<GraphValue> declared, TypeScope? outer = null)
    {
        _opset = opset;
        _outer = outer;
        foreach (GraphValue value in declared)
        {
            _declared[value.Name] = Known(value.Type);
        }
    }

    /// <summary>Types of the values so far, without those around.</summary>
    public IReadOnlyDictionary<string, TensorType> Types => _types;

    /// <summary>Type of a value, or null where nothing has it so far.</summary>
    public TensorType? TypeOf(string name) => _types.GetValueOrDefault(name) ?? _outer?.TypeOf(name);

    /// <summary>Integers of a value where they are known.</summary>
    public IntegerTensor? IntegersOf(string name) => _types.ContainsKey(name) ? _integers.GetValueOrDefault(name) : _outer?.IntegersOf(name);

    /// <summary>The elements of a value that is an initializer or a Constant node's output, or null.</summary>
    public ConstantTensor? ConstantOf(string name) => _types.ContainsKey(name) ? _constants.GetValueOrDefault(name) : _outer?.ConstantOf(name);

    /// <summary>Adds the inputs.</summary>
    public void Add(IEnumerable<GraphValue> inputs)
    {
        foreach (GraphValue input in inputs)
        {
            CheckCountable(input.Type, $"Input '{input.Name}'");
            _types.Add(input.Name, Known(input.Type));
        }
    }

    /// <summary>Adds the initializers.</summary>
    public void Add(IEnumerable<KeyValuePair<string, ConstantTensor>> initializers)
    {
        foreach ((string name, ConstantTensor tensor) in initializers)
        {
            _types.Add(name, new(tensor.Element, tensor.Shape));
            _constants.Add(name, tensor);
            if (IntegerTensor.Of(tensor) is { } known)
            {
                _integers.Add(name, known);
            }
        }
    }

    /// <summary>Infers the outputs of a node, whose inputs are there already.</summary>
    public void Add(GraphNode node, bool strict)
    {
        TensorType[] inferred;
        if (node.Domain.Length == 0 && OperatorTable.All.TryGetValue(node.Operator, out OperatorSchema? schema))
        {
            OperatorCall call = new(node, _opset, [.. node.Inputs.Select(TypeOf)], [.. node.Inputs.Select(IntegersOf)], [.. node.Inputs.Select(ConstantOf)]);
            inferred = schema.Infer(call);
            if (node is { Operator: "Constant", Outputs: [{ Length: > 0 } constant] })
            {
                _constants[constant] = ConstantAttributes.Of(node).Value;
            }

            if (node.Output(0) is { } first && schema.FoldWithin(call, inferred[0].Element) is { } folded)
            {
                _integers[first] = folded;
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
            if (_declared.TryGetValue(output, out TensorType? stated))
            {
                type = Reconcile(output, type, stated, $"node {node}");
            }

            CheckCountable(type, $"Node {node}: its output '{output}'");
            _types[output] = type;
        }
    }

    /// <summary>Infers the outputs of a node where it fits; otherwise nothing is known of them but what is declared. Inference of the whole graph reports what does not fit.</summary>
    public void AddIfItFits(GraphNode node)
    {
        try
        {
            Add(node, strict: false);
        }
        catch (InvalidModelException)
        {
            foreach (string output in node.Outputs.Where(output => output.Length > 0))
            {
                _types[output] = _declared.GetValueOrDefault(output, new(ElementType.Undefined, null));
            }
        }
    }

    /// <summary>Holds the outputs' declared types against those of the values, which may be inputs or initializers themselves.</summary>
    public void Close(IEnumerable<GraphValue> outputs)
    {
        foreach (GraphValue output in outputs)
        {
            _types[output.Name] = Reconcile(output.Name, _types[output.Name], Known(output.Type), "the graph");
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
