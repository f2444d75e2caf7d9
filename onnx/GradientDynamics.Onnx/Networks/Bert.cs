using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Networks;

/// <summary>
/// BERT with a classifier (Devlin et al. 2019): embeddings of tokens, positions and token types, blocks that normalise after attention and
/// after the multilayer perceptron, a tanh layer on the first position, and a linear layer. Structure, names and draws are those of Hugging Face's
/// BertForSequenceClassification; the defaults are BERT-base.
/// </summary>
/// <remarks>
/// Inputs are input_ids, attention_mask (1 where a token is, 0 where it is padding) and token_type_ids, INT64 [batch, sequence]. A sequence may
/// be of any length up to <see cref="MaximalPositions"/>.
/// </remarks>
public sealed record BertOptions : NetworkOptions
{
    /// <summary>Name of the input of token numbers.</summary>
    public const string InputIdsName = "input_ids";

    /// <summary>Name of the input that says where tokens are.</summary>
    public const string AttentionMaskName = "attention_mask";

    /// <summary>Name of the input of token types: the sentence that a token belongs to.</summary>
    public const string TokenTypeIdsName = "token_type_ids";

    private const string SequenceSymbol = "sequence";
    private const float VarianceOffset = 1e-12f;

    private static readonly ParameterDraw Normal = ParameterDraw.Normal(0.02);
    private static readonly LayerDraw Layer = new(Normal, ParameterDraw.Zero);

    /// <summary>A BERT-base with fresh parameters drawn as published.</summary>
    public BertOptions() => Initialization = Initialization.Published;

    /// <summary>BERT-tiny: 2 blocks of width 128 with 2 heads (Turc et al. 2019).</summary>
    public static BertOptions Tiny => new() { Layers = 2, Heads = 2, Width = 128, HiddenWidth = 512 };

    /// <summary>Number of tokens. Default 30522.</summary>
    public int Vocabulary { get; init => field = SettingGuards.AtLeast(1, value, nameof(Vocabulary)); } = 30_522;

    /// <summary>Number of blocks. Default 12.</summary>
    public int Layers { get; init => field = SettingGuards.AtLeast(1, value, nameof(Layers)); } = 12;

    /// <summary>Number of attention heads, which divides the width. Default 12.</summary>
    public int Heads { get; init => field = SettingGuards.AtLeast(1, value, nameof(Heads)); } = 12;

    /// <summary>Width of a position. Default 768.</summary>
    public int Width { get; init => field = SettingGuards.AtLeast(1, value, nameof(Width)); } = 768;

    /// <summary>Width of a block's hidden layer. Default 3072.</summary>
    public int HiddenWidth { get; init => field = SettingGuards.AtLeast(1, value, nameof(HiddenWidth)); } = 3072;

    /// <summary>Positions that a sequence may have. Default 512.</summary>
    public int MaximalPositions { get; init => field = SettingGuards.AtLeast(1, value, nameof(MaximalPositions)); } = 512;

    /// <summary>Number of token types. Default 2.</summary>
    public int TokenTypes { get; init => field = SettingGuards.AtLeast(1, value, nameof(TokenTypes)); } = 2;

    /// <summary>Probability with which an element is set to 0 in training, after embeddings, attention, perceptrons and the tanh layer. Default 0.1.</summary>
    public float Dropout { get; init => field = SettingGuards.DropoutRatio(value, nameof(Dropout)); } = 0.1f;

    /// <summary>Probability with which a weight of attention is set to 0 in training. Default 0.1.</summary>
    public float AttentionDropout { get; init => field = SettingGuards.DropoutRatio(value, nameof(AttentionDropout)); } = 0.1f;

