namespace GradientDynamics.EvaluationSets;

/// <summary>Size and name of each <see cref="Datatype"/>.</summary>
public static class DatatypeFacts
{
    /// <summary>Bytes of one element; 0 for <see cref="Datatype.Bytes"/>, whose elements have any length.</summary>
    public static int ElementSize(this Datatype datatype) => datatype switch
    {
        Datatype.Bool or Datatype.UInt8 or Datatype.Int8 => 1,
        Datatype.UInt16 or Datatype.Int16 or Datatype.FP16 or Datatype.BF16 => 2,
        Datatype.UInt32 or Datatype.Int32 or Datatype.FP32 => 4,
        Datatype.UInt64 or Datatype.Int64 or Datatype.FP64 => 8,
        Datatype.Bytes => 0,
        _ => throw new ArgumentOutOfRangeException(nameof(datatype), datatype, "is no datatype of the protocol."),
    };

    /// <summary>True for datatypes that can hold NaN and infinity.</summary>
    public static bool IsFloatingPoint(this Datatype datatype) => datatype is Datatype.FP16 or Datatype.BF16 or Datatype.FP32 or Datatype.FP64;

    /// <summary>Name in the protocol, such as <c>FP32</c>.</summary>
    public static string ProtocolName(this Datatype datatype) => datatype.ToString().ToUpperInvariant();

    /// <summary>The datatype of a name of the protocol, compared exactly.</summary>
    public static bool TryParse(string name, out Datatype datatype)
    {
        foreach (Datatype candidate in Enum.GetValues<Datatype>())
        {
            if (candidate.ProtocolName() == name)
            {
                datatype = candidate;
                return true;
            }
        }

        datatype = default;
        return false;
    }
}
