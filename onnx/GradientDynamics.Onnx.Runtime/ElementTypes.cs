using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Runtime;

/// <summary>The element types that can be fed to a model, with their sizes and .NET types.</summary>
internal static class ElementTypes
{
    private static readonly Dictionary<Type, ElementType> ByType = new()
    {
        [typeof(float)] = ElementType.Float,
        [typeof(byte)] = ElementType.UInt8,
        [typeof(sbyte)] = ElementType.Int8,
        [typeof(ushort)] = ElementType.UInt16,
        [typeof(short)] = ElementType.Int16,
        [typeof(int)] = ElementType.Int32,
        [typeof(long)] = ElementType.Int64,
        [typeof(bool)] = ElementType.Bool,
        [typeof(Half)] = ElementType.Float16,
        [typeof(double)] = ElementType.Double,
        [typeof(uint)] = ElementType.UInt32,
        [typeof(ulong)] = ElementType.UInt64,
    };

    /// <summary>The element type of a .NET type.</summary>
    /// <exception cref="NotSupportedException">No tensor holds that type.</exception>
    public static ElementType Of<T>()
        where T : unmanaged => ByType.TryGetValue(typeof(T), out ElementType elementType)
        ? elementType
        : throw new NotSupportedException($"{typeof(T).Name} is no element type; accepted are {string.Join(", ", ByType.Keys.Select(type => type.Name))}.");

    /// <summary>Whether a session takes and gives tensors of this type.</summary>
    public static bool IsSupported(ElementType elementType) => elementType is ElementType.String or ElementType.BFloat16 || ByType.ContainsValue(elementType);

    /// <summary>The size of an element, strings excepted.</summary>
    public static int SizeInBytes(ElementType elementType) => elementType switch
    {
        ElementType.UInt8 or ElementType.Int8 or ElementType.Bool => 1,
        ElementType.UInt16 or ElementType.Int16 or ElementType.Float16 or ElementType.BFloat16 => 2,
        ElementType.Float or ElementType.Int32 or ElementType.UInt32 => 4,
        ElementType.Double or ElementType.Int64 or ElementType.UInt64 => 8,
        _ => throw new NotSupportedException($"Elements of {elementType} have no fixed size."),
    };

    /// <summary>The product of a shape's sizes.</summary>
    public static long ElementCount(ReadOnlySpan<long> shape)
    {
        long count = 1;
        foreach (long size in shape)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(size, nameof(shape));
            count = checked(count * size);
        }

        return count;
    }
}
