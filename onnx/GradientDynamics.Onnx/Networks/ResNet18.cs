using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Networks;

/// <summary>The first layers of a residual network.</summary>
public enum ResNetStem
{
    /// <summary>A 3x3 convolution with stride 1: for images of 32x32.</summary>
    Cifar,

    /// <summary>A 7x7 convolution with stride 2 and 3x3 max pooling with stride 2: for images of 224x224.</summary>
    Imagenet,
}

/// <summary>
/// ResNet-18 (He et al. 2016): a stem, four stages of two basic blocks of width k, 2k, 4k and 8k with strides 1, 2, 2 and 2, global
/// average pooling and a fully connected layer. Parameters have torchvision's names, but for the last layer, which is called logits.
/// </summary>
/// <remarks>The stem has 64 channels whatever k is, as in the epoch-wise double-descent experiment.</remarks>
public sealed record ResNet18Options : NetworkOptions
{
    // Fixed: the published width sweep leaves the stem alone.
    private const int StemChannels = 64;

    /// <summary>Width k of the first stage. Default 64.</summary>
    public int Width { get; init => field = value >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(Width), value, "1 and more is accepted"); } = 64;

    /// <summary>First layers. Default cifar.</summary>
    public ResNetStem Stem
    {
        get;
        init => field = Enum.IsDefined(value) ? value : throw new ArgumentOutOfRangeException(nameof(Stem), value, "cifar and imagenet are accepted");
    }

    = ResNetStem.Cifar;

    private protected override Value Logits(GraphBuilder graph, Value x, int logitCount)
    {
        x = Stem == ResNetStem.Cifar
            ? graph.Conv(x, StemChannels, 3, "conv1", padding: 1, bias: false)
            : graph.Conv(x, StemChannels, 7, "conv1", stride: 2, padding: 3, bias: false);
        x = graph.Relu(graph.BatchNormalization(x, "bn1"), "relu");
        if (Stem == ResNetStem.Imagenet)
        {
            x = graph.MaxPool(x, 3, 2, 1, name: "maxpool");
        }

        for (int stage = 0; stage < 4; stage++)
        {
            for (int block = 0; block < 2; block++)
            {
                x = BasicBlock(graph, x, checked(Width * (1 << stage)), stage > 0 && block == 0 ? 2 : 1, $"layer{stage + 1}.{block}");
            }
        }

        return graph.Gemm(graph.Flatten(graph.GlobalAveragePool(x, "avgpool"), name: "flatten"), logitCount, LogitsName);
    }

    // Two 3x3 convolutions and the skip, which is a 1x1 convolution where size or width change.
    private static Value BasicBlock(GraphBuilder graph, Value x, int channels, int stride, string name)
    {
        Value inner = graph.Conv(x, channels, 3, $"{name}.conv1", stride, 1, bias: false);
        inner = graph.Relu(graph.BatchNormalization(inner, $"{name}.bn1"), $"{name}.relu1");
        inner = graph.BatchNormalization(graph.Conv(inner, channels, 3, $"{name}.conv2", padding: 1, bias: false), $"{name}.bn2");
        Value skip = stride == 1 && x.Shape[1].Value == channels
            ? x
            : graph.BatchNormalization(graph.Conv(x, channels, 1, $"{name}.downsample.0", stride, bias: false), $"{name}.downsample.1");
        return graph.Relu(graph.Add(inner, skip, $"{name}.add"), $"{name}.relu2");
    }
}
