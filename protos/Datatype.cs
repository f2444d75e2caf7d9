namespace GradientDynamics.Protos;

/// <summary>The datatypes of the Open Inference Protocol: their names on the wire and the size of an element.</summary>
public static class Datatype
{
    /// <summary>Truth values, one byte each: 0 or 1.</summary>
    public const string Bool = "BOOL";

    /// <summary>Unsigned integers of 8 bits.</summary>
    public const string UInt8 = "UINT8";

    /// <summary>Unsigned integers of 16 bits.</summary>
    public const string UInt16 = "UINT16";

    /// <summary>Unsigned integers of 32 bits.</summary>
    public const string UInt32 = "UINT32";

    /// <summary>Unsigned integers of 64 bits.</summary>
    public const string UInt64 = "UINT64";

    /// <summary>Signed integers of 8 bits.</summary>
    public const string Int8 = "INT8";

    /// <summary>Signed integers of 16 bits.</summary>
    public const string Int16 = "INT16";

    /// <summary>Signed integers of 32 bits.</summary>
    public const string Int32 = "INT32";

    /// <summary>Signed integers of 64 bits.</summary>
    public const string Int64 = "INT64";

    /// <summary>IEEE 754 half precision; travels as raw bytes only.</summary>
    public const string Float16 = "FP16";

    /// <summary>The upper half of an IEEE 754 single (bfloat16); travels as raw bytes only.</summary>
    public const string BFloat16 = "BF16";

    /// <summary>IEEE 754 single precision.</summary>
    public const string Float32 = "FP32";

    /// <summary>IEEE 754 double precision.</summary>
    public const string Float64 = "FP64";

    /// <summary>Byte strings of any length: texts in UTF-8, encoded images.</summary>
    public const string Bytes = "BYTES";

    /// <summary>What <see cref="SizeInBytes"/> answers for <see cref="Bytes"/>, whose elements differ in length.</summary>
    public const int VariableSize = 0;

    private static readonly Dictionary<string, int> Sizes = new()
    {
        [Bool] = 1,
        [UInt8] = 1,
        [UInt16] = 2,
        [UInt32] = 4,
        [UInt64] = 8,
        [Int8] = 1,
        [Int16] = 2,
        [Int32] = 4,
        [Int64] = 8,
        [Float16] = 2,
        [BFloat16] = 2,
        [Float32] = 4,
        [Float64] = 8,
        [Bytes] = VariableSize,
    };

    private static readonly Dictionary<Type, string> Names = new()
    {
        [typeof(bool)] = Bool,
        [typeof(byte)] = UInt8,
        [typeof(ushort)] = UInt16,
        [typeof(uint)] = UInt32,
        [typeof(ulong)] = UInt64,
        [typeof(sbyte)] = Int8,
        [typeof(short)] = Int16,
        [typeof(int)] = Int32,
        [typeof(long)] = Int64,
        [typeof(Half)] = Float16,
        [typeof(float)] = Float32,
        [typeof(double)] = Float64,
    };

    /// <summary>All datatypes, in the protocol's order.</summary>
    public static IReadOnlyCollection<string> All => Sizes.Keys;

    /// <summary>Whether the protocol knows this datatype.</summary>
    public static bool IsKnown(string datatype) => Sizes.ContainsKey(datatype);

    /// <summary>The size of an element; <see cref="VariableSize"/> for <see cref="Bytes"/>.</summary>
    /// <exception cref="InvalidDataException">The protocol does not know the datatype.</exception>
    public static int SizeInBytes(string datatype) => Sizes.TryGetValue(datatype, out int size)
        ? size
        : throw new InvalidDataException($"Datatype '{datatype}' is none of the protocol's: {string.Join(", ", All)}.");

    /// <summary>The datatype of a .NET type, such as FP32 of <see cref="float"/>.</summary>
    /// <exception cref="NotSupportedException">The protocol has no datatype for it.</exception>
    public static string Of<T>()
        where T : unmanaged => Names.TryGetValue(typeof(T), out string? name)
        ? name
        : throw new NotSupportedException($"{typeof(T).Name} is no element type of the protocol; accepted are {string.Join(", ", Names.Keys.Select(type => type.Name))}.");
}
