using System.Text.Json.Serialization;
using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Networks;

/// <summary>One layer of a <see cref="ConvNetOptions"/>.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(ConvLayer), "conv")]
[JsonDerivedType(typeof(LinearLayer), "linear")]
[JsonDerivedType(typeof(BatchNormalizationLayer), "batch-normalization")]
[JsonDerivedType(typeof(ReluLayer), "relu")]
[JsonDerivedType(typeof(LeakyReluLayer), "leaky-relu")]
[JsonDerivedType(typeof(TanhLayer), "tanh")]
[JsonDerivedType(typeof(SigmoidLayer), "sigmoid")]
[JsonDerivedType(typeof(MaxPoolLayer), "max-pool")]
[JsonDerivedType(typeof(AveragePoolLayer), "average-pool")]
[JsonDerivedType(typeof(GlobalAveragePoolLayer), "global-average-pool")]
[JsonDerivedType(typeof(FlattenLayer), "flatten")]
[JsonDerivedType(typeof(DropoutLayer), "dropout")]
public abstract record ConvNetLayer
{
    // What the layer is called in the graph, before its number.
    internal abstract string BaseName { get; }

    internal abstract Value Apply(GraphBuilder graph, Value x, string name);
}

/// <summary>Convolution with a square kernel.</summary>
public sealed record ConvLayer : ConvNetLayer
{
    /// <summary>Number of output channels.</summary>
    public required int Channels { get; init => field = SettingGuards.AtLeast(1, value, nameof(Channels)); }

    /// <summary>Side of the kernel. Default 3.</summary>
    public int Kernel { get; init => field = SettingGuards.AtLeast(1, value, nameof(Kernel)); } = 3;

    /// <summary>Step between windows. Default 1.</summary>
    public int Stride { get; init => field = SettingGuards.AtLeast(1, value, nameof(Stride)); } = 1;

    /// <summary>Zeros added on every side. Default 0.</summary>
    public int Padding { get; init => field = SettingGuards.AtLeast(0, value, nameof(Padding)); }

    /// <summary>Step between the kernel's elements. Default 1.</summary>
    public int Dilation { get; init => field = SettingGuards.AtLeast(1, value, nameof(Dilation)); } = 1;

    /// <summary>Number of groups into which the channels are divided. Default 1.</summary>
    public int Group { get; init => field = SettingGuards.AtLeast(1, value, nameof(Group)); } = 1;

    /// <summary>Whether a bias is added per channel. Default true.</summary>
    public bool Bias { get; init; } = true;

    internal override string BaseName => "conv";

    internal override Value Apply(GraphBuilder graph, Value x, string name) => graph.Conv(x, Channels, Kernel, name, Stride, Padding, Dilation, Group, Bias);
}

/// <summary>Fully connected layer; an input with spatial dimensions is flattened before it.</summary>
public sealed record LinearLayer : ConvNetLayer
{
    /// <summary>Number of outputs.</summary>
    public required int Width { get; init => field = SettingGuards.AtLeast(1, value, nameof(Width)); }

    internal override string BaseName => "linear";

    internal override Value Apply(GraphBuilder graph, Value x, string name) => graph.Gemm(x.Shape.Rank == 2 ? x : graph.Flatten(x, name: $"{name}.flatten"), Width, name);
}

/// <summary>Batch normalisation per channel.</summary>
public sealed record BatchNormalizationLayer : ConvNetLayer
{
    internal override string BaseName => "bn";

    internal override Value Apply(GraphBuilder graph, Value x, string name) => graph.BatchNormalization(x, name);
}

/// <summary>max(x, 0).</summary>
public sealed record ReluLayer : ConvNetLayer
{
    internal override string BaseName => "relu";

    internal override Value Apply(GraphBuilder graph, Value x, string name) => graph.Relu(x, name);
}