    private protected override OnnxGraph Build(InputSpec input, int logitCount, Random random, Action<string> say)
    {
        if (input.Element != ElementType.Int64 || input.Shape.Count != 1 || input.Shape[0] > MaximalPositions)
        {
            throw new InvalidModelException($"The network's input is {input.BatchType}; token numbers are accepted: Int64 [batch, sequence] of at most {MaximalPositions} positions.");
        }

        TransformerLayers.RequireDivisible(Width, Heads);
        GraphBuilder graph = new(random, Initialization);
        TensorShape shape = new(Dimension.Named(InputSpec.BatchSymbol), Dimension.Named(SequenceSymbol));
        Value ids = graph.Input(InputIdsName, ElementType.Int64, shape);
        Value present = graph.Input(AttentionMaskName, ElementType.Int64, shape);
        Value types = graph.Input(TokenTypeIdsName, ElementType.Int64, shape);

        Value x = Embeddings(graph, ids, types);
        Value mask = Mask(graph, present);
        for (int layer = 0; layer < Layers; layer++)
        {
            x = Block(graph, x, mask, $"bert.encoder.layer.{layer}");
        }

        Value pooled = graph.Tanh(graph.Gemm(TransformerLayers.First(graph, x, "bert.first_position"), Width, "bert.pooler.dense", published: Layer), "bert.pooler");
        return graph.Output(graph.Gemm(TransformerLayers.Dropout(graph, pooled, Dropout, "dropout"), logitCount, "classifier", published: Layer), LogitsName);
    }

    private Value Embeddings(GraphBuilder graph, Value ids, Value types)
    {
        const string Name = "bert.embeddings";
        Value Table(string name, int rows) => graph.Parameter($"{Name}.{name}.weight", ElementType.Float, [rows, Width], Normal);
        Value Looked(Value table, Value indices, string name) => graph.Add("Gather", [table, indices], name: $"{Name}.{name}");

        Value tokens = Looked(Table("word_embeddings", Vocabulary), ids, "tokens");
        Value length = graph.Add("Shape", [ids], NodeAttributes.None.With("start", 1), $"{Name}.length");
        Value first = graph.Constant(ConstantTensor.Vector(0), $"{Name}.first_position");
        Value positions = graph.Add("Slice", [Table("position_embeddings", MaximalPositions), first, length, first], name: $"{Name}.positions");
        Value tokenTypes = Looked(Table("token_type_embeddings", TokenTypes), types, "token_types");
        Value sum = graph.Add(graph.Add(tokens, tokenTypes, $"{Name}.tokens_and_types"), positions, $"{Name}.sum");
        return TransformerLayers.Dropout(graph, graph.LayerNormalization(sum, $"{Name}.LayerNorm", VarianceOffset), Dropout, $"{Name}.dropout");
    }

    // Added to the scores: 0 for tokens, the lowest number for padding.
    private static Value Mask(GraphBuilder graph, Value present)
    {
        const string Name = "bert.mask";
        Value one = graph.Constant(ConstantTensor.Scalar(1f), $"{Name}.one");
        Value lowest = graph.Constant(ConstantTensor.Scalar(float.MinValue), $"{Name}.lowest");
        Value absent = graph.Sub(one, graph.Add("Cast", [present], NodeAttributes.None.With("to", (long)ElementType.Float), $"{Name}.present"), $"{Name}.absent");
        Value axes = graph.Constant(ConstantTensor.Vector(1, 2), $"{Name}.axes");
        return graph.Add("Unsqueeze", [graph.Mul(absent, lowest, $"{Name}.scores"), axes], name: Name);
    }

    private Value Block(GraphBuilder graph, Value x, Value mask, string name)
    {
        string attention = $"{name}.attention";
        Value Projected(string part) => graph.Linear(x, Width, $"{attention}.self.{part}", Layer);
        Value attended = TransformerLayers.Attention(graph, Projected("query"), Projected("key"), Projected("value"), Heads, mask, AttentionDropout, $"{attention}.self");
        Value output = TransformerLayers.Dropout(graph, graph.Linear(attended, Width, $"{attention}.output.dense", Layer), Dropout, $"{attention}.output.dropout");
        Value middle = graph.LayerNormalization(graph.Add(output, x, $"{attention}.output.sum"), $"{attention}.output.LayerNorm", VarianceOffset);

        Value hidden = graph.Gelu(graph.Linear(middle, HiddenWidth, $"{name}.intermediate.dense", Layer), $"{name}.intermediate");
        Value inner = TransformerLayers.Dropout(graph, graph.Linear(hidden, Width, $"{name}.output.dense", Layer), Dropout, $"{name}.output.dropout");
        return graph.LayerNormalization(graph.Add(inner, middle, $"{name}.output.sum"), $"{name}.output.LayerNorm", VarianceOffset);
    }
}
