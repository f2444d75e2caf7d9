using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Operators;

/// <summary>The element types that an operand accepts. Immutable.</summary>
public sealed class ElementTypeSet
{
    private readonly ElementType[] _types;

    private ElementTypeSet(string name, params ElementType[] types)
    {
        Name = name;
        _types = types;
    }

    /// <summary>What the set is called in messages and in docs/operators.md.</summary>
    public string Name { get; }

    /// <summary>The types, in the order of their numbers.</summary>
    public IReadOnlyList<ElementType> Types => _types;

    internal static ElementTypeSet Floating { get; } = new("floating-point", ElementType.Float, ElementType.Float16, ElementType.Double, ElementType.BFloat16);

    internal static ElementTypeSet SignedNumeric { get; } = new(
        "signed numeric",
        [ElementType.Float, ElementType.Int8, ElementType.Int16, ElementType.Int32, ElementType.Int64, ElementType.Float16, ElementType.Double, ElementType.BFloat16]);

    internal static ElementTypeSet Numeric { get; } = new(
        "numeric",
        [
            ElementType.Float, ElementType.UInt8, ElementType.Int8, ElementType.UInt16, ElementType.Int16, ElementType.Int32, ElementType.Int64,
            ElementType.Float16, ElementType.Double, ElementType.UInt32, ElementType.UInt64, ElementType.BFloat16,
        ]);

    // Numeric without the integers of 8 and 16 bits: MatMul, Gemm, Pow and most reductions.
    internal static ElementTypeSet WideNumeric { get; } = new(
        "numeric of 32 or 64 bits or floating-point",
        [ElementType.Float, ElementType.Int32, ElementType.Int64, ElementType.Float16, ElementType.Double, ElementType.UInt32, ElementType.UInt64, ElementType.BFloat16]);

    internal static ElementTypeSet FloatingOrByte { get; } = new(
        "floating-point or 8-bit integer",
        [ElementType.Float, ElementType.UInt8, ElementType.Int8, ElementType.Float16, ElementType.Double, ElementType.BFloat16]);

    internal static ElementTypeSet WideNumericOrByte { get; } = new(
        "numeric but of 16-bit integers, or Bool",
        [
            ElementType.Float, ElementType.UInt8, ElementType.Int8, ElementType.Int32, ElementType.Int64,
            ElementType.Float16, ElementType.Double, ElementType.UInt32, ElementType.UInt64, ElementType.BFloat16, ElementType.Bool,
        ]);

    internal static ElementTypeSet PowBase { get; } = new(
        "Int32, Int64 or floating-point", ElementType.Float, ElementType.Int32, ElementType.Int64, ElementType.Float16, ElementType.Double, ElementType.BFloat16);

    internal static ElementTypeSet RangeNumeric { get; } = new(
        "Int16, Int32, Int64, Float or Double", ElementType.Float, ElementType.Int16, ElementType.Int32, ElementType.Int64, ElementType.Double);

    internal static ElementTypeSet NumericOrBool { get; } = new("numeric or Bool", [.. Numeric._types, ElementType.Bool]);

    internal static ElementTypeSet All { get; } = new("any", [.. Numeric._types, ElementType.Bool, ElementType.String]);

    internal static ElementTypeSet Single { get; } = new("Float", ElementType.Float);

    internal static ElementTypeSet Quantizable { get; } = new("Float, Float16, BFloat16 or Int32", ElementType.Float, ElementType.Int32, ElementType.Float16, ElementType.BFloat16);

    internal static ElementTypeSet ScaleTypes { get; } = new("Float, Float16 or BFloat16", ElementType.Float, ElementType.Float16, ElementType.BFloat16);

    internal static ElementTypeSet Quantized { get; } = new(
        "Int8, UInt8, Int16 or UInt16", ElementType.UInt8, ElementType.Int8, ElementType.UInt16, ElementType.Int16);

    internal static ElementTypeSet Dequantizable { get; } = new(
        "Int8, UInt8, Int16, UInt16 or Int32", ElementType.UInt8, ElementType.Int8, ElementType.UInt16, ElementType.Int16, ElementType.Int32);

    internal static ElementTypeSet UInt8 { get; } = new("UInt8", ElementType.UInt8);

    internal static ElementTypeSet Index { get; } = new("Int32 or Int64", ElementType.Int32, ElementType.Int64);

    internal static ElementTypeSet Float { get; } = new("Float", ElementType.Float);

    internal static ElementTypeSet Int64 { get; } = new("Int64", ElementType.Int64);

    internal static ElementTypeSet Bool { get; } = new("Bool", ElementType.Bool);

    /// <summary>Whether <paramref name="type"/> belongs to the set.</summary>
    public bool Contains(ElementType type) => Array.IndexOf(_types, type) >= 0;

    /// <inheritdoc/>
    public override string ToString() => Name;
}
