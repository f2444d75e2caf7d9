using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Operators;

/// <summary>Attributes of LRN.</summary>
/// <param name="Alpha">Factor of the mean square.</param>
/// <param name="Beta">Exponent.</param>
/// <param name="Bias">Summand beside the mean square.</param>
/// <param name="Size">Number of neighbouring channels in a sum.</param>
public sealed record LrnAttributes(float Alpha, float Beta, float Bias, long Size)
{
    internal static AttributeSchema<float> AlphaSchema { get; } = AttributeSchema.Float("alpha", 1e-4f);

    internal static AttributeSchema<float> BetaSchema { get; } = AttributeSchema.Float("beta", 0.75f);

    internal static AttributeSchema<float> BiasSchema { get; } = AttributeSchema.Float("bias", 1);

    internal static AttributeSchema<long> SizeSchema { get; } = new(
        "size", "int", "required", attributes => !attributes.Has("size") ? throw new InvalidModelException("attribute 'size' is required")
            : attributes.Int("size", 0) is > 0 and <= int.MaxValue and var size ? size
            : throw new InvalidModelException($"attribute 'size' is {attributes.Int("size", 0)}; from 1 to {int.MaxValue} is accepted"));

    /// <summary>Channels of a sum in front of its own.</summary>
    public long Before => (Size - 1) / 2;

    /// <summary>Channels of a sum behind its own.</summary>
    public long After => Size - 1 - Before;

    /// <summary>The attributes of <paramref name="node"/>.</summary>
    public static LrnAttributes Of(GraphNode node) => new(AlphaSchema.Of(node), BetaSchema.Of(node), BiasSchema.Of(node), SizeSchema.Of(node));
}

internal static class Lrn
{
    public static OperatorSchema Schema { get; } = new()
    {
        Name = "LRN",
        Summary = "x / (bias + alpha / size · s)^beta, s the sum of squares over the size channels around x's own.",
        Inputs = [OperandSchema.Of("X", "T", ElementTypeSet.Floating)],
        Outputs = [OperandSchema.Of("Y", "T", ElementTypeSet.Floating)],
        Attributes = [LrnAttributes.AlphaSchema, LrnAttributes.BetaSchema, LrnAttributes.BiasSchema, LrnAttributes.SizeSchema],
        Shapes = call => call.Shape(0) is { Rank: < 2 } x ? throw call.Error($"X is {x}; 2 dimensions and more are accepted: batch, channels and space") : [call.Shape(0)],
    };
}
