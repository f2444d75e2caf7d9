namespace GradientDynamics.Onnx.Graph;

/// <summary>Element type of a tensor; the numbers are those of ONNX's TensorProto.DataType.</summary>
public enum ElementType
{
    /// <summary>Not stated.</summary>
    Undefined = 0,

    /// <summary>32-bit floating point.</summary>
    Float = 1,

    /// <summary>8-bit unsigned integer.</summary>
    UInt8 = 2,

    /// <summary>8-bit signed integer.</summary>
    Int8 = 3,

    /// <summary>16-bit unsigned integer.</summary>
    UInt16 = 4,

    /// <summary>16-bit signed integer.</summary>
    Int16 = 5,

    /// <summary>32-bit signed integer.</summary>
    Int32 = 6,

    /// <summary>64-bit signed integer.</summary>
    Int64 = 7,

    /// <summary>UTF-8 text or bytes.</summary>
    String = 8,

    /// <summary>Boolean, one byte.</summary>
    Bool = 9,

    /// <summary>16-bit floating point (IEEE half).</summary>
    Float16 = 10,

    /// <summary>64-bit floating point.</summary>
    Double = 11,

    /// <summary>32-bit unsigned integer.</summary>
    UInt32 = 12,

    /// <summary>64-bit unsigned integer.</summary>
    UInt64 = 13,

    /// <summary>16-bit floating point with 8 bits of exponent.</summary>
    BFloat16 = 16,
}

/// <summary>Facts about element types.</summary>
public static class ElementTypes
{
    extension(ElementType type)
    {
        /// <summary>Bytes of one element; 0 for text, whose elements have no fixed size, and for types that this library does not hold.</summary>
        public int Size => type switch
        {
            ElementType.UInt8 or ElementType.Int8 or ElementType.Bool => 1,
            ElementType.UInt16 or ElementType.Int16 or ElementType.Float16 or ElementType.BFloat16 => 2,
            ElementType.Float or ElementType.Int32 or ElementType.UInt32 => 4,
            ElementType.Double or ElementType.Int64 or ElementType.UInt64 => 8,
            _ => 0,
        };

        /// <summary>Whether the type is a floating-point type: only through these does a gradient flow.</summary>
        public bool IsFloatingPoint => type is ElementType.Float or ElementType.Double or ElementType.Float16 or ElementType.BFloat16;
    }

    /// <summary>The element type that stores <typeparamref name="T"/>.</summary>
    /// <exception cref="NotSupportedException">No element type stores <typeparamref name="T"/>.</exception>
    public static ElementType Of<T>()
        where T : unmanaged => default(T) switch
        {
            float => ElementType.Float,
            double => ElementType.Double,
            long => ElementType.Int64,
            int => ElementType.Int32,
            short => ElementType.Int16,
            sbyte => ElementType.Int8,
            byte => ElementType.UInt8,
            ushort => ElementType.UInt16,
            uint => ElementType.UInt32,
            ulong => ElementType.UInt64,
            bool => ElementType.Bool,
            Half => ElementType.Float16,
            _ => throw new NotSupportedException($"No ONNX element type stores {typeof(T).Name}."),
        };
}
