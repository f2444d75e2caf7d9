using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Networks;

/// <summary>
/// Vision transformer (Dosovitskiy et al. 2021): patches and a class token with position embeddings, blocks that normalise before attention
/// and before the multilayer perceptron, and a linear layer on the class token. Structure, names and draws are torchvision's; the defaults are ViT-B/16.
/// </summary>
/// <remarks>As published, the last layer begins at 0.</remarks>
public sealed record VisionTransformerOptions : LayeredNetworkOptions
{
    private const float VarianceOffset = 1e-6f;

    private static readonly LayerDraw Patches = new(ParameterDraw.LecunNormal, ParameterDraw.Zero);
    private static readonly LayerDraw Projection = new(ParameterDraw.XavierUniform, ParameterDraw.Zero);
    private static readonly LayerDraw AttentionOutput = new(Bias: ParameterDraw.Zero);
    private static readonly LayerDraw Perceptron = new(ParameterDraw.XavierUniform, ParameterDraw.Normal(1e-6));
    private static readonly LayerDraw Head = new(ParameterDraw.Zero, ParameterDraw.Zero);

    /// <summary>A ViT-B/16 with fresh parameters drawn as published.</summary>
    public VisionTransformerOptions() => Initialization = Initialization.Published;

    /// <summary>Side of a patch, in pixels. Default 16.</summary>
    public int PatchSize { get; init => field = SettingGuards.AtLeast(1, value, nameof(PatchSize)); } = 16;

    /// <summary>Number of blocks. Default 12.</summary>
    public int Layers { get; init => field = SettingGuards.AtLeast(1, value, nameof(Layers)); } = 12;

    /// <summary>Number of attention heads, which divides the width. Default 12.</summary>
    public int Heads { get; init => field = SettingGuards.AtLeast(1, value, nameof(Heads)); } = 12;

    /// <summary>Width of a position. Default 768.</summary>
    public int Width { get; init => field = SettingGuards.AtLeast(1, value, nameof(Width)); } = 768;

    /// <summary>Width of a block's hidden layer. Default 3072.</summary>
    public int HiddenWidth { get; init => field = SettingGuards.AtLeast(1, value, nameof(HiddenWidth)); } = 3072;

    /// <summary>Probability with which an element is set to 0 in training, after embeddings, attention and perceptrons. Default 0: no dropout layers.</summary>
    public float Dropout { get; init => field = SettingGuards.DropoutRatio(value, nameof(Dropout)); }

    /// <summary>Probability with which a weight of attention is set to 0 in training. Default 0: no dropout layers.</summary>
    public float AttentionDropout { get; init => field = SettingGuards.DropoutRatio(value, nameof(AttentionDropout)); }

    private protected override Value Logits(GraphBuilder graph, Value x, int logitCount)
    {
        RequireImage(x);
        TransformerLayers.RequireDivisible(Width, Heads);
        if (x.Shape[2].Value % PatchSize != 0 || x.Shape[3].Value % PatchSize != 0)
        {
            throw new InvalidModelException($"The network's input is {x.Type}; images whose sides are multiples of the patch's, {PatchSize}, are accepted.");
        }

        ElementType element = x.Type.Element;
        Value patches = graph.Conv(x, Width, PatchSize, "conv_proj", PatchSize, published: Patches);
        long count = checked(patches.Shape[2].Value!.Value * patches.Shape[3].Value!.Value);
        Value positions = graph.Transpose(graph.Reshape(patches, [0, Width, count], "patches"), [0, 2, 1], "patch_positions");

        Value token = graph.Parameter("class_token", element, [1, 1, Width], ParameterDraw.Zero);
        Value batch = graph.Add("Shape", [positions], NodeAttributes.None.With("end", 1), "batch_size");
        Value tokenShape = graph.Concat([batch, graph.Constant(ConstantTensor.Vector(1, Width), "token_sizes")], 0, "token_shape");
        positions = graph.Concat([graph.Add("Expand", [token, tokenShape], name: "class_tokens"), positions], 1, "positions");
        positions = graph.Add(positions, graph.Parameter("encoder.pos_embedding", element, [1, count + 1, Width], ParameterDraw.Normal(0.02)), "encoder.embedded");
        positions = TransformerLayers.Dropout(graph, positions, Dropout, "encoder.dropout");
        for (int layer = 0; layer < Layers; layer++)
        {
            positions = Block(graph, positions, $"encoder.layers.encoder_layer_{layer}");
        }

        positions = graph.LayerNormalization(positions, "encoder.ln", VarianceOffset);
        return graph.Gemm(TransformerLayers.First(graph, positions, "class_position"), logitCount, "heads.head", published: Head);
    }

    private Value Block(GraphBuilder graph, Value x, string name)
    {
        string attention = $"{name}.self_attention";
        Value normalized = graph.LayerNormalization(x, $"{name}.ln_1", VarianceOffset);
        Value projected = graph.Linear(normalized, checked(3 * Width), $"{attention}.in_proj", $"{attention}.in_proj_weight", $"{attention}.in_proj_bias", Projection);
        Value sizes = graph.Constant(ConstantTensor.Vector(Width, Width, Width), $"{attention}.widths");
        IReadOnlyList<Value> parts = graph.AddMany("Split", [projected, sizes], 3, NodeAttributes.None.With("axis", -1), $"{attention}.split");
        Value attended = TransformerLayers.Attention(graph, parts[0], parts[1], parts[2], Heads, mask: null, AttentionDropout, attention);
        attended = graph.Linear(attended, Width, $"{attention}.out_proj", AttentionOutput);
        x = graph.Add(TransformerLayers.Dropout(graph, attended, Dropout, $"{name}.dropout"), x, $"{name}.attended");

        Value hidden = graph.Gelu(graph.Linear(graph.LayerNormalization(x, $"{name}.ln_2", VarianceOffset), HiddenWidth, $"{name}.mlp.0", Perceptron), $"{name}.mlp.1");
        hidden = TransformerLayers.Dropout(graph, hidden, Dropout, $"{name}.mlp.2");
        Value inner = TransformerLayers.Dropout(graph, graph.Linear(hidden, Width, $"{name}.mlp.3", Perceptron), Dropout, $"{name}.mlp.4");
        return graph.Add(x, inner, $"{name}.output");
    }
}
