using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Operators;
using TorchSharp;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Execution;

/// <summary>
/// Attention. What torch's fused function computes exactly goes there: no soft cap, no scores asked for, and no query that sees nothing.
/// (It has no derivative of its derivative.) Otherwise scores, mask, Softmax and the product with V are taken one by one.
/// </summary>
internal static class AttentionExecution
{
    private const int ScoresOutput = 3;

    public static NodeExecution Compile(GraphNode node)
    {
        AttentionAttributes attention = AttentionAttributes.Of(node);
        return call => Run(attention, call);
    }

    private static void Run(AttentionAttributes attention, NodeCall call)
    {
        using DisposeScope scope = NewDisposeScope();
        bool sideBySide = call[0].dim() == 3;
        Tensor q = InHeads(call[0], attention.QueryHeads, call.Node);
        Tensor k = InHeads(call[1], attention.KeyHeads, call.Node);
        Tensor v = InHeads(call[2], attention.KeyHeads, call.Node);
        k = call.At(4) is { } pastKey ? cat([pastKey, k], 2) : k;
        v = call.At(5) is { } pastValue ? cat([pastValue, v], 2) : v;
        Return(k, 1, call);
        Return(v, 2, call);
        long group = q.shape[1] / k.shape[1];
        if (group > 1)
        {
            k = k.repeat_interleave(group, 1);
            v = v.repeat_interleave(group, 1);
        }

        double scale = attention.Scale ?? 1 / Math.Sqrt(q.shape[3]);
        bool oneByOne = attention.SoftCap > 0 || attention.SoftmaxType is not null || call.Wants(ScoresOutput);
        bool masked = call.Has(3) || call.Has(6) || (attention.IsCausal && (call.Has(4) || oneByOne));
        Tensor? bias = masked ? Bias(attention, q, k, call) : null;
        Tensor y = oneByOne || (bias is not null && (bias.requires_grad || HidesAll(bias)))
            ? OneByOne(attention, q, k, v, bias, scale, call)
            : nn.functional.scaled_dot_product_attention(
                attention.Scale is null ? q : q * (scale * Math.Sqrt(q.shape[3])), k, v, bias, is_casual: attention.IsCausal && bias is null);
        call.Return((sideBySide ? y.transpose(1, 2).flatten(2) : y).MoveToOuterDisposeScope());
    }

    private static Tensor OneByOne(AttentionAttributes attention, Tensor q, Tensor k, Tensor v, Tensor? bias, double scale, NodeCall call)
    {
        Tensor products = (q * scale).matmul(k.transpose(2, 3));
        Tensor capped = attention.SoftCap > 0 ? (products / attention.SoftCap).tanh() * attention.SoftCap : products;
        Tensor biased = bias is null ? capped : capped + bias;
        Tensor precise = attention.SoftmaxType is { } type ? biased.to(call.TypeOf(type)) : biased;
        Tensor probabilities = Softmax(precise, bias is not null).to(q.dtype);
        Return(attention.Scores switch
        {
            AttentionScores.Products => products,
            AttentionScores.Capped => capped,
            AttentionScores.Biased => biased,
            _ => probabilities,
        }, ScoresOutput, call);
        return probabilities.to(v.dtype).matmul(v).to(q.dtype);
    }

    // A query that sees nothing has probabilities 0, not 0 / 0.
    private static Tensor Softmax(Tensor scores, bool masked)
    {
        if (!masked || scores.shape[^1] == 0)
        {
            return scores.softmax(-1);
        }

        Tensor blind = scores.detach().amax([-1], keepdim: true).isneginf();
        return scores.masked_fill(blind, 0).softmax(-1).masked_fill(blind, 0);
    }

