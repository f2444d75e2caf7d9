using GradientDynamics.Onnx.Graph;
using GradientDynamics.Protos;

namespace GradientDynamics.Serve.Inference;

/// <summary>Which datatype of the protocol an ONNX element type is.</summary>
internal static class ModelDatatypes
{
    /// <summary>The datatype's name on the wire.</summary>
    public static string Of(ElementType element) => element switch
    {
        ElementType.Bool => Datatype.Bool,
        ElementType.UInt8 => Datatype.UInt8,
        ElementType.UInt16 => Datatype.UInt16,
        ElementType.UInt32 => Datatype.UInt32,
        ElementType.UInt64 => Datatype.UInt64,
        ElementType.Int8 => Datatype.Int8,
        ElementType.Int16 => Datatype.Int16,
        ElementType.Int32 => Datatype.Int32,
        ElementType.Int64 => Datatype.Int64,
        ElementType.Float16 => Datatype.Float16,
        ElementType.BFloat16 => Datatype.BFloat16,
        ElementType.Float => Datatype.Float32,
        ElementType.Double => Datatype.Float64,
        ElementType.String => Datatype.Bytes,
        _ => throw new ArgumentOutOfRangeException(nameof(element), element, "The protocol has no datatype for it."),
    };
}
