using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Operators;

namespace GradientDynamics.Onnx.Gradients.Rules;

/// <summary>
/// Y = P·V with P = softmax(S), S = c·Q·Kᵀ + mask per head: dV = Pᵀ·dY, dS = P·(dY·Vᵀ − Σ dY·Y) element by element, dQ = c·dS·K,
/// dK = c·dSᵀ·Q. (Σ dY·Y over a row of the output is Σ P·dP over a row of scores, as in Dao et al., "FlashAttention", 2022,
/// https://arxiv.org/abs/2205.14135.) A soft cap t·tanh(s / t) has the slope 1 − tanh²(s / t). P is an output of the forward node. What the outputs present_key,
/// present_value and qk_matmul_output bring is added where the forward pass takes them off.
/// </summary>
internal static class AttentionGradient
{
    private const int Mask = 3;
    private const int PastKey = 4;
    private const int PastValue = 5;
    private const int ScoresOutput = 3;
    private static readonly long[] HeadsBeforeSequence = [0, 2, 1, 3];

    public static void Emit(GradientContext node) => new Pass(node).Emit();

    private sealed class Pass(GradientContext node)
    {
        private readonly AttentionAttributes _attention = AttentionAttributes.Of(node.Node);
        private string? _probabilities;

        private GradientGraph Graph => node.Graph;

        private bool SideBySide => node.InputShape(0).Rank == 3;

        private long QueryHeads => Known(_attention.QueryHeads ?? node.InputShape(0)[1].Value, "number of heads of Q");

        private long KeyHeads => Known(_attention.KeyHeads ?? node.InputShape(1)[1].Value, "number of heads of K");

        private long Group => QueryHeads / KeyHeads;

        public void Emit()
        {
            string? output = node.HasOutputGradient(0) ? InHeads(node.OutputGradient(), QueryHeads) : null;
            if (node.NeedsGradient(2) || node.NeedsGradient(PastValue))
            {
                SetKeyOrValue(2, PastValue, output is null ? null : Graph.Add("MatMul", Transposed(Probabilities()), output));
            }

            if (!node.NeedsGradient(0) && !node.NeedsGradient(1) && !node.NeedsGradient(Mask) && !node.NeedsGradient(PastKey))
            {
                return;
            }

            string? biased = Sum(ToScores(output), OfScores(AttentionScores.Biased));
            if (biased is not null)
            {
                SetMask(biased);
            }

            if (!node.NeedsGradient(0) && !node.NeedsGradient(1) && !node.NeedsGradient(PastKey))
            {
                return;
            }

            string queries = InHeads(node.Input(0), QueryHeads);
            string keys = ForAllQueries(1, PastKey);
            string? capped = Sum(biased, OfScores(AttentionScores.Capped));
            string? scaled = Sum(capped is not null && _attention.SoftCap > 0 ? Uncapped(capped, queries, keys) : capped, OfScores(AttentionScores.Products));
            string? products = scaled is null ? null : Scaled(scaled);
            if (node.NeedsGradient(0) && products is not null)
            {
                node.SetInputGradient(0, SideBySideIfInput(Graph.Add("MatMul", products, keys)));
            }

            if (node.NeedsGradient(1) || node.NeedsGradient(PastKey))
            {
                SetKeyOrValue(1, PastKey, products is null ? null : Graph.Add("MatMul", Transposed(products), queries));
            }
        }

        // The gradient with respect to what Softmax takes: through Y, and through the probabilities where they are an output.
        private string? ToScores(string? output)
        {
            string? ofProbabilities = OfScores(AttentionScores.Probabilities);
            if (Sum(output is null ? null : Graph.Add("MatMul", output, Transposed(ForAllQueries(2, PastValue))), ofProbabilities) is not { } toProbabilities)
            {
                return null;
            }

            string share = ofProbabilities is null
                ? Graph.ReduceSum(InHeads(Graph.Add("Mul", node.OutputGradient(), node.Output()), QueryHeads), [-1])
                : Graph.ReduceSum(Graph.Add("Mul", Probabilities(), toProbabilities), [-1]);
            return Graph.Add("Mul", Probabilities(), Graph.Add("Sub", toProbabilities, share));
        }

        // The gradient of the output qk_matmul_output, where it holds these scores.
        private string? OfScores(AttentionScores scores) => _attention.Scores == scores && node.HasOutputGradient(ScoresOutput) ? node.OutputGradient(ScoresOutput) : null;

        private string? Sum(string? one, string? other) => one is null ? other : other is null ? one : Graph.Add("Add", one, other);

        // The node gives its probabilities where it gives no other scores; otherwise another node of the same inputs does.
        private string Probabilities()
        {
            NodeAttributes attributes = node.Node.Attributes.With("qk_matmul_output_mode", (long)AttentionScores.Probabilities);
            return _probabilities ??= node.Node.Output(ScoresOutput) is null || _attention.Scores == AttentionScores.Probabilities
                ? node.ForwardOutput(ScoresOutput, attributes)
                : Graph.AddMany("Attention", ScoresOutput + 1, attributes, [.. node.Node.Inputs])[ScoresOutput];
        }

