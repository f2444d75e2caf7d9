using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Operators;

/// <summary>Attributes of RotaryEmbedding.</summary>
/// <param name="Interleaved">Whether the two numbers that are turned stand side by side, not half a head apart.</param>
/// <param name="Heads">Number of heads, for inputs of three dimensions; 0 where it is dimension 1.</param>
/// <param name="Rotated">How many numbers of a head are turned; 0 for all.</param>
public sealed record RotaryEmbeddingAttributes(bool Interleaved, long Heads, long Rotated)
{
    internal static AttributeSchema<bool> InterleavedSchema { get; } = AttributeSchema.Flag("interleaved", false);

    internal static AttributeSchema<long> HeadsSchema { get; } = AttributeSchema.Int("num_heads", 0);

    internal static AttributeSchema<long> RotatedSchema { get; } = AttributeSchema.Int("rotary_embedding_dim", 0);

    /// <summary>The attributes of <paramref name="node"/>.</summary>
    public static RotaryEmbeddingAttributes Of(GraphNode node) => new(InterleavedSchema.Of(node), HeadsSchema.Of(node), RotatedSchema.Of(node));
}

internal static class RotaryEmbedding
{
    public static OperatorSchema Schema { get; } = new()
    {
        Name = "RotaryEmbedding",
        Summary = "Pairs of numbers of each head turned by an angle that grows with the position; the caches hold its cosine and sine.",
        FirstOpset = 23,
        Inputs =
        [
            OperandSchema.Of("X", "T", ElementTypeSet.Floating), OperandSchema.Of("cos_cache", "T", ElementTypeSet.Floating), OperandSchema.Of("sin_cache", "T", ElementTypeSet.Floating),
            OperandSchema.OrAbsent("position_ids", "M", ElementTypeSet.Int64),
        ],
        Outputs = [OperandSchema.Of("Y", "T", ElementTypeSet.Floating)],
        Attributes = [RotaryEmbeddingAttributes.InterleavedSchema, RotaryEmbeddingAttributes.HeadsSchema, RotaryEmbeddingAttributes.RotatedSchema],
        Shapes = call =>
        {
            RotaryEmbeddingAttributes rotary = RotaryEmbeddingAttributes.Of(call.Node);
            call.RequireRank(1, "cos_cache", call.Has(3) ? 2 : 3);
            call.RequireRank(2, "sin_cache", call.Has(3) ? 2 : 3);
            call.RequireRank(3, "position_ids", 2);
            if (call.Shape(0) is not { } x)
            {
                return [null];
            }

            Dimension size = Attention.InHeads(call, x, "X", rotary.Heads == 0 ? null : rotary.Heads)[3];
            Dimension rotated = rotary.Rotated == 0 ? size : rotary.Rotated;
            if (rotated.Value is { } count && (count % 2 != 0 || count < 0 || size.Value < count || call.Shape(1) is { } cache && !OperatorCall.MayEqual(cache[cache.Rank - 1], count / 2)))
            {
                throw call.Error($"{count} numbers of each head of X {x} are turned and cos_cache is {call.Shape(1)}; an even number that a head has and half as many cosines are accepted");
            }

            return [x];
        },
    };
}
