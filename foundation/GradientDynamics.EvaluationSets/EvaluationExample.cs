namespace GradientDynamics.EvaluationSets;

/// <summary>One example: its inputs as bytes, its label and its attribute.</summary>
public sealed record EvaluationExample
{
    /// <summary>Name of the example, unique in the set.</summary>
    public required string Id { get; init; }

    /// <summary>Each input as row-major little-endian elements, in the order of the metadata's inputs.</summary>
    public required IReadOnlyList<byte[]> Inputs { get; init; }

    /// <summary>Position in the class names.</summary>
    public required int Label { get; init; }

    /// <summary>Position in the attribute names; null where the set has no attribute.</summary>
    public int? Attribute { get; init; }
}