/// <summary>x, or alpha·x below 0.</summary>
public sealed record LeakyReluLayer : ConvNetLayer
{
    /// <summary>Slope below 0. Default 0.01, torch's and ONNX's.</summary>
    public float Alpha { get; init => field = float.IsFinite(value) ? value : throw new ArgumentOutOfRangeException(nameof(Alpha), value, "a finite number is accepted"); } = 0.01f;

    internal override string BaseName => "leaky_relu";

    internal override Value Apply(GraphBuilder graph, Value x, string name) => graph.LeakyRelu(x, Alpha, name);
}

/// <summary>Hyperbolic tangent.</summary>
public sealed record TanhLayer : ConvNetLayer
{
    internal override string BaseName => "tanh";

    internal override Value Apply(GraphBuilder graph, Value x, string name) => graph.Tanh(x, name);
}

/// <summary>1 / (1 + exp(-x)).</summary>
public sealed record SigmoidLayer : ConvNetLayer
{
    internal override string BaseName => "sigmoid";

    internal override Value Apply(GraphBuilder graph, Value x, string name) => graph.Sigmoid(x, name);
}

/// <summary>Maximum over square windows.</summary>
public sealed record MaxPoolLayer : ConvNetLayer
{
    /// <summary>Side of the window. Default 2.</summary>
    public int Kernel { get; init => field = SettingGuards.AtLeast(1, value, nameof(Kernel)); } = 2;

    /// <summary>Step between windows. Default 0: the window's side, so that windows do not overlap.</summary>
    public int Stride { get; init => field = SettingGuards.AtLeast(0, value, nameof(Stride)); }

    /// <summary>Elements added on every side, which never are the maximum. Default 0.</summary>
    public int Padding { get; init => field = SettingGuards.AtLeast(0, value, nameof(Padding)); }

    internal override string BaseName => "max_pool";

    internal override Value Apply(GraphBuilder graph, Value x, string name) => graph.MaxPool(x, Kernel, Stride, Padding, name: name);
}

/// <summary>Mean over square windows.</summary>
public sealed record AveragePoolLayer : ConvNetLayer
{
    /// <summary>Side of the window. Default 2.</summary>
    public int Kernel { get; init => field = SettingGuards.AtLeast(1, value, nameof(Kernel)); } = 2;

    /// <summary>Step between windows. Default 0: the window's side, so that windows do not overlap.</summary>
    public int Stride { get; init => field = SettingGuards.AtLeast(0, value, nameof(Stride)); }

    /// <summary>Zeros added on every side, which count in the mean as they do in torch. Default 0.</summary>
    public int Padding { get; init => field = SettingGuards.AtLeast(0, value, nameof(Padding)); }

    internal override string BaseName => "average_pool";

    internal override Value Apply(GraphBuilder graph, Value x, string name) => graph.AveragePool(x, Kernel, Stride, Padding, countIncludePad: true, name: name);
}

/// <summary>Mean over all pixels of every channel.</summary>
public sealed record GlobalAveragePoolLayer : ConvNetLayer
{
    internal override string BaseName => "global_average_pool";

    internal override Value Apply(GraphBuilder graph, Value x, string name) => graph.GlobalAveragePool(x, name);
}

/// <summary>A row per example. A linear layer flattens by itself where it must.</summary>
public sealed record FlattenLayer : ConvNetLayer
{
    internal override string BaseName => "flatten";

    internal override Value Apply(GraphBuilder graph, Value x, string name) => graph.Flatten(x, name: name);
}

/// <summary>Dropout in training.</summary>
public sealed record DropoutLayer : ConvNetLayer
{
    /// <summary>Probability with which an element is set to 0. Default 0.5.</summary>
    public float Ratio { get; init => field = SettingGuards.DropoutRatio(value, nameof(Ratio)); } = 0.5f;

    internal override string BaseName => "dropout";

    internal override Value Apply(GraphBuilder graph, Value x, string name) => graph.Dropout(x, Ratio, name);
}