        // The root is taken in the graph, in whatever precision that is executed.
        private string Scaled(string value) => _attention.Scale is { } scale
            ? Graph.Add("Mul", value, Graph.Scalar(node.Element, scale))
            : Graph.Add("Div", value, Graph.Add("Sqrt", Graph.Scalar(node.Element, HeadSize(0, QueryHeads))));

        private string Uncapped(string gradient, string queries, string keys)
        {
            string bent = Graph.Add("Tanh", Graph.Add("Div", Scaled(Graph.Add("MatMul", queries, Transposed(keys))), Graph.Scalar(node.Element, _attention.SoftCap)));
            return Graph.Add("Mul", gradient, Graph.Add("Sub", Graph.Scalar(node.Element, 1), Graph.Add("Mul", bent, bent)));
        }

        private void SetMask(string scores)
        {
            if (!node.NeedsGradient(Mask))
            {
                return;
            }

            TensorShape mask = node.InputShape(Mask);
            Dimension total = node.Node.Input(PastKey) is null ? node.InputShape(1)[SideBySide ? 1 : 2] : Dimension.Unknown;
            if (mask[mask.Rank - 1] != total || total == Dimension.Unknown)
            {
                throw node.Unsupported($"its attn_mask {mask} depends on the differentiated input and may be shorter than the keys; a mask as long as K's sequence is accepted");
            }

            TensorShape full = new(node.InputShape(0)[0], QueryHeads, node.InputShape(0)[SideBySide ? 1 : 2], total);
            node.SetInputGradient(Mask, BroadcastReduction.Emit(Graph, scores, full, node.Input(Mask), mask));
        }

        // Keys or values of past and present in heads, each head repeated for the queries that it serves.
        private string ForAllQueries(int own, int past)
        {
            string present = InHeads(node.Input(own), KeyHeads);
            if (node.Node.Input(past) is { } before)
            {
                present = Graph.Add("Concat", NodeAttributes.None.With("axis", 2), before, present);
            }

            if (Group == 1)
            {
                return present;
            }

            string repeated = Graph.Add("Expand", Graph.Unsqueeze(present, 2), Graph.Indices(1, 1, Group, 1, 1));
            return Graph.Reshape(repeated, 0, QueryHeads, -1, HeadSize(own, KeyHeads));
        }

        // Sets the gradient of K or V, and of what stands before it, from that of all queries' heads and that of the output of all keys or values, which has the number of K or V.
        private void SetKeyOrValue(int own, int past, string? ofQueries)
        {
            string? gradient = ofQueries;
            if (gradient is not null && Group > 1)
            {
                gradient = Graph.ReduceSum(Graph.Reshape(gradient, 0, KeyHeads, Group, -1, HeadSize(own, KeyHeads)), [2], keepDimensions: false);
            }

            gradient = Sum(gradient, node.HasOutputGradient(own) ? node.OutputGradient(own) : null);
            if (gradient is null)
            {
                return;
            }

            if (node.Node.Input(past) is { } before)
            {
                string length = Graph.Add("Shape", NodeAttributes.None.With("start", 2).With("end", 3), before);
                string axis = Graph.Indices(2);
                if (node.NeedsGradient(past))
                {
                    node.SetInputGradient(past, Graph.Add("Slice", gradient, Graph.Indices(0), length, axis));
                }

                gradient = Graph.Add("Slice", gradient, length, Graph.Indices(long.MaxValue), axis);
            }

            if (node.NeedsGradient(own))
            {
                node.SetInputGradient(own, SideBySideIfInput(gradient));
            }
        }

        private string InHeads(string value, long heads) =>
            SideBySide ? Graph.Add("Transpose", NodeAttributes.None.With("perm", HeadsBeforeSequence), Graph.Reshape(value, 0, 0, heads, -1)) : value;

        private string SideBySideIfInput(string value) =>
            SideBySide ? Graph.Reshape(Graph.Add("Transpose", NodeAttributes.None.With("perm", HeadsBeforeSequence), value), 0, 0, -1) : value;

        private string Transposed(string value) => Graph.Add("Transpose", NodeAttributes.None.With("perm", [0L, 1, 3, 2]), value);

        private long HeadSize(int index, long heads)
        {
            TensorShape shape = node.InputShape(index);
            return Known(shape[shape.Rank - 1].Value / (SideBySide ? heads : 1), $"size of a head of '{node.Input(index)}'");
        }

        private long Known(long? number, string what) => number ?? throw node.Unsupported($"the {what} is not known");
    }
}

/// <summary>Y is X turned by angles: dX is dY turned back, which is what sines of the opposite sign do.</summary>
internal static class RotaryEmbeddingGradient
{
    public static void Emit(GradientContext node)
    {
        node.RequireNoGradient(1, "cos_cache");
        node.RequireNoGradient(2, "sin_cache");
        GradientGraph graph = node.Graph;
        node.SetInputGradient(
            0, graph.Add("RotaryEmbedding", node.Node.Attributes, [node.OutputGradient(), node.Input(1), graph.Add("Neg", node.Input(2)), .. node.Node.Inputs.Skip(3)]));
    }
}
