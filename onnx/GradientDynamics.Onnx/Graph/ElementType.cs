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

    /// <summary>Complex of two 32-bit floats.</summary>
    Complex64 = 14,

    /// <summary>Complex of two 64-bit floats.</summary>
    Complex128 = 15,

    /// <summary>16-bit floating point with 8 bits of exponent.</summary>
    BFloat16 = 16,

    /// <summary>8-bit floating point with 4 bits of exponent, without infinities.</summary>
    Float8E4M3FN = 17,

    /// <summary>8-bit floating point with 4 bits of exponent, without infinities and negative zero.</summary>
    Float8E4M3FNUZ = 18,

    /// <summary>8-bit floating point with 5 bits of exponent.</summary>
    Float8E5M2 = 19,

    /// <summary>8-bit floating point with 5 bits of exponent, without infinities and negative zero.</summary>
    Float8E5M2FNUZ = 20,

    /// <summary>4-bit unsigned integer; two in a byte, the first in its lower half.</summary>
    UInt4 = 21,

    /// <summary>4-bit signed integer; two in a byte, the first in its lower half.</summary>
    Int4 = 22,

    /// <summary>4-bit floating point; two in a byte, the first in its lower half.</summary>
    Float4E2M1 = 23,

    /// <summary>8-bit exponent alone.</summary>
    Float8E8M0 = 24,
}

/// <summary>Facts about element types.</summary>
public static class ElementTypes
{
    extension(ElementType type)
    {
        /// <summary>Bytes of one element; 0 for text, whose elements have no fixed size, and for types of 4 bits.</summary>
        public int Size => type.Bits / 8;

        /// <summary>Bits of one element; 0 for text, whose elements have no fixed size.</summary>
        public int Bits => type switch
        {
            ElementType.UInt4 or ElementType.Int4 or ElementType.Float4E2M1 => 4,
            ElementType.UInt8 or ElementType.Int8 or ElementType.Bool => 8,
            ElementType.Float8E4M3FN or ElementType.Float8E4M3FNUZ or ElementType.Float8E5M2 or ElementType.Float8E5M2FNUZ or ElementType.Float8E8M0 => 8,
            ElementType.UInt16 or ElementType.Int16 or ElementType.Float16 or ElementType.BFloat16 => 16,
            ElementType.Float or ElementType.Int32 or ElementType.UInt32 => 32,
            ElementType.Double or ElementType.Int64 or ElementType.UInt64 or ElementType.Complex64 => 64,
            ElementType.Complex128 => 128,
            _ => 0,
        };

        /// <summary>Whether tensors of the type are read and written, but not computed with: complex numbers, floats of 8 bits, and types of 4 bits.</summary>
        public bool IsKeptOnly => type is ElementType.Complex64 or ElementType.Complex128 or >= ElementType.Float8E4M3FN;

        /// <summary>Whether the type is a floating-point type of 16 bits or more: only through these does a gradient flow.</summary>
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
