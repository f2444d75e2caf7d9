using GradientDynamics.Onnx.Graph;
using GradientDynamics.Train.Execution;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Tests.Execution;

/// <summary>TorchSharp's modules as graphs: ONNX Runtime, which knows nothing of TorchSharp, gives what the module gives.</summary>
public sealed class ModuleConversionTests
{
    // Two runtimes, sums of at most some hundred terms.
    private const double SinglePrecision = 1e-5;

    public static TheoryData<string> Names => [.. Modules.Keys];

    private static Dictionary<string, (Func<nn.Module<Tensor, Tensor>> Module, long[] Input)> Modules { get; } = new()
    {
        ["Linear"] = (() => nn.Linear(7, 5), [7]),
        ["Linear without bias"] = (() => nn.Linear(7, 5, hasBias: false), [7]),
        ["Linear over a sequence"] = (() => nn.Linear(7, 5), [4, 7]),
        ["Conv1d"] = (() => nn.Conv1d(4, 6, 3, stride: 2, padding: 1, dilation: 2, groups: 2), [4, 11]),
        ["Conv2d"] = (() => nn.Conv2d(4, 6, (3, 2), stride: (2, 1), padding: (1, 0), bias: false), [4, 9, 8]),
        ["Conv2d, same"] = (() => nn.Conv2d(3, 4, 4, padding: Padding.Same), [3, 8, 9]),
        ["Conv2d, reflected"] = (() => nn.Conv2d(3, 4, 3, padding: 2, padding_mode: PaddingModes.Reflect), [3, 8, 8]),
        ["Conv2d, replicated"] = (() => nn.Conv2d(3, 4, 3, padding: 1, padding_mode: PaddingModes.Replicate), [3, 8, 8]),
        ["Conv3d"] = (() => nn.Conv3d(2, 3, 3, padding: 1), [2, 5, 6, 4]),
        ["ConvTranspose1d"] = (() => nn.ConvTranspose1d(4, 6, 3, stride: 2, padding: 1, output_padding: 1), [4, 7]),
        ["ConvTranspose2d"] = (() => nn.ConvTranspose2d(4, 6, 3, stride: 2, padding: 1, output_padding: 1, groups: 2), [4, 5, 6]),
        ["BatchNorm1d"] = (() => Moved(nn.BatchNorm1d(6)), [6]),
        ["BatchNorm1d over a sequence"] = (() => Moved(nn.BatchNorm1d(6, eps: 1e-3)), [6, 5]),
        ["BatchNorm2d"] = (() => Moved(nn.BatchNorm2d(4)), [4, 5, 6]),
        ["BatchNorm2d without weights"] = (() => Moved(nn.BatchNorm2d(4, affine: false)), [4, 5, 6]),
        ["BatchNorm3d"] = (() => Moved(nn.BatchNorm3d(2)), [2, 3, 4, 5]),
        ["InstanceNorm1d"] = (() => nn.InstanceNorm1d(3), [3, 8]),
        ["InstanceNorm2d"] = (() => Drawn(nn.InstanceNorm2d(3, affine: true)), [3, 5, 6]),
        ["LayerNorm"] = (() => Drawn(nn.LayerNorm(6)), [4, 6]),
        ["LayerNorm over two dimensions"] = (() => Drawn(nn.LayerNorm([4, 6], eps: 1e-3)), [3, 4, 6]),
        ["LayerNorm without weights"] = (() => nn.LayerNorm([6], elementwise_affine: false), [4, 6]),
        ["GroupNorm"] = (() => Drawn(nn.GroupNorm(2, 6)), [6, 4, 5]),
        ["GroupNorm without weights"] = (() => nn.GroupNorm(3, 6, affine: false), [6, 4]),
        ["LocalResponseNorm"] = (() => nn.LocalResponseNorm(3), [6, 4, 5]),
        ["ReLU"] = (() => nn.ReLU(), [7]),
        ["ReLU6"] = (() => nn.ReLU6(), [7]),
        ["LeakyReLU"] = (() => nn.LeakyReLU(0.2), [7]),
        ["PReLU"] = (() => nn.PReLU(1), [4, 3]),
        ["PReLU per channel"] = (() => nn.PReLU(4), [4, 3, 3]),
        ["ELU"] = (() => nn.ELU(0.7), [7]),
        ["SELU"] = (() => nn.SELU(), [7]),
        ["GELU"] = (() => nn.GELU(), [7]),
        ["SiLU"] = (() => nn.SiLU(), [7]),
        ["Mish"] = (() => nn.Mish(), [7]),
        ["Softplus"] = (() => nn.Softplus(1), [7]),
        ["Softplus with a factor"] = (() => nn.Softplus(3), [7]),
        ["Softsign"] = (() => nn.Softsign(), [7]),
        ["Sigmoid"] = (() => nn.Sigmoid(), [7]),
        ["Hardsigmoid"] = (() => nn.Hardsigmoid(), [7]),
        ["Hardswish"] = (() => nn.Hardswish(), [7]),
        ["Tanh"] = (() => nn.Tanh(), [7]),
        ["Softmax"] = (() => nn.Softmax(1), [3, 4]),
        ["LogSoftmax"] = (() => nn.LogSoftmax(-1), [3, 4]),
        ["MaxPool1d"] = (() => nn.MaxPool1d(3, stride: 2, padding: 1), [3, 9]),
        ["MaxPool2d"] = (() => nn.MaxPool2d(3, stride: 2, padding: 1, ceil_mode: true), [3, 8, 9]),
        ["AvgPool1d"] = (() => nn.AvgPool1d(2), [3, 8]),
        ["AvgPool2d"] = (() => nn.AvgPool2d(3, stride: 2, padding: 1), [3, 7, 9]),
        ["AvgPool2d without the padding"] = (() => nn.AvgPool2d(3, stride: 2, padding: 1, count_include_pad: false), [3, 7, 9]),
        ["AdaptiveAvgPool2d to 1"] = (() => nn.AdaptiveAvgPool2d(1), [3, 7, 9]),
        ["AdaptiveAvgPool2d to 2x3"] = (() => nn.AdaptiveAvgPool2d([2, 3]), [3, 8, 9]),
        ["AdaptiveMaxPool2d"] = (() => nn.AdaptiveMaxPool2d([2, 2]), [3, 8, 4]),
        ["ZeroPad2d"] = (() => nn.ZeroPad2d((1, 2, 0, 3)), [2, 4, 5]),
        ["ConstantPad1d"] = (() => nn.ConstantPad1d((1, 2), 0.5), [2, 4]),
        ["ReflectionPad2d"] = (() => nn.ReflectionPad2d((1, 2, 0, 3)), [2, 5, 5]),
        ["ReplicationPad1d"] = (() => nn.ReplicationPad1d((3, 1)), [2, 5]),
        ["Dropout"] = (() => nn.Dropout(0.3), [7]),
        ["Dropout2d"] = (() => nn.Dropout2d(0.3), [3, 4, 5]),
        ["Flatten"] = (() => nn.Flatten(), [3, 4, 5]),
        ["Flatten of the last dimensions"] = (() => nn.Flatten(2), [3, 4, 5]),
        ["Unflatten"] = (() => nn.Unflatten(1, [2, 3]), [6, 4]),
        ["Upsample, nearest"] = (() => nn.Upsample(scale_factor: [2, 3]), [3, 4, 5]),
        ["Upsample, bilinear"] = (() => nn.Upsample(scale_factor: [2, 2], mode: UpsampleMode.Bilinear), [3, 4, 5]),
        ["Upsample, bilinear with aligned corners to a size"] = (() => nn.Upsample(size: [7, 10], mode: UpsampleMode.Bilinear, align_corners: true), [3, 4, 5]),
        ["Upsample, bicubic"] = (() => nn.Upsample(scale_factor: [2, 2], mode: UpsampleMode.Bicubic), [3, 4, 5]),
        ["PixelShuffle"] = (() => nn.PixelShuffle(2), [8, 3, 3]),
        ["Identity"] = (() => nn.Identity(), [7]),
        ["a whole network"] = (() => Network(), [3, 8, 8]),
    };

