using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Operators;

/// <summary>Attributes of MeanVarianceNormalization.</summary>
/// <param name="Axes">Axes over which mean and deviation are taken; negative ones count from the back.</param>
public sealed record MeanVarianceNormalizationAttributes(IReadOnlyList<long> Axes)
{
    /// <summary>What the standard adds to the deviation before it divides.</summary>
    public const double DeviationOffset = 1e-9;

    private static readonly long[] EverythingButChannels = [0, 2, 3];

    internal static AttributeSchema<long[]?> AxesSchema { get; } = AttributeSchema.OptionalInts("axes", "0, 2, 3");

    /// <summary>The attributes of <paramref name="node"/>.</summary>
    public static MeanVarianceNormalizationAttributes Of(GraphNode node) => new(AxesSchema.Of(node) ?? EverythingButChannels);
}

internal static class MeanVarianceNormalization
{
    public static OperatorSchema Schema { get; } = new()
    {
        Name = "MeanVarianceNormalization",
        Summary = "(X - mean) / (deviation + 1e-9) over the axes.",
        Inputs = [OperandSchema.Of("X", "T", ElementTypeSet.Floating)],
        Outputs = [OperandSchema.Of("Y", "T", ElementTypeSet.Floating)],
        Attributes = [MeanVarianceNormalizationAttributes.AxesSchema],
        Shapes = call =>
        {
            if (call.Shape(0) is { } x)
            {
                call.Axes([.. MeanVarianceNormalizationAttributes.Of(call.Node).Axes], x.Rank);
            }

            return [call.Shape(0)];
        },
    };
}
