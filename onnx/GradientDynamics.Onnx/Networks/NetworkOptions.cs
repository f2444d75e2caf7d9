using System.Text.Json.Serialization;
using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Networks;

/// <summary>A network's architecture: from the shape of an example and a number of logits to a graph with fresh parameters.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(MlpOptions), "mlp")]
[JsonDerivedType(typeof(ConvNetOptions), "conv-net")]
[JsonDerivedType(typeof(ResNet18Options), "resnet-18")]
public abstract record NetworkOptions
{
    /// <summary>Name of the graph's input, [batch, …].</summary>
    public const string InputName = "input";

    /// <summary>Name of the graph's output, [batch, logits].</summary>
    public const string LogitsName = "logits";

    /// <summary>How parameters are drawn. Default torch's way.</summary>
    public Initialization Initialization
    {
        get;
        init => field = Enum.IsDefined(value) ? value : throw new ArgumentOutOfRangeException(nameof(Initialization), value, "torch, xavier-uniform and ntk are accepted");
    }

    = Initialization.Torch;

    /// <summary>Normalisation of the input inside the graph. Default none.</summary>
    public InputNormalization? Normalization { get; init; }

    /// <summary>The network with fresh parameters; the same random numbers give the same graph.</summary>
    /// <param name="input">Shape of one example.</param>
    /// <param name="logitCount">Number of logits; 1 stands for two classes with logits (0, z).</param>
    /// <param name="random">Source of the parameters.</param>
    /// <exception cref="InvalidModelException">The network does not fit the input; the message names the layer.</exception>
    public OnnxGraph Create(InputSpec input, int logitCount, Random random)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(logitCount);
        if (input.Element is not (ElementType.Float or ElementType.Double))
        {
            throw new InvalidModelException($"The network's input is {input.Element}; Float and Double are accepted.");
        }

        GraphBuilder graph = new(random, Initialization);
        Value x = graph.Input(InputName, input);
        return graph.Output(Logits(graph, Normalization is null ? x : Normalization.Apply(graph, x), logitCount), LogitsName);
    }

    /// <summary>Adds the layers from the normalised input to the logits, which are named <see cref="LogitsName"/>.</summary>
    private protected abstract Value Logits(GraphBuilder graph, Value x, int logitCount);
}
