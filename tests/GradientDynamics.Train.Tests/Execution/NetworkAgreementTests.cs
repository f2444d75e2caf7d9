using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Networks;

namespace GradientDynamics.Train.Tests.Execution;

/// <summary>Whole networks in all views; the numbers of classes include the single logit.</summary>
public sealed class NetworkAgreementTests
{
    private const string MobileNet = "mobilenet-v3-small, narrow";

    public static TheoryData<string> Networks => [.. All.Keys];

    // MobileNet's gradient is 1e-5 of its loss, so that a central difference has no digits left; torch's gradient stands in its place (WeightsFileTests).
    public static TheoryData<string> NetworksWithDifferences => [.. All.Keys.Except([MobileNet])];

    // The last layers of MobileNetV3 and of vision transformers are published with draws of almost 0 or of 0, at which gradients vanish.
    private static Dictionary<string, (InputSpec Input, int Logits, NetworkOptions Options)> All { get; } = new()
    {
        ["mlp, a single logit"] = (new([7]), 1, new MlpOptions { HiddenWidths = [9, 8] }),
        ["mlp, two classes"] = (new([2, 3]), 2, new MlpOptions { HiddenWidths = [12] }),
        ["mlp, ten classes, Xavier"] = (new([7]), 10, new MlpOptions { HiddenWidths = [9, 8], Initialization = Initialization.XavierUniform }),
        ["mlp, NTK"] = (new([7]), 4, new MlpOptions { HiddenWidths = [16, 16], Initialization = Initialization.Ntk }),
        ["mlp, normalisation in the graph"] = (new([7]), 3, new MlpOptions { HiddenWidths = [9], Normalization = new() { Mean = [0.5], Std = [0.25] } }),
        ["conv-net of all layers"] = (new([3, 12, 12]), 5, new ConvNetOptions
        {
            Layers =
            [
                new ConvLayer { Channels = 4, Padding = 1 }, new BatchNormalizationLayer(), new ReluLayer(), new MaxPoolLayer(),
                new ConvLayer { Channels = 6, Kernel = 3, Stride = 1, Group = 2 }, new LeakyReluLayer { Alpha = 0.2f }, new AveragePoolLayer { Kernel = 2 },
                new DropoutLayer { Ratio = 0.3f }, new FlattenLayer(), new LinearLayer { Width = 8 }, new TanhLayer(), new LinearLayer { Width = 8 }, new SigmoidLayer(),
            ],
        }),
        ["resnet-18, narrow"] = (new([3, 16, 16]), 4, new ResNet18Options { Width = 8 }),
        ["resnet-18, ImageNet's stem, narrow"] = (new([3, 40, 40]), 2, new ResNet18Options { Width = 4, Stem = ResNetStem.Imagenet }),
        ["resnet-50, narrow"] = (new([3, 16, 16]), 4, new ResNet50Options { Width = 2 }),
        [MobileNet] = (new([3, 32, 32]), 4, new MobileNetV3SmallOptions { WidthMultiplier = 0.1, Initialization = Initialization.XavierUniform }),
        ["vgg, small"] = (new([3, 16, 16]), 4, new VggOptions { Stages = [new() { Channels = 4, Layers = 2 }, new() { Channels = 8, Layers = 1 }] }),
        ["preactivation-resnet, small"] = (new([3, 16, 16]), 4, new PreactivationResNetOptions { Depth = 14, Width = 4 }),
        ["scaled-linear"] = (new([6]), 1, new ScaledLinearOptions { Scales = [new() { Count = 1, Scale = 4 }, new() { Count = 5, Scale = 0.5 }] }),
        ["densenet, small"] = (new([3, 32, 32]), 4, new DenseNetOptions { GrowthRate = 4, Blocks = [2, 3], StemChannels = 8 }),
        ["vision-transformer, small"] = (new([3, 16, 16]), 4, new VisionTransformerOptions { PatchSize = 4, Layers = 2, Heads = 2, Width = 8, HiddenWidth = 16, Initialization = Initialization.Torch }),
    };

    [Theory]
    [MemberData(nameof(Networks))]
    public void Outputs_InTorchSharpAndOnnxRuntime_Agree(string name)
    {
        (OnnxGraph graph, ConstantTensor input) = Create(name);

        Views.OutputsShouldAgree(graph, input, Views.SinglePrecisionOfNetworks, name);
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void TheGradientGraph_InOnnxRuntimeAndInTorchSharp_GivesAutogradsGradient(string name)
    {
        (OnnxGraph graph, ConstantTensor input) = Create(name);

        Views.GradientsShouldAgree(graph, input, All[name].Logits, Views.SinglePrecisionOfNetworks, name);
    }

    [Theory]
    [MemberData(nameof(NetworksWithDifferences))]
    public void Autograd_InDoublePrecision_GivesDifferencesAlongDirections(string name)
    {
        (OnnxGraph graph, ConstantTensor input) = Create(name);

        Views.DirectionalDifferencesShouldAgree(graph, input, All[name].Logits, name);
    }

    private static (OnnxGraph Graph, ConstantTensor Input) Create(string name)
    {
        (InputSpec spec, int logits, NetworkOptions options) = All[name];
        OnnxGraph graph = options.Create(spec, logits, new Random(11));
        Random random = new(12);
        long[] sizes = [6, .. spec.Shape];
        float[] pixels = [.. Enumerable.Range(0, (int)sizes.Aggregate(1L, (product, size) => product * size)).Select(_ => random.NextSingle())];
        return (WithMovedStatistics(graph, random), ConstantTensor.Of<float>(pixels, sizes));
    }

    // Freshly drawn running statistics are 0 and 1, with which a wrong BatchNormalization could pass.
    private static OnnxGraph WithMovedStatistics(OnnxGraph graph, Random random) => graph.WithInitializers(graph.Initializers
        .Where(pair => pair.Key.Contains("running_", StringComparison.Ordinal))
        .ToDictionary(pair => pair.Key, pair => ConstantTensor.Of<float>(
            [.. Enumerable.Range(0, (int)pair.Value.ElementCount).Select(_ => pair.Key.EndsWith("var", StringComparison.Ordinal) ? 0.5f + random.NextSingle() : random.NextSingle() - 0.5f)],
            pair.Value.Sizes)));
}
