using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Operators;

/// <summary>What Attention's output qk_matmul_output holds.</summary>
public enum AttentionScores
{
    /// <summary>The scaled products of queries and keys.</summary>
    Products,

    /// <summary>These, capped softly.</summary>
    Capped,

    /// <summary>These with mask and causal bias.</summary>
    Biased,

    /// <summary>The probabilities, which Softmax gives.</summary>
    Probabilities,
}

/// <summary>Attributes of Attention.</summary>
/// <param name="IsCausal">Whether a query sees no keys behind its own position.</param>
/// <param name="QueryHeads">Number of heads of Q, for inputs of three dimensions; null where it is Q's dimension 1.</param>
/// <param name="KeyHeads">Number of heads of K and V, for inputs of three dimensions; null where it is K's dimension 1.</param>
/// <param name="Scores">What the output qk_matmul_output holds.</param>
/// <param name="Scale">Factor of the products of queries and keys; null for 1 / √(size of a head).</param>
/// <param name="SoftCap">Bound c of the scores, c·tanh(score / c); 0 for none.</param>
/// <param name="SoftmaxType">Element type in which Softmax is computed; null for the inputs' own.</param>
public sealed record AttentionAttributes(
    bool IsCausal, long? QueryHeads, long? KeyHeads, AttentionScores Scores, float? Scale, float SoftCap, ElementType? SoftmaxType)
{
    internal static AttributeSchema<bool> CausalSchema { get; } = AttributeSchema.Flag("is_causal", false);

    internal static AttributeSchema<long?> QueryHeadsSchema { get; } = AttributeSchema.OptionalInt("q_num_heads", "from Q");

    internal static AttributeSchema<long?> KeyHeadsSchema { get; } = AttributeSchema.OptionalInt("kv_num_heads", "from K");

    internal static AttributeSchema<AttentionScores> ScoresSchema { get; } = new(
        "qk_matmul_output_mode",
        "0, 1, 2 or 3",
        "0",
        attributes => attributes.Int("qk_matmul_output_mode", 0) is >= 0 and <= 3 and var mode
            ? (AttentionScores)mode
            : throw new InvalidModelException($"attribute 'qk_matmul_output_mode' is {attributes.Int("qk_matmul_output_mode", 0)}; 0, 1, 2 and 3 are accepted"));

    internal static AttributeSchema<float?> ScaleSchema { get; } = AttributeSchema.OptionalFloat("scale");

    internal static AttributeSchema<float> SoftCapSchema { get; } = AttributeSchema.Float("softcap", 0);

    internal static AttributeSchema<ElementType?> SoftmaxTypeSchema { get; } = new(
        "softmax_precision",
        "int",
        "the inputs'",
        attributes => !attributes.Has("softmax_precision") ? null
            : (ElementType)attributes.Int("softmax_precision", 0) is var type && ElementTypeSet.Floating.Contains(type) ? type
            : throw new InvalidModelException($"attribute 'softmax_precision' is {(long)type}; the number of a floating-point type is accepted"));

    /// <summary>The attributes of <paramref name="node"/>.</summary>
    public static AttentionAttributes Of(GraphNode node) => new(
        CausalSchema.Of(node), QueryHeadsSchema.Of(node), KeyHeadsSchema.Of(node), ScoresSchema.Of(node), ScaleSchema.Of(node), SoftCapSchema.Of(node), SoftmaxTypeSchema.Of(node));
}

