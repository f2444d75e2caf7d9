using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Operators;

/// <summary>What an operator takes and gives: operands, element types, attributes with their defaults, opsets, and the shapes of its outputs.</summary>
public sealed class OperatorSchema
{
    /// <summary>First opset that is read.</summary>
    public const int OldestOpset = 13;

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

    /// <summary>First opset whose semantics are those that this library gives the operator.</summary>
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
        CheckOpset(call);
        CheckCount(call, call.Node.Inputs, Inputs, "input");
        CheckCount(call, call.Node.Outputs, Outputs, "output");
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

    private void CheckOpset(OperatorCall call)
    {
        if (call.Opset < FirstOpset || call.Opset > LastOpset)
        {
            throw new UnsupportedOperatorException($"Node {call.Node}: the model follows opset {call.Opset}; {Name} is read from opset {FirstOpset} to opset {LastOpset}.");
        }
    }

    private static void CheckCount(OperatorCall call, IReadOnlyList<string> names, IReadOnlyList<OperandSchema> operands, string what)
    {
        OperandSchema[] accepted = [.. operands.Where(operand => operand.Since <= call.Opset)];
        bool variadic = accepted.Length > 0 && accepted[^1].Variadic;
        if (names.Count > accepted.Length && !variadic)
        {
            throw call.Error($"it has {names.Count} {what}s; {Range(accepted)} {(accepted.Length == 1 ? "is" : "are")} accepted");
        }

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
            AttributeSchema? schema = Attributes.FirstOrDefault(attribute => attribute.Name == name && attribute.Since <= call.Opset);
            if (schema is null)
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
                throw call.Error($"input {operand.Name} is {element}; accepted is {operand.Types}");
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
