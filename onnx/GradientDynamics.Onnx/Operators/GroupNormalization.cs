using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Operators;

/// <summary>Attributes of InstanceNormalization.</summary>
/// <param name="VarianceOffset">Number added to the variance before its root is taken; the file calls it epsilon.</param>
public sealed record InstanceNormalizationAttributes(float VarianceOffset)
{
    internal static AttributeSchema<float> VarianceOffsetSchema { get; } = AttributeSchema.Float("epsilon", 1e-5f);

    /// <summary>The attributes of <paramref name="node"/>.</summary>
    public static InstanceNormalizationAttributes Of(GraphNode node) => new(VarianceOffsetSchema.Of(node));
}

/// <summary>Attributes of GroupNormalization.</summary>
/// <param name="VarianceOffset">Number added to the variance before its root is taken; the file calls it epsilon.</param>
/// <param name="Groups">Number of groups into which the channels are divided.</param>
public sealed record GroupNormalizationAttributes(float VarianceOffset, long Groups)
{
    internal static AttributeSchema<long> GroupsSchema { get; } = AttributeSchema.RequiredInt("num_groups");

    internal static AttributeSchema<long> StashTypeSchema { get; } = LayerNormalizationAttributes.SinglePrecisionStatistics(since: 21);

    /// <summary>The attributes of <paramref name="node"/>.</summary>
    public static GroupNormalizationAttributes Of(GraphNode node) => new(InstanceNormalizationAttributes.VarianceOffsetSchema.Of(node), GroupsSchema.Of(node));
}

internal static class GroupNormalization
{
    private static readonly OperandSchema[] Operands =
    [
        OperandSchema.Of("X", "T", ElementTypeSet.Floating), OperandSchema.Of("scale", "T", ElementTypeSet.Floating), OperandSchema.Of("bias", "T", ElementTypeSet.Floating),
    ];

    public static OperatorSchema Schema { get; } = new()
    {
        Name = "GroupNormalization",
        Summary = "scale · (X - mean) / sqrt(variance + epsilon) + bias per channel, mean and variance of each example over each group of channels.",
        FirstOpset = 21,
        Inputs = Operands,
        Outputs = [OperandSchema.Of("Y", "T", ElementTypeSet.Floating)],
        Attributes = [InstanceNormalizationAttributes.VarianceOffsetSchema, GroupNormalizationAttributes.GroupsSchema, GroupNormalizationAttributes.StashTypeSchema],
        Shapes = call =>
        {
            long groups = GroupNormalizationAttributes.Of(call.Node).Groups;
            if (groups < 1 || Channels(call, leastRank: 2).Value is { } channels && channels % groups != 0)
            {
                throw call.Error($"num_groups is {groups} and X is {call.Shape(0)}; a divisor of the number of channels is accepted");
            }

            return [call.Shape(0)];
        },
    };

    public static OperatorSchema Instance { get; } = new()
    {
        Name = "InstanceNormalization",
        Summary = "scale · (input - mean) / sqrt(variance + epsilon) + B per channel, mean and variance of each example and channel.",
        Inputs = [OperandSchema.Of("input", "T", ElementTypeSet.Floating), OperandSchema.Of("scale", "T", ElementTypeSet.Floating), OperandSchema.Of("B", "T", ElementTypeSet.Floating)],
        Outputs = [OperandSchema.Of("output", "T", ElementTypeSet.Floating)],
        Attributes = [InstanceNormalizationAttributes.VarianceOffsetSchema],
        Shapes = call =>
        {
            Channels(call, leastRank: 3);
            return [call.Shape(0)];
        },
    };

    // The number of channels; scale and bias have one entry each.
    private static Dimension Channels(OperatorCall call, int leastRank)
    {
        TensorShape? x = call.Shape(0);
        if (x is not null && x.Rank < leastRank)
        {
            throw call.Error($"its input is {x}; {leastRank} dimensions and more are accepted: batch, channels{(leastRank > 2 ? " and space" : "")}");
        }

        Dimension channels = x is null ? Dimension.Unknown : x[1];
        foreach ((int index, string name) in new[] { (1, "scale"), (2, "bias") })
        {
            call.RequireRank(index, name, 1);
            if (call.Shape(index) is { } vector)
            {
                channels = OperatorCall.MayEqual(vector[0], channels)
                    ? OperatorCall.Unify(channels, vector[0])
                    : throw call.Error($"{name} is {vector} and its input is {x?.ToString() ?? "unknown"}; one entry per channel, [{channels}], is accepted");
            }
        }

        return channels;
    }
}
