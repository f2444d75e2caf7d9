using System.Text.Json.Serialization;
using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Networks;

/// <summary>A network: from the shape of an example and a number of logits to a graph with the parameters with which training begins.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(MlpOptions), "mlp")]
[JsonDerivedType(typeof(ConvNetOptions), "conv-net")]
[JsonDerivedType(typeof(ResNet18Options), "resnet-18")]
[JsonDerivedType(typeof(ResNet34Options), "resnet-34")]
[JsonDerivedType(typeof(ResNet50Options), "resnet-50")]
[JsonDerivedType(typeof(PreactivationResNetOptions), "preactivation-resnet")]
[JsonDerivedType(typeof(VggOptions), "vgg")]
[JsonDerivedType(typeof(ScaledLinearOptions), "scaled-linear")]
[JsonDerivedType(typeof(MobileNetV3SmallOptions), "mobilenet-v3-small")]
[JsonDerivedType(typeof(DenseNetOptions), "densenet")]
[JsonDerivedType(typeof(VisionTransformerOptions), "vision-transformer")]
[JsonDerivedType(typeof(BertOptions), "bert")]
[JsonDerivedType(typeof(OnnxNetworkOptions), "onnx")]
public abstract record NetworkOptions
{
    /// <summary>Name of the graph's input, [batch, …].</summary>
    public const string InputName = "input";

    /// <summary>Name of the graph's output, [batch, logits].</summary>
    public const string LogitsName = "logits";

    /// <summary>How parameters are drawn. Default torch's way for mlp, conv-net, scaled-linear and the new head of onnx, and as published for the other kinds.</summary>
    public Initialization Initialization
    {
        get;
        init => field = Enum.IsDefined(value) ? value : throw new ArgumentOutOfRangeException(nameof(Initialization), value, "torch, xavier-uniform, ntk and published are accepted");
    }

    = Initialization.Torch;

    /// <summary>
    /// File whose weights take the place of drawn ones: safetensors, or an ONNX model with initializers of the same names. torchvision's and
    /// Hugging Face's names are known. A name that is missing, is not expected or has another shape is an error. Default none.
    /// </summary>
    public string? Weights { get; init; }

    /// <summary>Whether the last layer is drawn although <see cref="Weights"/> is given: it may then be absent from the file, or be of another size in it. Default false.</summary>
    public bool HeadFromScratch { get; init; }

    /// <summary>
    /// Names of parameters that training leaves as they are, as patterns in which * stands for any text and ? for any character; batch
    /// normalisation with a frozen parameter keeps its statistics too. A pattern that no name matches is an error. Default none.
    /// </summary>
    public IReadOnlyList<string> Freeze
    {
        get;
        init => field = value.Any(string.IsNullOrEmpty) ? throw new ArgumentException("A pattern is empty; names of parameters are accepted, with * and ?.", nameof(Freeze)) : [.. value];
    }

    = [];

    /// <summary>The network as training begins but for <see cref="Weights"/>; the same random numbers give the same graph.</summary>
    /// <param name="input">Shape of one example.</param>
    /// <param name="logitCount">Number of logits; 1 stands for two classes with logits (0, z).</param>
    /// <param name="random">Source of the parameters.</param>
    /// <param name="say">Takes lines about what was changed in a given graph; null drops them.</param>
    /// <exception cref="InvalidModelException">The network does not fit the input; the message names the layer.</exception>
    public OnnxGraph Create(InputSpec input, int logitCount, Random random, Action<string>? say = null)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(logitCount);
        return Build(input, logitCount, random, say ?? (_ => { }));
    }

    /// <summary>Equal where every setting is.</summary>
    public virtual bool Equals(NetworkOptions? other) => other is not null && EqualityContract == other.EqualityContract && Initialization == other.Initialization
        && Weights == other.Weights && HeadFromScratch == other.HeadFromScratch && Freeze.SequenceEqual(other.Freeze);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(EqualityContract, Initialization, Weights, HeadFromScratch, Freeze.Aggregate(0, HashCode.Combine));

    private protected abstract OnnxGraph Build(InputSpec input, int logitCount, Random random, Action<string> say);
}

/// <summary>A network that is drawn here over one floating-point input: normalisation if asked, then layers to the logits.</summary>
public abstract record LayeredNetworkOptions : NetworkOptions
{
    /// <summary>Normalisation of the input inside the graph. Default none.</summary>
    public InputNormalization? Normalization { get; init; }

    private protected override OnnxGraph Build(InputSpec input, int logitCount, Random random, Action<string> say)
    {
        if (input.Element is not (ElementType.Float or ElementType.Double))
        {
            throw new InvalidModelException($"The network's input is {input.Element}; Float and Double are accepted.");
        }

        GraphBuilder graph = new(random, Initialization);
        Value x = graph.Input(InputName, input);
        return graph.Output(Logits(graph, Normalization is null ? x : Normalization.Apply(graph, x), logitCount), LogitsName);
    }

    /// <summary>Adds the layers from the normalised input to the logits, whose value becomes <see cref="NetworkOptions.LogitsName"/>.</summary>
    private protected abstract Value Logits(GraphBuilder graph, Value x, int logitCount);

    /// <summary>An image of channels, height and width.</summary>
    private protected static void RequireImage(Value x)
    {
        if (x.Shape.Rank != 4)
        {
            throw new InvalidModelException($"The network's input is {x.Type}; images are accepted: batch, channels, height and width.");
        }
    }
}
