using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Networks;

/// <summary>What transformers are made of, over values [batch, positions, width].</summary>
internal static class TransformerLayers
{
    /// <summary>Scaled dot-product attention of several heads: softmax(Q·Kᵀ / √(head's width) + mask) · V, the heads side by side.</summary>
    public static Value Attention(GraphBuilder graph, Value query, Value key, Value value, int heads, Value? mask, float dropout, string name)
    {
        long width = query.Shape[^1].Value!.Value;
        long headWidth = width / heads;
        Value Heads(Value x, string part, long[] permutation) =>
            graph.Transpose(graph.Reshape(x, [0, 0, heads, headWidth], $"{name}.{part}_by_head"), permutation, $"{name}.{part}_of_heads");

        Value scale = graph.Constant(ParameterInitializer.Fill(query.Type.Element, [], () => 1 / Math.Sqrt(headWidth)), $"{name}.scale");
        Value scaled = graph.Mul(Heads(query, "query", [0, 2, 1, 3]), scale, $"{name}.scaled_query");
        Value scores = graph.MatMul(scaled, Heads(key, "key", [0, 2, 3, 1]), $"{name}.scores");
        if (mask is not null)
        {
            scores = graph.Add(scores, mask, $"{name}.masked_scores");
        }

        Value weights = Dropout(graph, graph.Softmax(scores, name: $"{name}.probabilities"), dropout, $"{name}.dropout");
        Value context = graph.MatMul(weights, Heads(value, "value", [0, 2, 1, 3]), $"{name}.context_of_heads");
        return graph.Reshape(graph.Transpose(context, [0, 2, 1, 3], $"{name}.context_by_head"), [0, 0, width], $"{name}.context");
    }

    /// <summary>Dropout where it drops anything.</summary>
    public static Value Dropout(GraphBuilder graph, Value x, float ratio, string name) => ratio > 0 ? graph.Dropout(x, ratio, name) : x;

    /// <summary>The first position of every example.</summary>
    public static Value First(GraphBuilder graph, Value x, string name) =>
        graph.Add("Gather", [x, graph.Constant(ConstantTensor.Scalar(0L), $"{name}.position")], NodeAttributes.None.With("axis", 1), name);

    /// <summary>Refuses a width that the heads do not divide.</summary>
    public static void RequireDivisible(int width, int heads)
    {
        if (width % heads != 0)
        {
            throw new InvalidModelException($"A width of {width} is not divided by {heads} heads; a multiple of the number of heads is accepted.");
        }
    }
}
