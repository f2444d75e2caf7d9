using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Operators;

/// <summary>What an operator takes and gives: operands, element types, attributes with their defaults, opsets, and the shapes of its outputs.</summary>
public sealed class OperatorSchema
{
    /// <summary>First opset that is read; a graph follows <see cref="OnnxGraph.WrittenOpset"/> or a later one.</summary>
    public const int OldestOpset = 9;

    /// <summary>Last opset that is read.</summary>
    public const int NewestOpset = 24;

    internal OperatorSchema()
    {
    }

    /// <summary>Operator type, such as "Conv".</summary>
    public required string Name { get; init; }

    /// <summary>What it computes, in one line.</summary>
    public required string Summary { get; init; }

    /// <summary>The inputs in order.</summary>
    public required IReadOnlyList<OperandSchema> Inputs { get; init; }

    /// <summary>The outputs in order.</summary>
    public required IReadOnlyList<OperandSchema> Outputs { get; init; }

    /// <summary>The attributes.</summary>
    public IReadOnlyList<AttributeSchema> Attributes { get; init; } = [];

    /// <summary>First opset that has the operator, or the form of it that this library gives it where an older form is spelled out in other operators.</summary>
    public int FirstOpset { get; init; } = OldestOpset;

    /// <summary>Last opset whose semantics are those that this library gives the operator.</summary>
    public int LastOpset { get; init; } = NewestOpset;

    // Shapes of the outputs, as many as the node may have; null where the rank is not known. Throws the call's error on operands that do not fit.
    internal Func<OperatorCall, TensorShape?[]> Shapes { get; init; } = static call => new TensorShape?[call.Node.Outputs.Count];

    // Element type of the first output where it follows from attributes, not from an operand.
    internal Func<OperatorCall, ElementType>? Element { get; init; }

