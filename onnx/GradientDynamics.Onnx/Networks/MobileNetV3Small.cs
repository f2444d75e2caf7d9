using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Networks;

/// <summary>
/// MobileNetV3 small (Howard et al. 2019): inverted residuals of 1x1, depthwise and 1x1 convolutions, squeeze-and-excitation and hard-swish.
/// Structure, names and draws are torchvision's; batch normalisation adds 1e-3 to the variance and has momentum 0.01, as there.
/// </summary>
public sealed record MobileNetV3SmallOptions : LayeredNetworkOptions
{
    // Numbers of channels are multiples of 8.
    private const int ChannelMultiple = 8;

    private static readonly LayerDraw Convolution = new(ParameterDraw.KaimingNormalFanOut, ParameterDraw.Zero);
    private static readonly LayerDraw Classifier = new(ParameterDraw.Normal(0.01), ParameterDraw.Zero);

    // The paper's table 2.
    private static readonly InvertedResidual[] Blocks =
    [
        new(3, 16, 16, true, false, 2),
        new(3, 72, 24, false, false, 2),
        new(3, 88, 24, false, false, 1),
        new(5, 96, 40, true, true, 2),
        new(5, 240, 40, true, true, 1),
        new(5, 240, 40, true, true, 1),
        new(5, 120, 48, true, true, 1),
        new(5, 144, 48, true, true, 1),
        new(5, 288, 96, true, true, 2),
        new(5, 576, 96, true, true, 1),
        new(5, 576, 96, true, true, 1),
    ];

    /// <summary>A MobileNetV3 small with fresh parameters drawn as published.</summary>
    public MobileNetV3SmallOptions() => Initialization = Initialization.Published;

    /// <summary>Factor of every number of channels, which is rounded to a multiple of 8. Default 1.</summary>
    public double WidthMultiplier
    {
        get;
        init => field = value > 0 && double.IsFinite(value) ? value : throw new ArgumentOutOfRangeException(nameof(WidthMultiplier), value, "a positive finite number is accepted");
    }

    = 1;

    /// <summary>Width of the last hidden layer, before <see cref="WidthMultiplier"/>. Default 1024.</summary>
    public int LastWidth { get; init => field = SettingGuards.AtLeast(1, value, nameof(LastWidth)); } = 1024;

    /// <summary>Probability with which a unit of the last hidden layer is set to 0 in training. Default 0.2.</summary>
    public float Dropout { get; init => field = SettingGuards.DropoutRatio(value, nameof(Dropout)); } = 0.2f;

    private protected override Value Logits(GraphBuilder graph, Value x, int logitCount)
    {
        RequireImage(x);
        x = graph.HardSwish(Normalized(graph, x, Scaled(16), 3, "features.0", stride: 2), "features.0.2");
        foreach ((int index, InvertedResidual block) in Blocks.Index())
        {
            x = Residual(graph, x, block, $"features.{index + 1}.block");
        }

        // Six times the last block's channels, not six times 96 scaled.
        string last = $"features.{Blocks.Length + 1}";
        x = graph.HardSwish(Normalized(graph, x, checked(6 * Scaled(Blocks[^1].Channels)), 1, last), $"{last}.2");
        x = graph.Flatten(graph.GlobalAveragePool(x, "avgpool"), name: "flatten");
        x = graph.HardSwish(graph.Gemm(x, Scaled(LastWidth), "classifier.0", published: Classifier), "classifier.1");
        if (Dropout > 0)
        {
            x = graph.Dropout(x, Dropout, "classifier.2");
        }

        return graph.Gemm(x, logitCount, "classifier.3", published: Classifier);
    }

    private Value Residual(GraphBuilder graph, Value x, InvertedResidual block, string name)
    {
        int part = 0;
        string Next() => $"{name}.{part++}";
        Value Activated(Value value, string layer) => block.HardSwish ? graph.HardSwish(value, $"{layer}.2") : graph.Relu(value, $"{layer}.2");

        int expanded = Scaled(block.Expanded);
        int channels = Scaled(block.Channels);
        Value inner = x;
        if (x.Shape[1].Value != expanded)
        {
            string expansion = Next();
            inner = Activated(Normalized(graph, inner, expanded, 1, expansion), expansion);
        }

        string depthwise = Next();
        inner = Activated(Normalized(graph, inner, expanded, block.Kernel, depthwise, block.Stride, expanded), depthwise);
        if (block.Squeezes)
        {
            inner = SqueezeExcitation(graph, inner, RoundToMultiple(expanded / 4), Next());
        }

        inner = Normalized(graph, inner, channels, 1, Next());
        return block.Stride == 1 && x.Shape[1].Value == channels ? graph.Add(inner, x, $"{name}.add") : inner;
    }

    // Channels weighted by what their means say.
    private static Value SqueezeExcitation(GraphBuilder graph, Value x, int squeezed, string name)
    {
        int channels = (int)x.Shape[1].Value!.Value;
        Value scale = graph.Conv(graph.GlobalAveragePool(x, $"{name}.avgpool"), squeezed, 1, $"{name}.fc1", published: Convolution);
        scale = graph.Conv(graph.Relu(scale, $"{name}.activation"), channels, 1, $"{name}.fc2", published: Convolution);
        return graph.Mul(graph.HardSigmoid(scale, $"{name}.scale_activation"), x, name);
    }

    private static Value Normalized(GraphBuilder graph, Value x, int channels, int kernel, string name, int stride = 1, int group = 1) =>
        graph.BatchNormalization(
            graph.Conv(x, channels, kernel, $"{name}.0", stride, kernel / 2, group: group, bias: false, published: Convolution),
            $"{name}.1",
            momentum: 0.99f,
            varianceOffset: 1e-3f);

    private int Scaled(int channels) => RoundToMultiple(channels * WidthMultiplier);

    // The nearest multiple, which is never more than a tenth below.
    private static int RoundToMultiple(double channels)
    {
        int rounded = Math.Max(ChannelMultiple, checked((int)(channels + (ChannelMultiple / 2))) / ChannelMultiple * ChannelMultiple);
        return rounded < 0.9 * channels ? rounded + ChannelMultiple : rounded;
    }

    private sealed record InvertedResidual(int Kernel, int Expanded, int Channels, bool Squeezes, bool HardSwish, int Stride);
}
