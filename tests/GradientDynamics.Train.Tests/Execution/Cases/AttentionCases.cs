using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Train.Tests.Execution.Cases;

/// <summary>Cases of Attention and RotaryEmbedding.</summary>
internal static class AttentionCases
{
    private static NodeAttributes None => NodeAttributes.None;

    private static NodeAttributes Heads => None.With("q_num_heads", 2).With("kv_num_heads", 2);

    private static NodeAttributes Groups => None.With("q_num_heads", 4).With("kv_num_heads", 2);

    public static IEnumerable<OperatorCase> All()
    {
        yield return Attention("of itself", [3, 4], (g, x) => g.Add("Attention", Heads, x, g.Add("Sigmoid", x), g.Graph.Mul(x, x)));
        yield return Attention("of itself in heads", [2, 3, 4], (g, x) => g.Add("Attention", x, g.Add("Sigmoid", x), g.Add("Exp", x)));
        yield return Attention("causal", [3, 4], (g, x) => g.Add("Attention", Heads.With("is_causal", 1), x, g.Add("Sigmoid", x), x));
        yield return Attention("a scale", [3, 4], (g, x) => g.Add("Attention", Heads.With("scale", 0.3f), x, x, x));
        yield return Attention("a soft cap", [3, 4], (g, x) => g.Add("Attention", Heads.With("softcap", 0.7f), x, g.Add("Sigmoid", x), x));
        yield return Attention("of other keys and larger values", [3, 4], (g, x) => g.Add("Attention", Heads, x, g.Numbers(6, 5, 4), g.Numbers(6, 5, 6))) with { KeepsBatch = false };
        yield return Attention("the input as keys", [5, 4], (g, x) => g.Add("Attention", Heads, g.Numbers(6, 3, 4), x, g.Numbers(6, 5, 4))) with { KeepsBatch = false };
        yield return Attention("the input as values", [5, 4], (g, x) => g.Add("Attention", Heads, g.Numbers(6, 3, 4), g.Numbers(6, 5, 4), x)) with { KeepsBatch = false };
        yield return Attention("queries in groups", [3, 8], (g, x) =>
            g.Add("Attention", Groups, x, g.Graph.Add("Slice", [g.Add("Sigmoid", x), g.Integers(0), g.Integers(4), g.Integers(2)]), g.Graph.Add("Slice", [x, g.Integers(4), g.Integers(8), g.Integers(2)])));
        yield return Attention("one head of keys for all", [4, 3, 2], (g, x) =>
        {
            Value first = g.Graph.Add("Slice", [x, g.Integers(0), g.Integers(1), g.Integers(1)]);
            return g.Add("Attention", None.With("is_causal", 1), x, g.Add("Sigmoid", first), first);
        });
        yield return Attention("a mask of numbers", [3, 4], (g, x) => g.Add("Attention", Heads, x, g.Add("Sigmoid", x), x, g.Numbers(3, 3)));
        yield return Attention("a mask of truth values", [3, 4], (g, x) => g.Add("Attention", Heads, x, g.Add("Sigmoid", x), x, Truth(g, [3, 3], 1, 0, 1, 1, 1, 0, 0, 1, 1)));
        yield return Attention("a mask for each head", [3, 4], (g, x) => g.Add("Attention", Heads, x, g.Add("Sigmoid", x), x, g.Numbers(1, 2, 3, 3)));
        yield return Attention("a query that sees nothing", [3, 4], (g, x) => g.Add("Attention", Heads, x, g.Add("Sigmoid", x), x, Truth(g, [3, 3], 1, 0, 1, 0, 0, 0, 0, 1, 1)));
        yield return Attention("a mask and causal", [3, 4], (g, x) => g.Add("Attention", Heads.With("is_causal", 1), x, g.Add("Sigmoid", x), x, g.Numbers(3, 3)));
        yield return Attention("a mask that depends on the input", [3, 4], (g, x) =>
            g.Add("Attention", Heads, g.Numbers(6, 3, 4), g.Numbers(6, 3, 4), g.Numbers(6, 3, 4), g.Add("Slice", g.Graph.Reshape(x, [6, 1, 3, 4]), g.Integers(0), g.Integers(3), g.Integers(3)))) with { KeepsBatch = false };
        yield return new("Attention", "past and present", [3, 4], (g, x) => g.Graph.AddMany("Attention", [x, g.Add("Sigmoid", x), x, null, g.Numbers(6, 2, 2, 2), g.Numbers(6, 2, 2, 2)], 3, Heads))
        {
            KeepsBatch = false,
            Opset = 23,
        };
        yield return Attention("past and present, causal", [3, 4], (g, x) =>
            g.Graph.AddMany("Attention", [x, g.Add("Sigmoid", x), x, null, g.Numbers(6, 2, 2, 2), g.Numbers(6, 2, 2, 2)], 3, Heads.With("is_causal", 1))[0]) with { KeepsBatch = false };
        yield return Attention("the input as past", [2, 2, 2], (g, x) =>
            g.Graph.AddMany("Attention", [g.Numbers(6, 3, 4), g.Numbers(6, 3, 4), g.Numbers(6, 3, 4), null, x, g.Add("Exp", x)], 3, Heads)[0]) with { KeepsBatch = false };
        foreach (int mode in new[] { 0, 3 })
        {
            yield return new("Attention", $"with scores of mode {mode}", [3, 4], (g, x) =>
                [g.Graph.AddMany("Attention", [x, g.Add("Sigmoid", x), x, g.Numbers(3, 3)], 4, Heads.With("qk_matmul_output_mode", mode))[0]]) { Opset = 23 };
        }

        foreach (int mode in new[] { 0, 1, 2, 3 })
        {
            NodeAttributes scores = Heads.With("qk_matmul_output_mode", mode).With("softcap", 0.7f);
            yield return Attention($"its scores of mode {mode} alone", [3, 4], (g, x) => g.Graph.AddMany("Attention", [x, g.Add("Sigmoid", x), x, g.Numbers(3, 3)], 4, scores)[3]);
            yield return Attention($"all its outputs, scores of mode {mode}", [3, 4], (g, x) => Joined(g,
                [.. g.Graph.AddMany("Attention", [x, g.Add("Sigmoid", x), g.Add("Exp", x), g.Numbers(3, 5), g.Numbers(6, 2, 2, 2), g.Numbers(6, 2, 2, 2)], 4, scores)])) with { KeepsBatch = false };
        }

        yield return Attention("its keys alone", [3, 4], (g, x) =>
            g.Graph.AddMany("Attention", [x, g.Add("Sigmoid", x), x, null, g.Numbers(6, 2, 2, 2), g.Numbers(6, 2, 2, 2)], 3, Heads)[1]) with { KeepsBatch = false };
        yield return Attention("its values alone, the input as past", [2, 2, 2], (g, x) =>
            g.Graph.AddMany("Attention", [g.Numbers(6, 3, 4), g.Numbers(6, 3, 4), g.Numbers(6, 3, 4), null, x, g.Add("Exp", x)], 3, Heads)[2]) with { KeepsBatch = false };
        yield return Attention("all its outputs, queries in groups", [3, 8], (g, x) => Joined(g,
            [.. g.Graph.AddMany("Attention", [x, First(g, g.Add("Sigmoid", x)), First(g, x), null, g.Numbers(6, 2, 2, 2), g.Numbers(6, 2, 2, 2)], 3, Groups)])) with { KeepsBatch = false };
        yield return Attention("lengths of the keys", [3, 4], (g, x) => g.Add("Attention", Heads, x, g.Add("Sigmoid", x), x, null, null, null, g.Integers(1, 2, 3, 3, 2, 1))) with { KeepsBatch = false, Opset = 24 };

        yield return Rotary("halves", [3, 8], (g, x) => g.Add("RotaryEmbedding", None.With("num_heads", 2), x, g.Numbers(6, 3, 2), g.Numbers(6, 3, 2))) with { KeepsBatch = false };
        yield return Rotary("side by side, in heads", [2, 3, 4], (g, x) =>
            g.Add("RotaryEmbedding", None.With("interleaved", 1), x, g.Numbers(6, 3, 2), g.Numbers(6, 3, 2))) with { KeepsBatch = false };
        yield return Rotary("positions, a part of the head", [3, 12], (g, x) =>
            g.Add("RotaryEmbedding", None.With("num_heads", 2).With("rotary_embedding_dim", 4), x, g.Numbers(5, 2), g.Numbers(5, 2), g.IntegersOf([6, 3], 0, 1, 2, 4, 3, 2, 0, 1, 2, 1, 2, 3, 0, 0, 4, 2, 1, 0))) with
        {
            KeepsBatch = false,
        };
    }

    // The first four numbers of the last dimension.
    private static Value First(CaseBuilder g, Value x) => g.Add("Slice", x, g.Integers(0), g.Integers(4), g.Integers(2));

    // Values of all shapes side by side.
    private static Value Joined(CaseBuilder g, Value[] values) =>
        g.Graph.Add("Concat", [.. values.Select(value => g.Graph.Reshape(value, [OperatorCase.BatchSize, -1]))], None.With("axis", 1));

    private static Value Truth(CaseBuilder g, long[] sizes, params long[] values) => g.Add("Cast", None.With("to", (long)ElementType.Bool), g.IntegersOf(sizes, values));

    private static OperatorCase Attention(string name, long[] inputShape, Func<CaseBuilder, Value, Value> build) => new("Attention", name, inputShape, (g, x) => [build(g, x)]) { Opset = 23 };

    private static OperatorCase Rotary(string name, long[] inputShape, Func<CaseBuilder, Value, Value> build) => new("RotaryEmbedding", name, inputShape, (g, x) => [build(g, x)]) { Opset = 23 };
}
