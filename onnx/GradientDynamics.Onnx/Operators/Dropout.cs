using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Operators;

/// <summary>Attributes of Dropout; its ratio is an input.</summary>
/// <param name="Seed">Seed of the mask in training mode; null where none is given.</param>
public sealed record DropoutAttributes(long? Seed)
{
    /// <summary>The ratio where the input is absent.</summary>
    public const float DefaultRatio = 0.5f;

    internal static AttributeSchema<long?> SeedSchema { get; } = AttributeSchema.OptionalInt("seed", "random", since: 12);

    /// <summary>The attributes of <paramref name="node"/>.</summary>
    public static DropoutAttributes Of(GraphNode node) => new(SeedSchema.Of(node));
}

internal static class Dropout
{
    public static OperatorSchema Schema { get; } = new()
    {
        Name = "Dropout",
        Summary = "The input in inference; in training, elements set to 0 with probability ratio and the others scaled by 1 / (1 - ratio).",
        Inputs =
        [
            OperandSchema.Of("data", "T", ElementTypeSet.Floating),
            OperandSchema.OrAbsent("ratio", "T1", ElementTypeSet.Floating, since: 12),
            OperandSchema.OrAbsent("training_mode", "T2", ElementTypeSet.Bool, since: 12),
        ],
        Outputs = [OperandSchema.Of("output", "T", ElementTypeSet.Floating), OperandSchema.OrAbsent("mask", "T2", ElementTypeSet.Bool)],
        Attributes = [DropoutAttributes.SeedSchema],
        Shapes = call =>
        {
            call.RequireRank(1, "ratio", 0);
            call.RequireRank(2, "training_mode", 0);
            return [call.Shape(0), call.Shape(0)];
        },
    };
}
