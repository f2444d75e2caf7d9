namespace GradientDynamics.Onnx.Operators;

/// <summary>An input or output of an operator.</summary>
/// <param name="Name">The standard's name, such as "A".</param>
/// <param name="TypeVariable">Operands of one variable have the same element type.</param>
/// <param name="Types">Element types that are accepted.</param>
public sealed record OperandSchema(string Name, string TypeVariable, ElementTypeSet Types)
{
    /// <summary>Whether it may be absent.</summary>
    public bool Optional { get; init; }

    /// <summary>Whether it stands for any number of operands, at least one; only the last one may.</summary>
    public bool Variadic { get; init; }

    /// <summary>First opset in which the operator has it; 1 where it always had it. Before, an attribute may have stood for it.</summary>
    public int Since { get; init; } = 1;

    internal static OperandSchema Of(string name, string typeVariable, ElementTypeSet types, int since = 1) => new(name, typeVariable, types) { Since = since };

    internal static OperandSchema OrAbsent(string name, string typeVariable, ElementTypeSet types, int since = 1) => new(name, typeVariable, types) { Optional = true, Since = since };

    internal static OperandSchema Many(string name, string typeVariable, ElementTypeSet types) => new(name, typeVariable, types) { Variadic = true };
}