    [Theory]
    [MemberData(nameof(Names))]
    public void ToGraph_InOnnxRuntime_GivesTheModulesOutput(string name)
    {
        (Func<nn.Module<Tensor, Tensor>> create, long[] sizes) = Modules[name];
        using DisposeScope scope = NewDisposeScope();
        manual_seed(4);
        nn.Module<Tensor, Tensor> module = create();

        OnnxGraph graph = ModuleConversion.ToGraph(module, new(sizes));

        module.training.ShouldBeTrue();
        module.eval();
        Tensor input = randn([2, .. sizes]);
        ConstantTensor expected = TorchTensors.ToConstant(module.forward(input));
        Views.InOnnxRuntime(graph, new Dictionary<string, ConstantTensor> { ["input"] = TorchTensors.ToConstant(input) })["output"].ShouldAgreeWith(expected, SinglePrecision, 1e-7, name);
    }

    [Fact]
    public void ToGraph_KeepsTheNamesOfTheModulesState()
    {
        using nn.Module<Tensor, Tensor> module = Network();

        OnnxGraph graph = ModuleConversion.ToGraph(module, new([3, 8, 8]));

        graph.Initializers.Keys.ShouldBe([.. module.state_dict().Keys.Where(key => !key.EndsWith("num_batches_tracked", StringComparison.Ordinal))], ignoreOrder: true);
    }

