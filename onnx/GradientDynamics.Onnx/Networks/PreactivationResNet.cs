using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Networks;

/// <summary>
/// Pre-activation residual network for small images: a 3x3 convolution, three stages of equally many basic blocks of width k, 2k and 4k with strides 1, 2 and 2, batch normalisation and ReLU, global average
/// pooling and a fully connected layer. Parameters are named conv.weight, stage1.block1.bn1.weight, …, bn.weight and fc.weight.
/// </summary>
/// <remarks>
/// He et al., "Identity Mappings in Deep Residual Networks", 2016, https://arxiv.org/abs/1603.05027, as in https://github.com/hysts/pytorch_image_classification, which the CIFAR-100 experiment of
/// Pezeshki et al., 2021, extends: the first block of a stage takes its skip after the normalisation and ReLU, and where the width changes the skip is a 1x1 convolution. As published, weights are normal with deviation
/// √(2 / fan out) and biases 0.
/// </remarks>
public sealed record PreactivationResNetOptions : LayeredNetworkOptions
{
    private const int StageCount = 3;
    private const int LayersPerBlockAndStage = 2 * StageCount;

    private static readonly LayerDraw Kaiming = new(ParameterDraw.KaimingNormalFanOut, ParameterDraw.Zero);

    /// <summary>A pre-activation residual network with fresh parameters drawn as published.</summary>
    public PreactivationResNetOptions() => Initialization = Initialization.Published;

    /// <summary>Number of convolutions and fully connected layers, 6n + 2 with n blocks a stage. Default 110.</summary>
    public int Depth
    {
        get;
        init => field = value >= LayersPerBlockAndStage + 2 && (value - 2) % LayersPerBlockAndStage == 0
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Depth), value, "6n + 2 is accepted: 8, 14, 20, …, 110");
    }

    = 110;

    /// <summary>Width k of the first stage. Default 16.</summary>
    public int Width { get; init => field = SettingGuards.AtLeast(1, value, nameof(Width)); } = 16;

    private protected override Value Logits(GraphBuilder graph, Value x, int logitCount)
    {
        RequireImage(x);
        int width = Width;
        x = graph.Conv(x, width, 3, "conv", padding: 1, bias: false, published: Kaiming);
        for (int stage = 1; stage <= StageCount; stage++)
        {
            for (int block = 1; block <= (Depth - 2) / LayersPerBlockAndStage; block++)
            {
                x = Block(graph, x, width, stage > 1 && block == 1 ? 2 : 1, block == 1, $"stage{stage}.block{block}");
            }

            width = checked(2 * width);
        }

        x = graph.Relu(graph.BatchNormalization(x, "bn"), "relu");
        return graph.Gemm(graph.Flatten(graph.GlobalAveragePool(x, "avgpool"), name: "flatten"), logitCount, "fc", published: Kaiming);
    }

    private static Value Block(GraphBuilder graph, Value x, int width, int stride, bool skipsAfterActivation, string name)
    {
        Value active = graph.Relu(graph.BatchNormalization(x, $"{name}.bn1"), $"{name}.relu1");
        Value inner = graph.Conv(active, width, 3, $"{name}.conv1", stride, 1, bias: false, published: Kaiming);
        inner = graph.Relu(graph.BatchNormalization(inner, $"{name}.bn2"), $"{name}.relu2");
        inner = graph.Conv(inner, width, 3, $"{name}.conv2", padding: 1, bias: false, published: Kaiming);
        Value skipped = skipsAfterActivation ? active : x;
        Value skip = skipped.Shape[1].Value == width ? skipped : graph.Conv(skipped, width, 1, $"{name}.shortcut.conv", stride, bias: false, published: Kaiming);
        return graph.Add(inner, skip, $"{name}.add");
    }
}
