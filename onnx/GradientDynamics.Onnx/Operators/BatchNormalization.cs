using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Operators;

/// <summary>Attributes of BatchNormalization.</summary>
/// <param name="VarianceOffset">Number added to the variance before its root is taken; the file calls it epsilon.</param>
/// <param name="Momentum">Weight of the old running mean and variance in training; torch's momentum is 1 minus this.</param>
/// <param name="TrainingMode">Whether the batch's own mean and variance are used.</param>
public sealed record BatchNormalizationAttributes(float VarianceOffset, float Momentum, bool TrainingMode)
{
    internal static AttributeSchema<float> VarianceOffsetSchema { get; } = AttributeSchema.Float("epsilon", 1e-5f);

    internal static AttributeSchema<float> MomentumSchema { get; } = AttributeSchema.Float("momentum", 0.9f);

    internal static AttributeSchema<bool> TrainingModeSchema { get; } = AttributeSchema.Flag("training_mode", false, since: 14);

    /// <summary>The attributes of <paramref name="node"/>.</summary>
    public static BatchNormalizationAttributes Of(GraphNode node) => new(VarianceOffsetSchema.Of(node), MomentumSchema.Of(node), TrainingModeSchema.Of(node));
}

internal static class BatchNormalization
{
    public static OperatorSchema Schema { get; } = new()
    {
        Name = "BatchNormalization",
        Summary = "scale · (X - mean) / sqrt(var + epsilon) + B, per channel.",
        Inputs =
        [
            OperandSchema.Of("X", "T", ElementTypeSet.Floating),
            OperandSchema.Of("scale", "T1", ElementTypeSet.Floating),
            OperandSchema.Of("B", "T1", ElementTypeSet.Floating),
            OperandSchema.Of("input_mean", "T2", ElementTypeSet.Floating),
            OperandSchema.Of("input_var", "T2", ElementTypeSet.Floating),
        ],
        Outputs =
        [
            OperandSchema.Of("Y", "T", ElementTypeSet.Floating),
            OperandSchema.OrAbsent("running_mean", "T2", ElementTypeSet.Floating, since: 14),
            OperandSchema.OrAbsent("running_var", "T2", ElementTypeSet.Floating, since: 14),
        ],
        Attributes =
        [
            BatchNormalizationAttributes.VarianceOffsetSchema, BatchNormalizationAttributes.MomentumSchema, BatchNormalizationAttributes.TrainingModeSchema,
        ],
        Shapes = Shapes,
    };

    private static TensorShape?[] Shapes(OperatorCall call)
    {
        BatchNormalizationAttributes normalization = BatchNormalizationAttributes.Of(call.Node);
        if (!normalization.TrainingMode && (call.Node.Output(1) ?? call.Node.Output(2)) is { } second)
        {
            throw call.Error($"it gives '{second}' without training_mode; only its first output exists in inference");
        }

        TensorShape? x = call.Shape(0);
        if (x is { Rank: < 1 })
        {
            throw call.Error("X is a scalar; a batch is accepted");
        }

        // A vector counts as a batch of one channel.
        Dimension channels = x is null ? Dimension.Unknown : x.Rank == 1 ? 1 : x[1];
        foreach ((int index, string name) in new[] { (1, "scale"), (2, "B"), (3, "input_mean"), (4, "input_var") })
        {
            call.RequireRank(index, name, 1);
            if (call.Shape(index) is { } vector)
            {
                channels = OperatorCall.MayEqual(vector[0], channels)
                    ? OperatorCall.Unify(channels, vector[0])
                    : throw call.Error($"{name} is {vector} and X is {x?.ToString() ?? "unknown"}; one entry per channel, [{channels}], is accepted");
            }
        }

        TensorShape running = new(channels);
        return [x, running, running];
    }
}