    // Dropout of whole channels too: in training the graph drops channels as the module does.
    [Fact]
    public void ToGraph_OfChannelDropout_DropsWholeChannelsInTraining()
    {
        using DisposeScope scope = NewDisposeScope();
        using GraphModule module = new(ModuleConversion.ToGraph(nn.Dropout2d(0.5), new([64, 3, 3])));
        manual_seed(1);

        float[] output = GraphModuleTests.Floats(module.forward(ones(2, 64, 3, 3)));

        float[][] channels = [.. output.Chunk(9)];
        channels.ShouldAllBe(channel => channel.All(pixel => pixel == channel[0]));
        channels.Select(channel => channel[0]).Distinct().Order().ShouldBe([0, 2]);
    }

    [Fact]
    public void ToGraph_OfAModuleOfTokens_LooksThemUp()
    {
        using DisposeScope scope = NewDisposeScope();
        Sequential module = nn.Sequential(("tokens", nn.Embedding(11, 6)), ("norm", nn.LayerNorm(6)), ("flat", nn.Flatten()), ("fc", nn.Linear(30, 2)));

        OnnxGraph graph = ModuleConversion.ToGraph(module, new([5], ElementType.Int64));

        Tensor input = randint(0, 11, [3, 5]);
        Views.InOnnxRuntime(graph, new Dictionary<string, ConstantTensor> { ["input"] = TorchTensors.ToConstant(input) })["output"]
            .ShouldAgreeWith(TorchTensors.ToConstant(module.forward(input)), SinglePrecision, 0, "tokens");
    }

