using System.Text.Json.Serialization;

namespace GradientDynamics.EvaluationSets;

/// <summary>One input of the model that the set is for.</summary>
public sealed record EvaluationInput
{
    /// <summary>Name of the model's input. Default <c>input</c>.</summary>
    public string Name { get; init; } = "input";

    /// <summary>Datatype of the elements.</summary>
    public required Datatype Datatype { get; init; }

    /// <summary>Shape of one example, without the batch dimension; for <see cref="Datatype.Bytes"/> one element: [1] or [].</summary>
    public required IReadOnlyList<int> Shape { get; init; }

    /// <summary>Limits of valid values, or null where they are unknown. Default null.</summary>
    public InputBounds? Bounds { get; init; }

    /// <summary>Elements of one example: the product of the shape.</summary>
    [JsonIgnore]
    public int ElementCount => Shape.Aggregate(1, (product, size) => checked(product * size));

    /// <summary>Bytes of one example; 0 for <see cref="Datatype.Bytes"/>, where each has its own.</summary>
    [JsonIgnore]
    public int ByteCount => checked(ElementCount * Datatype.ElementSize());

    internal string? Problem()
    {
        if (string.IsNullOrEmpty(Name))
        {
            return "an input has no name";
        }

        if (!Enum.IsDefined(Datatype))
        {
            return $"input '{Name}' has the unknown datatype {Datatype}";
        }

        if (Shape.Any(size => size <= 0) || Shape.Aggregate(1.0, (product, size) => product * size) * Math.Max(1, Datatype.ElementSize()) > int.MaxValue)
        {
            return $"input '{Name}' has shape [{string.Join(", ", Shape)}]; accepted are positive sizes of at most {int.MaxValue} bytes together";
        }

        if (Datatype == Datatype.Bytes && ElementCount != 1)
        {
            return $"input '{Name}' of datatype BYTES has shape [{string.Join(", ", Shape)}]; accepted is one element per example, [1] or []";
        }

        if (Bounds is not null && Datatype == Datatype.Bytes)
        {
            return $"input '{Name}' of datatype BYTES has bounds; accepted are none";
        }

        return Bounds?.Problem(Shape) is { } problem ? $"input '{Name}' {problem}" : null;
    }
}
