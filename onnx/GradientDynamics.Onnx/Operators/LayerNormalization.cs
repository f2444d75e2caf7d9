using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Operators;

/// <summary>Attributes of LayerNormalization and RMSNormalization.</summary>
/// <param name="Axis">First axis of those that are normalised over, which go to the last; negative counts from the back.</param>
/// <param name="VarianceOffset">Number added to the variance before its root is taken; the file calls it epsilon.</param>
public sealed record LayerNormalizationAttributes(long Axis, float VarianceOffset)
{
    internal static AttributeSchema<long> AxisSchema { get; } = AttributeSchema.Int("axis", -1);

    internal static AttributeSchema<float> VarianceOffsetSchema { get; } = AttributeSchema.Float("epsilon", 1e-5f);

    internal static AttributeSchema<long> StashTypeSchema { get; } = SinglePrecisionStatistics();

    /// <summary>The attributes of <paramref name="node"/>.</summary>
    public static LayerNormalizationAttributes Of(GraphNode node) => new(AxisSchema.Of(node), VarianceOffsetSchema.Of(node));

    // Half-precision inputs have their statistics computed in single precision, as the standard's default has it.
    internal static AttributeSchema<long> SinglePrecisionStatistics(int since = 1) => new(
        "stash_type",
        "int",
        "1",
        attributes => attributes.Int("stash_type", 1) is 1
            ? 1
            : throw new InvalidModelException($"attribute 'stash_type' is {attributes.Int("stash_type", 1)}; 1 (Float) is accepted"),
        since);
}

internal static class LayerNormalization
{
    public static OperatorSchema Schema { get; } = new()
    {
        Name = "LayerNormalization",
        Summary = "Scale · (X - mean) / sqrt(variance + epsilon) + B, mean and variance of each example over the axes from axis on.",
        FirstOpset = 17,
        Inputs =
        [
            OperandSchema.Of("X", "T", ElementTypeSet.Floating), OperandSchema.Of("Scale", "T", ElementTypeSet.Floating), OperandSchema.OrAbsent("B", "T", ElementTypeSet.Floating),
        ],
        Outputs =
        [
            OperandSchema.Of("Y", "T", ElementTypeSet.Floating),
            OperandSchema.OrAbsent("Mean", "U", ElementTypeSet.Float),
            OperandSchema.OrAbsent("InvStdDev", "U", ElementTypeSet.Float),
        ],
        Attributes = [LayerNormalizationAttributes.AxisSchema, LayerNormalizationAttributes.VarianceOffsetSchema, LayerNormalizationAttributes.StashTypeSchema],
        Shapes = call =>
        {
            if (call.Shape(0) is not { } x)
            {
                return [null, null, null];
            }

            int axis = call.Axis(LayerNormalizationAttributes.Of(call.Node).Axis, x.Rank);
            RequireBroadcast(call, 1, "Scale", x, axis);
            RequireBroadcast(call, 2, "B", x, axis);
            TensorShape statistics = new([.. x.Take(axis), .. Enumerable.Repeat((Dimension)1, x.Rank - axis)]);
            return [x, statistics, statistics];
        },
    };

    public static OperatorSchema RootMeanSquare { get; } = new()
    {
        Name = "RMSNormalization",
        Summary = "scale · X / sqrt(mean of X² + epsilon), the mean of each example over the axes from axis on.",
        FirstOpset = 23,
        Inputs = [OperandSchema.Of("X", "T", ElementTypeSet.Floating), OperandSchema.Of("scale", "V", ElementTypeSet.Floating)],
        Outputs = [OperandSchema.Of("Y", "V", ElementTypeSet.Floating)],
        Attributes = [LayerNormalizationAttributes.AxisSchema, LayerNormalizationAttributes.VarianceOffsetSchema, LayerNormalizationAttributes.StashTypeSchema],
        Shapes = call =>
        {
            if (call.Shape(0) is { } x)
            {
                RequireBroadcast(call, 1, "scale", x, call.Axis(LayerNormalizationAttributes.Of(call.Node).Axis, x.Rank));
            }

            return [call.Shape(0)];
        },
    };

    // The operand broadcasts with the normalised dimensions and adds none to them.
    private static void RequireBroadcast(OperatorCall call, int index, string name, TensorShape x, int axis)
    {
        if (call.Shape(index) is not { } operand)
        {
            return;
        }

        bool fits = operand.Rank <= x.Rank;
        for (int i = 1; fits && i <= operand.Rank; i++)
        {
            Dimension own = operand[operand.Rank - i];
            fits = own.Value == 1 || OperatorCall.MayEqual(own, x[x.Rank - i]);
        }

        if (!fits)
        {
            throw call.Error($"{name} is {operand} and X is {x}; what broadcasts to X's dimensions from axis {axis} on is accepted");
        }
    }
}