    [Fact]
    public void ToGraph_TrainsAsTheModuleDoes()
    {
        using DisposeScope scope = NewDisposeScope();
        manual_seed(5);
        Sequential module = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4, momentum: 0.25), nn.ReLU(), nn.Flatten(), nn.Linear(144, 3));
        using GraphModule converted = new(ModuleConversion.ToGraph(module, new([3, 8, 8])));
        Tensor input = randn(6, 3, 8, 8);
        Tensor labels = randint(0, 3, 6);

        GraphModuleTests.Step(module, input, labels);
        GraphModuleTests.Step(converted, input, labels);

        OnnxGraph graph = converted.ToGraph();
        foreach ((string name, Tensor tensor) in module.state_dict().Where(pair => pair.Value.is_floating_point()))
        {
            graph.Initializers[name].ShouldAgreeWith(TorchTensors.ToConstant(tensor), SinglePrecision, 0, name);
        }
    }

    [Fact]
    public void ToGraph_OfWhatCannotBeConverted_NamesItAndItsType()
    {
        Sequential unknown = nn.Sequential(("body", nn.Sequential(("first", nn.Linear(4, 4)), ("shrink", nn.Tanhshrink()))));
        Should.Throw<UnsupportedModuleException>(() => ModuleConversion.ToGraph(unknown, new([4]))).Message
            .ShouldBe("Module 'body.shrink' (TorchSharp.Modules.Tanhshrink) cannot be converted: there is no rule for this type; accepted are Sequential and the layers that docs/networks.md lists.");
        Should.Throw<UnsupportedModuleException>(() => ModuleConversion.ToGraph(nn.Sequential(new Doubling()), new([4]))).Message.ShouldContain("Doubling) cannot be converted");
        Should.Throw<UnsupportedModuleException>(() => ModuleConversion.ToGraph(nn.Sequential(nn.BatchNorm1d(4, track_running_stats: false)), new([4]))).Message.ShouldContain("it keeps no running statistics");
        Should.Throw<UnsupportedModuleException>(() => ModuleConversion.ToGraph(nn.Sequential(nn.Conv2d(1, 1, 3, padding: 1, padding_mode: PaddingModes.Circular)), new([1, 4, 4]))).Message.ShouldContain("its padding_mode is Circular");
        Should.Throw<UnsupportedModuleException>(() => ModuleConversion.ToGraph(nn.Sequential(nn.AdaptiveAvgPool2d(3)), new([1, 4, 4]))).Message.ShouldContain("it makes [3, 3] of [4, 4]");
    }

    // TorchSharp 0.107's does not clip; once it does, Clip is its form.
    [Fact]
    public void ToGraph_OfHardtanh_IsRefusedSinceItDoesNotClip()
    {
        Hardtanh hardtanh = nn.Hardtanh(-0.5, 0.25);

        hardtanh.forward(tensor(new[] { -3f, 3f })).data<float>().ToArray().ShouldBe([-3f, 3f]);
        Should.Throw<UnsupportedModuleException>(() => ModuleConversion.ToGraph(hardtanh, new([4]))).Message.ShouldContain("Hardtanh gives its input back as it is");
    }

    // What a hook changes, no property tells: the comparison does.
    [Fact]
    public void ToGraph_OfAModuleThatComputesSomethingElse_IsRefused()
    {
        Linear linear = nn.Linear(4, 4);
        linear.register_forward_hook((_, _, output) => output + 1);

        Should.Throw<InvalidModelException>(() => ModuleConversion.ToGraph(linear, new([4]))).Message.ShouldStartWith("The module and its graph differ by");
    }

    private static Sequential Network() => nn.Sequential(
        ("features", nn.Sequential(("conv", nn.Conv2d(3, 4, 3, padding: 1)), ("bn", nn.BatchNorm2d(4)), ("act", nn.ReLU()), ("pool", nn.MaxPool2d(2)))),
        ("flat", nn.Flatten()),
        ("drop", nn.Dropout(0.2)),
        ("fc", nn.Linear(64, 3)));

    private static T Drawn<T>(T norm)
        where T : nn.Module<Tensor, Tensor>
    {
        using IDisposable noGradients = no_grad();
        foreach (Parameter parameter in norm.parameters())
        {
            parameter.uniform_(0.5, 1.5);
        }

        return norm;
    }

    private static T Moved<T>(T norm)
        where T : NormBase
    {
        Drawn(norm);
        norm.running_mean!.uniform_(-1, 1);
        norm.running_var!.uniform_(0.5, 2);
        return norm;
    }

    private sealed class Doubling : nn.Module<Tensor, Tensor>
    {
        public Doubling()
            : base("Doubling")
        {
        }

        public override Tensor forward(Tensor input) => input * 2;
    }
}
