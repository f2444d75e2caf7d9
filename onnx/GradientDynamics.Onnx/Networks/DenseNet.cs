using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Networks;

/// <summary>
/// DenseNet (Huang et al. 2017): every layer of a block sees the outputs of all before it, one after the other along the channels; 1x1
/// convolutions and 2x2 average pooling halve channels and size between blocks. Structure, names and draws are torchvision's; the defaults are DenseNet-121.
/// </summary>
public sealed record DenseNetOptions : LayeredNetworkOptions
{
    private static readonly LayerDraw Convolution = new(ParameterDraw.KaimingNormalFanIn);
    private static readonly LayerDraw Classifier = new(Bias: ParameterDraw.Zero);

    /// <summary>A DenseNet-121 with fresh parameters drawn as published.</summary>
    public DenseNetOptions() => Initialization = Initialization.Published;

    /// <summary>Channels that every layer adds. Default 32.</summary>
    public int GrowthRate { get; init => field = SettingGuards.AtLeast(1, value, nameof(GrowthRate)); } = 32;

    /// <summary>Number of layers in every block. Default 6, 12, 24 and 16: DenseNet-121.</summary>
    public IReadOnlyList<int> Blocks
    {
        get;
        init => field = value.Count == 0 ? throw new ArgumentException("One block and more is accepted.", nameof(Blocks)) : [.. value.Select(layers => SettingGuards.AtLeast(1, layers, nameof(Blocks)))];
    }

    = [6, 12, 24, 16];

    /// <summary>Channels of the stem. Default 64.</summary>
    public int StemChannels { get; init => field = SettingGuards.AtLeast(1, value, nameof(StemChannels)); } = 64;

    /// <summary>Channels of a layer's 1x1 convolution, in growth rates. Default 4.</summary>
    public int Bottleneck { get; init => field = SettingGuards.AtLeast(1, value, nameof(Bottleneck)); } = 4;

    /// <summary>Equal where every setting is.</summary>
    public bool Equals(DenseNetOptions? other) => base.Equals(other) && GrowthRate == other.GrowthRate && Blocks.SequenceEqual(other.Blocks)
        && StemChannels == other.StemChannels && Bottleneck == other.Bottleneck;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(base.GetHashCode(), GrowthRate, Blocks.Aggregate(0, HashCode.Combine), StemChannels, Bottleneck);

    private protected override Value Logits(GraphBuilder graph, Value x, int logitCount)
    {
        RequireImage(x);
        x = graph.Conv(x, StemChannels, 7, "features.conv0", stride: 2, padding: 3, bias: false, published: Convolution);
        x = graph.Relu(graph.BatchNormalization(x, "features.norm0"), "features.relu0");
        x = graph.MaxPool(x, 3, 2, 1, name: "features.pool0");
        foreach ((int index, int layers) in Blocks.Index())
        {
            x = DenseBlock(graph, x, layers, $"features.denseblock{index + 1}");
            if (index < Blocks.Count - 1)
            {
                string transition = $"features.transition{index + 1}";
                x = Convolved(graph, x, (int)x.Shape[1].Value!.Value / 2, 1, $"{transition}.norm", $"{transition}.relu", $"{transition}.conv");
                x = graph.AveragePool(x, 2, name: $"{transition}.pool");
            }
        }

        // torchvision calls it so whatever the number of blocks.
        x = graph.Relu(graph.BatchNormalization(x, "features.norm5"), "relu");
        return graph.Gemm(graph.Flatten(graph.GlobalAveragePool(x, "avgpool"), name: "flatten"), logitCount, "classifier", published: Classifier);
    }

    private Value DenseBlock(GraphBuilder graph, Value x, int layers, string name)
    {
        List<Value> features = [x];
        for (int layer = 1; layer <= layers; layer++)
        {
            string own = $"{name}.denselayer{layer}";
            Value all = features.Count == 1 ? x : graph.Concat(features, 1, $"{own}.concat");
            Value narrow = Convolved(graph, all, checked(Bottleneck * GrowthRate), 1, $"{own}.norm1", $"{own}.relu1", $"{own}.conv1");
            features.Add(Convolved(graph, narrow, GrowthRate, 3, $"{own}.norm2", $"{own}.relu2", $"{own}.conv2"));
        }

        return graph.Concat(features, 1, $"{name}.concat");
    }

    private static Value Convolved(GraphBuilder graph, Value x, int channels, int kernel, string norm, string relu, string conv) =>
        graph.Conv(graph.Relu(graph.BatchNormalization(x, norm), relu), channels, kernel, conv, padding: kernel / 2, bias: false, published: Convolution);
}
