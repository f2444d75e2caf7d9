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
/// Residual networks (He et al. 2016): a stem, four stages of blocks of width k, 2k, 4k and 8k with strides 1, 2, 2 and 2, global average
/// pooling and a fully connected layer. Parameters have torchvision's names, and are drawn as torchvision draws them.
/// </summary>
/// <remarks>The stem has 64 channels whatever k is, as in the epoch-wise double-descent experiment.</remarks>
public abstract record ResNetOptions : LayeredNetworkOptions
{
    // Fixed: the published width sweep leaves the stem alone.
    private const int StemChannels = 64;

    private static readonly LayerDraw Kaiming = new(ParameterDraw.KaimingNormalFanOut);

    /// <summary>A residual network with fresh parameters drawn as published.</summary>
    private protected ResNetOptions() => Initialization = Initialization.Published;

    /// <summary>Width k of the first stage. Default 64.</summary>
    public int Width { get; init => field = SettingGuards.AtLeast(1, value, nameof(Width)); } = 64;

    /// <summary>First layers. Default cifar.</summary>
    public ResNetStem Stem
    {
        get;
        init => field = Enum.IsDefined(value) ? value : throw new ArgumentOutOfRangeException(nameof(Stem), value, "cifar and imagenet are accepted");
    }

    = ResNetStem.Cifar;

    /// <summary>Number of blocks in each stage.</summary>
    private protected abstract ReadOnlySpan<int> Blocks { get; }

    /// <summary>Whether blocks have a bottleneck: 1x1, 3x3 and 1x1 convolutions, the last of four times the width, instead of two 3x3 convolutions.</summary>
    private protected abstract bool HasBottlenecks { get; }

    private protected override Value Logits(GraphBuilder graph, Value x, int logitCount)
    {
        x = Stem == ResNetStem.Cifar
            ? graph.Conv(x, StemChannels, 3, "conv1", padding: 1, bias: false, published: Kaiming)
            : graph.Conv(x, StemChannels, 7, "conv1", stride: 2, padding: 3, bias: false, published: Kaiming);
        x = graph.Relu(graph.BatchNormalization(x, "bn1"), "relu");
        if (Stem == ResNetStem.Imagenet)
        {
            x = graph.MaxPool(x, 3, 2, 1, name: "maxpool");
        }

        for (int stage = 0; stage < Blocks.Length; stage++)
        {
            for (int block = 0; block < Blocks[stage]; block++)
            {
                x = Block(graph, x, checked(Width * (1 << stage)), stage > 0 && block == 0 ? 2 : 1, $"layer{stage + 1}.{block}");
            }
        }

        return graph.Gemm(graph.Flatten(graph.GlobalAveragePool(x, "avgpool"), name: "flatten"), logitCount, "fc");
    }

    // The convolutions and the skip, which is a 1x1 convolution where size or width change. A bottleneck strides in its 3x3 convolution, as
    // torchvision's does and the paper's does not.
    private Value Block(GraphBuilder graph, Value x, int width, int stride, string name)
    {
        (int Channels, int Kernel, int Stride)[] convolutions = HasBottlenecks
            ? [(width, 1, 1), (width, 3, stride), (checked(4 * width), 1, 1)]
            : [(width, 3, stride), (width, 3, 1)];
        Value inner = x;
        foreach ((int index, (int channels, int kernel, int step)) in convolutions.Index())
        {
            int number = index + 1;
            inner = graph.Conv(inner, channels, kernel, $"{name}.conv{number}", step, kernel / 2, bias: false, published: Kaiming);
            inner = graph.BatchNormalization(inner, $"{name}.bn{number}");
            if (number < convolutions.Length)
            {
                inner = graph.Relu(inner, $"{name}.relu{number}");
            }
        }

        int channelsOut = convolutions[^1].Channels;
        Value skip = stride == 1 && x.Shape[1].Value == channelsOut
            ? x
            : graph.BatchNormalization(graph.Conv(x, channelsOut, 1, $"{name}.downsample.0", stride, bias: false, published: Kaiming), $"{name}.downsample.1");
        return graph.Relu(graph.Add(inner, skip, $"{name}.add"), $"{name}.relu{convolutions.Length}");
    }
}

/// <summary>ResNet-18: stages of 2, 2, 2 and 2 blocks.</summary>
public sealed record ResNet18Options : ResNetOptions
{
    private protected override ReadOnlySpan<int> Blocks => [2, 2, 2, 2];

    private protected override bool HasBottlenecks => false;
}

/// <summary>ResNet-34: stages of 3, 4, 6 and 3 blocks.</summary>
public sealed record ResNet34Options : ResNetOptions
{
    private protected override ReadOnlySpan<int> Blocks => [3, 4, 6, 3];

    private protected override bool HasBottlenecks => false;
}

/// <summary>ResNet-50: stages of 3, 4, 6 and 3 bottlenecks.</summary>
public sealed record ResNet50Options : ResNetOptions
{
    private protected override ReadOnlySpan<int> Blocks => [3, 4, 6, 3];

    private protected override bool HasBottlenecks => true;
}