    // The integers of the first output where the operands' integers are known: what shapes are computed from.
    internal Func<OperatorCall, IntegerTensor?>? Fold { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Name;

    // Types of the node's outputs; checks opset, counts, attributes, element types and shapes.
    internal TensorType[] Infer(OperatorCall call)
    {
        if (call.Opset < OnnxGraph.WrittenOpset)
        {
            throw new UnsupportedOperatorException($"Node {call.Node}: the graph follows opset {call.Opset}; opset {OnnxGraph.WrittenOpset} and later are accepted, to which files of older ones are raised when they are read.");
        }

        CheckOpset(call.Node, call.Opset);
        CheckAge(call.Node, call.Opset);
        CheckCount(call.Node, call.Opset, call.Node.Outputs, Outputs, "output");
        CheckMissing(call, call.Node.Inputs, Inputs, "input");
        CheckMissing(call, call.Node.Outputs, Outputs, "output");
        CheckAttributes(call);
        Dictionary<string, ElementType> bound = BindElementTypes(call);
        TensorShape?[] shapes = ShapesWithin(call);
        var types = new TensorType[call.Node.Outputs.Count];
        for (int i = 0; i < types.Length; i++)
        {
            OperandSchema output = Outputs[Math.Min(i, Outputs.Count - 1)];
            ElementType element = i == 0 && Element is not null ? Element(call)
                : output.Types.Types is [ElementType single] ? single
                : bound.GetValueOrDefault(output.TypeVariable);
            types[i] = new(element, i < shapes.Length ? shapes[i] : null);
        }

        return types;
    }

    // The first output's integers, where it holds integers or truth values and they are within its type.
    internal IntegerTensor? FoldWithin(OperatorCall call, ElementType element)
    {
        if (element is not (ElementType.Int64 or ElementType.Int32 or ElementType.Bool) || Fold?.Invoke(call) is not { } folded)
        {
            return null;
        }

        return element == ElementType.Int32 && Array.Exists(folded.Elements, value => value.Value is < int.MinValue or > int.MaxValue) ? null : folded;
    }

    private TensorShape?[] ShapesWithin(OperatorCall call)
    {
        try
        {
            return Shapes(call);
        }
        catch (OverflowException error)
        {
            throw new InvalidModelException($"Node {call.Node}: its sizes are more than can be counted.", error);
        }
    }

    // Refuses a node of an opset that does not have the operator.
    internal void CheckOpset(GraphNode node, int opset)
    {
        if (opset < FirstOpset || opset > LastOpset)
        {
            throw new UnsupportedOperatorException($"Node {node}: the model follows opset {opset}; {Name} is read from opset {FirstOpset} to opset {LastOpset}.");
        }
    }

    // Refuses what the operator did not yet have in the opset: inputs and attributes.
    internal void CheckAge(GraphNode node, int opset)
    {
        CheckCount(node, opset, node.Inputs, Inputs, "input");
        foreach (AttributeSchema attribute in Attributes)
        {
            if (attribute.Since > opset && node.Attributes.Has(attribute.Name))
            {
                throw new InvalidModelException($"Node {node}: {Name} of opset {opset} has no attribute '{attribute.Name}', which came with opset {attribute.Since}.");
            }
        }
    }

    private static void CheckCount(GraphNode node, int opset, IReadOnlyList<string> names, IReadOnlyList<OperandSchema> operands, string what)
    {
        OperandSchema[] accepted = [.. operands.Where(operand => operand.Since <= opset)];
        if (names.Count > accepted.Length && !(accepted.Length > 0 && accepted[^1].Variadic))
        {
            throw new InvalidModelException($"Node {node}: it has {names.Count} {what}s; {Range(accepted)} {(accepted.Length == 1 ? "is" : "are")} accepted.");
        }
    }

    private static void CheckMissing(OperatorCall call, IReadOnlyList<string> names, IReadOnlyList<OperandSchema> operands, string what)
    {
        OperandSchema[] accepted = [.. operands.Where(operand => operand.Since <= call.Opset)];
        for (int i = 0; i < Math.Max(accepted.Length, names.Count); i++)
        {
            OperandSchema operand = accepted[Math.Min(i, accepted.Length - 1)];
            if (!operand.Optional && (i >= names.Count || names[i].Length == 0))
            {
                throw call.Error($"{what} {i} ({operand.Name}) is missing; {Range(accepted)} {what}s are accepted");
            }
        }
    }

    private static string Range(OperandSchema[] operands)
    {
        int least = operands.Count(operand => !operand.Optional);
        return operands.Length > 0 && operands[^1].Variadic ? $"{least} or more" : least == operands.Length ? $"{least}" : $"{least} to {operands.Length}";
    }

    private void CheckAttributes(OperatorCall call)
    {
        foreach (string name in call.Node.Attributes.Names)
        {
            if (!Attributes.Any(attribute => attribute.Name == name))
            {
                string accepted = string.Join(", ", Attributes.Where(attribute => attribute.Since <= call.Opset).Select(attribute => attribute.Name));
                throw call.Error($"{Name} of opset {call.Opset} has no attribute '{name}'; {(accepted.Length == 0 ? "it takes none" : $"accepted are {accepted}")}");
            }
        }

        foreach (AttributeSchema attribute in Attributes)
        {
            attribute.Check(call.Node);
        }
    }

    private Dictionary<string, ElementType> BindElementTypes(OperatorCall call)
    {
        Dictionary<string, ElementType> bound = [];
        Dictionary<string, string> binder = [];
        for (int i = 0; i < call.Node.Inputs.Count; i++)
        {
            OperandSchema operand = Inputs[Math.Min(i, Inputs.Count - 1)];
            ElementType element = call.Element(i);
            if (!call.Has(i) || element == ElementType.Undefined)
            {
                continue;
            }

            if (!operand.Types.Contains(element))
            {
                throw element.IsKeptOnly
                    ? new UnsupportedElementTypeException($"Node {call.Node}: input {operand.Name} is {element}, which is read and written but not computed with.")
                    : call.Error($"input {operand.Name} is {element}; accepted is {operand.Types}");
            }

            if (!bound.TryAdd(operand.TypeVariable, element) && bound[operand.TypeVariable] != element)
            {
                throw call.Error($"input {operand.Name} is {element} and {binder[operand.TypeVariable]} is {bound[operand.TypeVariable]}; their element types must be equal");
            }

            binder.TryAdd(operand.TypeVariable, operand.Name);
        }

        return bound;
    }
}