internal static class Attention
{
    public static OperatorSchema Schema { get; } = new()
    {
        Name = "Attention",
        Summary = "softmax(scale · Q · Kᵀ + mask) · V per head; past keys and values stand before K and V, fewer heads of K and V serve several of Q, rows with everything masked give 0.",
        FirstOpset = 23,
        Inputs =
        [
            OperandSchema.Of("Q", "T1", ElementTypeSet.Floating), OperandSchema.Of("K", "T1", ElementTypeSet.Floating), OperandSchema.Of("V", "T2", ElementTypeSet.Floating),
            OperandSchema.OrAbsent("attn_mask", "U", ElementTypeSet.NumericOrBool),
            OperandSchema.OrAbsent("past_key", "T1", ElementTypeSet.Floating), OperandSchema.OrAbsent("past_value", "T2", ElementTypeSet.Floating),
            OperandSchema.OrAbsent("nonpad_kv_seqlen", "TLength", ElementTypeSet.Int64, since: 24),
        ],
        Outputs =
        [
            OperandSchema.Of("Y", "T1", ElementTypeSet.Floating),
            OperandSchema.OrAbsent("present_key", "T1", ElementTypeSet.Floating), OperandSchema.OrAbsent("present_value", "T2", ElementTypeSet.Floating),
            OperandSchema.OrAbsent("qk_matmul_output", "T1", ElementTypeSet.Floating),
        ],
        Attributes =
        [
            AttentionAttributes.CausalSchema, AttentionAttributes.KeyHeadsSchema, AttentionAttributes.QueryHeadsSchema, AttentionAttributes.ScoresSchema,
            AttentionAttributes.ScaleSchema, AttentionAttributes.SoftCapSchema, AttentionAttributes.SoftmaxTypeSchema,
        ],
        Shapes = Shapes,
    };

    /// <summary>The shape [batch, heads, sequence, size of a head] of an operand that may have its heads side by side in the last of three dimensions.</summary>
    public static TensorShape InHeads(OperatorCall call, TensorShape shape, string name, long? heads)
    {
        if (shape.Rank == 4)
        {
            return heads is null || OperatorCall.MayEqual(shape[1], heads.Value)
                ? shape
                : throw call.Error($"{name} is {shape} and {heads} heads are asked for; dimension 1 must be that");
        }

        if (shape.Rank != 3 || heads is not { } count)
        {
            throw call.Error($"{name} is {shape}; {(shape.Rank == 3 ? "with three dimensions q_num_heads and kv_num_heads are required" : "three or four dimensions are accepted")}");
        }

        Dimension size = shape[2].Value is not { } width ? Dimension.Unknown
            : count > 0 && width % count == 0 ? width / count
            : throw call.Error($"{name} is {shape} and {count} heads are asked for; a divisor of the last dimension is accepted");
        return new(shape[0], count, shape[1], size);
    }

    private static TensorShape?[] Shapes(OperatorCall call)
    {
        AttentionAttributes attention = AttentionAttributes.Of(call.Node);
        if (call.Has(4) != call.Has(5))
        {
            throw call.Error("it has one of past_key and past_value; both or none are accepted");
        }

        call.RequireRank(4, "past_key", 4);
        call.RequireRank(5, "past_value", 4);
        call.RequireRank(6, "nonpad_kv_seqlen", 1);
        if (call.Shape(0) is not { } q || call.Shape(1) is not { } k || call.Shape(2) is not { } v)
        {
            return [null, null, null, null];
        }

        TensorShape queries = InHeads(call, q, "Q", attention.QueryHeads);
        TensorShape keys = InHeads(call, k, "K", attention.KeyHeads);
        TensorShape values = InHeads(call, v, "V", attention.KeyHeads);
        if (q.Rank != k.Rank || k.Rank != v.Rank || !OperatorCall.MayEqual(queries[3], keys[3])
            || !Enumerable.Range(0, 3).All(axis => OperatorCall.MayEqual(keys[axis], values[axis])) || !OperatorCall.MayEqual(queries[0], keys[0]))
        {
            throw call.Error($"Q is {q}, K is {k} and V is {v}, in heads {queries}, {keys} and {values}; batch, sizes of heads of Q and K, and heads and sequences of K and V must be equal");
        }

        if (queries[1].Value is { } queryHeads && keys[1].Value is { } keyHeads && (keyHeads == 0 || queryHeads % keyHeads != 0))
        {
            throw call.Error($"Q has {queryHeads} heads and K has {keyHeads}; a divisor of Q's is accepted");
        }

        Dimension batch = OperatorCall.Unify(queries[0], keys[0]);
        Dimension total = !call.Has(4) ? OperatorCall.Unify(keys[2], values[2])
            : call.Shape(4)?[2].Value is { } past && keys[2].Value is { } own ? checked(past + own)
            : Dimension.Unknown;
        TensorShape y = q.Rank == 4 ? new(batch, queries[1], queries[2], values[3]) : new(batch, queries[2], call.Product([queries[1], values[3]]));
        return [y, new(batch, keys[1], total, keys[3]), new(batch, values[1], total, values[3]), new(batch, queries[1], queries[2], total)];
    }
}
