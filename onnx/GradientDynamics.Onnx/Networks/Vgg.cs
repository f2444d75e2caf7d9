using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Networks;

/// <summary>
/// VGG for small images: stages of 3x3 convolutions with padding 1, batch normalisation and ReLU, each stage followed by 2x2 max pooling; then one
/// fully connected layer. Parameters are named stage1.conv0.weight, stage1.bn0.weight, … and fc.weight.
/// </summary>
/// <remarks>
/// Simonyan and Zisserman, 2015, https://arxiv.org/abs/1409.1556, without its hidden fully connected layers and with batch normalisation, as in https://github.com/hysts/pytorch_image_classification, which
/// the CIFAR-10 experiment of Pezeshki et al., 2021, extends. As published, weights are normal with deviation √(2 / fan out), the last layer's bias is 0 and the others are torch's.
/// </remarks>
public sealed record VggOptions : LayeredNetworkOptions
{
    private static readonly LayerDraw Convolution = new(ParameterDraw.KaimingNormalFanOut);
    private static readonly LayerDraw Last = new(ParameterDraw.KaimingNormalFanOut, ParameterDraw.Zero);

    /// <summary>A VGG with fresh parameters drawn as published.</summary>
    public VggOptions() => Initialization = Initialization.Published;

    /// <summary>The stages, first to last. Default 2, 2, 3, 3 and 3 convolutions of 64, 128, 256, 512 and 512 channels: VGG-16.</summary>
    public IReadOnlyList<VggStage> Stages
    {
        get;
        init => field = value.Any(stage => stage is null) ? throw new ArgumentException("A stage is null; every entry is a stage.", nameof(Stages)) : [.. value];
    }

    = [new() { Channels = 64, Layers = 2 }, new() { Channels = 128, Layers = 2 }, new() { Channels = 256, Layers = 3 }, new() { Channels = 512, Layers = 3 }, new() { Channels = 512, Layers = 3 }];

    /// <summary>Whether convolutions are batch-normalised. Default true.</summary>
    public bool BatchNormalization { get; init; } = true;

    /// <summary>Equal where every setting is.</summary>
    public bool Equals(VggOptions? other) => base.Equals(other) && Stages.SequenceEqual(other.Stages) && BatchNormalization == other.BatchNormalization;

    /// <inheritdoc/>
    public override int GetHashCode() => Stages.Aggregate(HashCode.Combine(base.GetHashCode(), BatchNormalization), HashCode.Combine);

    private protected override Value Logits(GraphBuilder graph, Value x, int logitCount)
    {
        RequireImage(x);
        foreach ((int index, VggStage stage) in Stages.Index())
        {
            string name = $"stage{index + 1}";
            for (int layer = 0; layer < stage.Layers; layer++)
            {
                x = graph.Conv(x, stage.Channels, 3, $"{name}.conv{layer}", padding: 1, published: Convolution);
                x = graph.Relu(BatchNormalization ? graph.BatchNormalization(x, $"{name}.bn{layer}") : x, $"{name}.relu{layer}");
            }

            x = graph.MaxPool(x, 2, name: $"{name}.pool");
        }

        return graph.Gemm(graph.Flatten(x, name: "flatten"), logitCount, "fc", published: Last);
    }
}

/// <summary>One stage of a <see cref="VggOptions"/>.</summary>
public sealed record VggStage
{
    /// <summary>Channels of its convolutions.</summary>
    public required int Channels { get; init => field = SettingGuards.AtLeast(1, value, nameof(Channels)); }

    /// <summary>Number of its convolutions.</summary>
    public required int Layers { get; init => field = SettingGuards.AtLeast(1, value, nameof(Layers)); }
}