    // What is added to the scores: the mask, -∞ where a query must not see a key.
    private static Tensor Bias(AttentionAttributes attention, Tensor q, Tensor k, NodeCall call)
    {
        long length = q.shape[2];
        long total = k.shape[2];
        Tensor? bias = call.At(3) is { } mask ? OfMask(mask, total, q.dtype) : null;
        Tensor? hidden = null;
        if (attention.IsCausal || call.Has(6))
        {
            Tensor keys = arange(total, ScalarType.Int64, q.device);
            Tensor lengths = call.Has(6) ? call[6].reshape(-1, 1, 1, 1) : full([1, 1, 1, 1], total, ScalarType.Int64, q.device);
            hidden = call.Has(6) ? keys.ge(lengths) : null;
            if (attention.IsCausal)
            {
                // How many keys stand before the first query: the past, or what the valid keys have more than queries.
                Tensor before = call.At(4) is { } past ? full([1, 1, 1, 1], past.shape[2], ScalarType.Int64, q.device)
                    : call.Has(6) ? lengths - length
                    : zeros([1, 1, 1, 1], ScalarType.Int64, q.device);
                Tensor ahead = keys.gt(arange(length, ScalarType.Int64, q.device).reshape(-1, 1) + before);
                hidden = hidden is null ? ahead : hidden.logical_or(ahead);
            }
        }

        if (hidden is null)
        {
            return bias!;
        }

        Tensor open = bias ?? zeros([1, 1, 1, 1], q.dtype, q.device);
        return where(hidden, full([1], double.NegativeInfinity, q.dtype, q.device), open);
    }

    // A mask that is shorter than the keys hides the rest.
    private static Tensor OfMask(Tensor mask, long total, ScalarType type)
    {
        if (mask.dtype == ScalarType.Bool)
        {
            Tensor hidden = mask.logical_not();
            mask = zeros(mask.shape, type, mask.device).masked_fill(hidden, double.NegativeInfinity);
        }

        mask = mask.to(type);
        long lacking = total - mask.shape[^1];
        return lacking > 0 && mask.shape[^1] > 1 ? nn.functional.pad(mask, [0, lacking], PaddingModes.Constant, double.NegativeInfinity) : mask;
    }

    private static bool HidesAll(Tensor bias)
    {
        using IDisposable noGradients = no_grad();
        return bias.numel() > 0 && bias.amax([-1], keepdim: false).isneginf().any().item<bool>();
    }

    // Heads that stand side by side in the last dimension, as a dimension of their own before the sequence.
    private static Tensor InHeads(Tensor x, long? heads, GraphNode node) => x.dim() == 4 ? x
        : heads is { } count ? x.unflatten(2, [count, x.shape[2] / count]).transpose(1, 2)
        : throw new InvalidModelException($"Node {node} has inputs of three dimensions without q_num_heads and kv_num_heads, which are required then.");

    private static void Return(Tensor tensor, int output, NodeCall call)
    {
        if (call.Wants(output))
        {
            call.Return(tensor.alias().MoveToOuterDisposeScope(), output);
        }
    }
}

/// <summary>RotaryEmbedding: pairs of numbers of each head are turned by the angle of their position.</summary>
internal static class RotaryEmbeddingExecution
{
    public static NodeExecution Compile(GraphNode node)
    {
        (bool interleaved, long heads, long rotated) = RotaryEmbeddingAttributes.Of(node);
        return call =>
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor x = call[0];
            bool sideBySide = x.dim() == 3;

            // [batch, sequence, heads, size of a head].
            Tensor apart = sideBySide ? x.unflatten(2, [heads, x.shape[2] / heads]) : x.transpose(1, 2);
            long size = apart.shape[3];
            long turned = rotated == 0 ? size : rotated;
            Tensor cosine = AtPositions(call[1], call);
            Tensor sine = AtPositions(call[2], call);
            Tensor head = apart.narrow(3, 0, turned);
            Tensor first = interleaved ? head.slice(3, 0, turned, 2) : head.narrow(3, 0, turned / 2);
            Tensor second = interleaved ? head.slice(3, 1, turned, 2) : head.narrow(3, turned / 2, turned / 2);
            Tensor real = (cosine * first) - (sine * second);
            Tensor imaginary = (sine * first) + (cosine * second);
            Tensor pairs = interleaved ? stack([real, imaginary], -1).flatten(3) : cat([real, imaginary], 3);
            Tensor y = turned == size ? pairs : cat([pairs, apart.narrow(3, turned, size - turned)], 3);
            call.Return((sideBySide ? y.flatten(2) : y.transpose(1, 2)).MoveToOuterDisposeScope());
        };
    }

    // The cache's rows for each position of each example, the same for all heads.
    private static Tensor AtPositions(Tensor cache, NodeCall call)
    {
        if (call.At(3) is not { } positions)
        {
            return cache.unsqueeze(2);
        }

        Tensor rows = cache.index_select(0, GatherExecution.FromFront(positions.reshape(-1), cache.shape[0]));
        return rows.reshape([.. positions.shape, cache.shape[1]]).unsqueeze(2);
    }
}
