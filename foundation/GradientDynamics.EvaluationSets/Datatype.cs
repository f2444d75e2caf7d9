using System.Text.Json.Serialization;

namespace GradientDynamics.EvaluationSets;

/// <summary>Datatypes of the Open Inference Protocol, under the names that it gives them.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Datatype>))]
public enum Datatype
{
    /// <summary>One byte, 0 or 1.</summary>
    [JsonStringEnumMemberName("BOOL")]
    Bool,

    /// <summary>Unsigned integer of 8 bits.</summary>
    [JsonStringEnumMemberName("UINT8")]
    UInt8,

    /// <summary>Unsigned integer of 16 bits.</summary>
    [JsonStringEnumMemberName("UINT16")]
    UInt16,

    /// <summary>Unsigned integer of 32 bits.</summary>
    [JsonStringEnumMemberName("UINT32")]
    UInt32,

    /// <summary>Unsigned integer of 64 bits.</summary>
    [JsonStringEnumMemberName("UINT64")]
    UInt64,

    /// <summary>Signed integer of 8 bits.</summary>
    [JsonStringEnumMemberName("INT8")]
    Int8,

    /// <summary>Signed integer of 16 bits.</summary>
    [JsonStringEnumMemberName("INT16")]
    Int16,

    /// <summary>Signed integer of 32 bits.</summary>
    [JsonStringEnumMemberName("INT32")]
    Int32,

    /// <summary>Signed integer of 64 bits.</summary>
    [JsonStringEnumMemberName("INT64")]
    Int64,

    /// <summary>IEEE 754 floating point of 16 bits.</summary>
    [JsonStringEnumMemberName("FP16")]
    FP16,

    /// <summary>The upper 16 bits of an FP32.</summary>
    [JsonStringEnumMemberName("BF16")]
    BF16,

    /// <summary>IEEE 754 floating point of 32 bits.</summary>
    [JsonStringEnumMemberName("FP32")]
    FP32,

    /// <summary>IEEE 754 floating point of 64 bits.</summary>
    [JsonStringEnumMemberName("FP64")]
    FP64,

    /// <summary>Bytes of any length: UTF-8 text or an encoded image. For clean evaluation only.</summary>
    [JsonStringEnumMemberName("BYTES")]
    Bytes,
}
