using System.Text.Json;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Networks;
using GradientDynamics.Onnx.Tests.Operators;

namespace GradientDynamics.Onnx.Tests.Networks;

public class NetworkTests
{
    private static readonly InputSpec Cifar = new([3, 32, 32]);

    // The papers' net of the CIFAR-2 margins: two convolutions, three fully connected layers, inputs brought to [-1, 1].
    private static ConvNetOptions CifarTwo { get; } = new()
    {
        Normalization = new() { Mean = [0.5], Std = [0.5] },
        Layers =
        [
            new ConvLayer { Channels = 12, Kernel = 5 }, new LeakyReluLayer(), new MaxPoolLayer(),
            new ConvLayer { Channels = 32, Kernel = 5 }, new LeakyReluLayer(), new MaxPoolLayer(),
            new LinearLayer { Width = 240 }, new LeakyReluLayer(),
            new LinearLayer { Width = 192 }, new LeakyReluLayer(),
        ],
    };

    public static TheoryData<string> Names => [.. Networks.Keys];

    private static IReadOnlyDictionary<string, (NetworkOptions Options, InputSpec Input)> Networks { get; } = new Dictionary<string, (NetworkOptions Options, InputSpec Input)>
    {
        ["mlp"] = (new MlpOptions(), new InputSpec([2])),
        ["mlp with everything"] = (
            new MlpOptions { HiddenWidths = [8, 4], Activation = new LeakyReluActivation { Alpha = 0.2f }, Dropout = 0.3f, BatchNormalization = true, Initialization = Initialization.XavierUniform },
            new InputSpec([2, 3])),
        ["linear"] = (new MlpOptions { HiddenWidths = [], Initialization = Initialization.Ntk }, new InputSpec([2])),
        ["conv-net"] = (new ConvNetOptions(), Cifar),
        ["CIFAR-2 net"] = (CifarTwo, Cifar),
        ["conv-net in the tangent-kernel parametrisation"] = (CifarTwo with { Initialization = Initialization.Ntk }, Cifar),
        ["resnet-18"] = (new ResNet18Options { Width = 4 }, Cifar),
        ["resnet-18 for larger images"] = (new ResNet18Options { Width = 4, Stem = ResNetStem.Imagenet, Normalization = new() { Mean = [0.485, 0.456, 0.406], Std = [0.229, 0.224, 0.225] } }, new InputSpec([3, 64, 64])),
    };

    [Theory]
    [MemberData(nameof(Names))]
    public void ONNX_Runtime_runs_it_with_the_shapes_that_it_declares(string name)
    {
        (NetworkOptions options, InputSpec input) = Networks[name];
        OnnxGraph graph = options.Create(input, 3, new Random(5));
        ConstantTensor batch = ConstantTensor.Of<float>([.. Enumerable.Range(0, (int)(2 * input.Shape.Aggregate(1L, (a, b) => a * b))).Select(i => i % 17 / 16f)], [2, .. input.Shape]);

        graph.Inputs.Single().ShouldBe(new GraphValue("input", input.BatchType));
        graph.Outputs.Single().ShouldBe(new GraphValue("logits", new(ElementType.Float, new(Dimension.Named("batch"), 3))));
        ShapeInference.Infer(graph, strict: true)["logits"].ShouldBe(graph.Outputs[0].Type);
        OrtJudge.Ask(graph, new Dictionary<string, ConstantTensor> { ["input"] = batch })[0].Actual.ShouldBe(new TensorType(ElementType.Float, TensorShape.Of(2, 3)));
    }

    // Counts by hand: (3·25+1)·12 + (12·25+1)·32 + 801·240 + 241·192 + 193·2, and torchvision's ResNet-18 with a 3x3 stem and 10 classes.
    [Fact]
    public void Published_networks_have_the_published_numbers_of_parameters()
    {
        static long Trained(OnnxGraph graph) => graph.Initializers.Where(pair => !pair.Key.Contains(".running_")).Sum(pair => pair.Value.ElementCount);

        Trained(CifarTwo.Create(Cifar, 2, new Random(1))).ShouldBe(249_442);
        Trained(new ResNet18Options().Create(Cifar, 10, new Random(1))).ShouldBe(11_173_962);
        Trained(new ResNet18Options { Stem = ResNetStem.Imagenet }.Create(new InputSpec([3, 224, 224]), 1000, new Random(1))).ShouldBe(11_689_512);
        Trained(new MlpOptions { HiddenWidths = [300, 300] }.Create(new InputSpec([392]), 1, new Random(1))).ShouldBe(393 * 300 + 301 * 300 + 301);
    }

    [Fact]
    public void Residual_layers_have_torchvisions_names()
    {
        IEnumerable<string> names = new ResNet18Options { Width = 4 }.Create(Cifar, 10, new Random(1)).Initializers.Keys;

        names.ShouldContain("conv1.weight");
        names.ShouldContain("bn1.running_mean");
        names.ShouldContain("layer1.0.conv1.weight");
        names.ShouldContain("layer2.0.downsample.0.weight");
        names.ShouldContain("layer4.1.bn2.running_var");

        // The stem keeps 64 channels whatever the width: the first stage then has a projection, which it has not at width 64.
        names.ShouldContain("layer1.0.downsample.0.weight");
        new ResNet18Options().Create(Cifar, 10, new Random(1)).Initializers.Keys.ShouldNotContain("layer1.0.downsample.0.weight");
    }

    [Fact]
    public void Normalisation_stands_in_the_graph()
    {
        OnnxGraph graph = CifarTwo.Create(Cifar, 2, new Random(1));

        graph.Nodes.Where(node => node.Operator is "Sub" or "Div").Select(node => node.ToString()).ShouldBe(["Sub 'normalization.centered'", "Div 'normalization'"]);
        Should.Throw<InvalidModelException>(() => (CifarTwo with { Normalization = new() { Mean = [1, 2], Std = [1] } }).Create(Cifar, 2, new Random(1)))
            .Message.ShouldContain("the normalization's mean has 2 numbers; one number, or one per channel, is accepted");
    }

    [Fact]
    public void A_network_that_does_not_fit_names_the_layer() =>
        Should.Throw<InvalidModelException>(() => CifarTwo.Create(new InputSpec([3, 8, 8]), 2, new Random(1))).Message.ShouldStartWith("Node Conv 'conv2': its window spans 5");

    [Fact]
    public void Defaults_are_those_that_are_documented_and_survive_a_copy()
    {
        MlpOptions mlp = new();
        mlp.HiddenWidths.ShouldBe([500]);
        mlp.Activation.ShouldBe(new ReluActivation());
        mlp.Dropout.ShouldBe(0);
        mlp.BatchNormalization.ShouldBeFalse();
        mlp.Initialization.ShouldBe(Initialization.Torch);
        mlp.Normalization.ShouldBeNull();
        (mlp with { Dropout = 0.5f } with { Dropout = 0 }).ShouldBe(mlp);

        ConvNetOptions conv = new();
        conv.Layers.OfType<ConvLayer>().Select(layer => layer.Channels).ShouldBe([32, 64, 128, 128]);
        conv.Layers.Count.ShouldBe(16);
        (conv with { Initialization = Initialization.Ntk } with { Initialization = Initialization.Torch }).ShouldBe(conv);
        new ConvLayer { Channels = 1 }.ShouldBe(new ConvLayer { Channels = 1, Kernel = 3, Stride = 1, Padding = 0, Dilation = 1, Group = 1, Bias = true });
        new MaxPoolLayer().ShouldBe(new MaxPoolLayer { Kernel = 2, Stride = 0, Padding = 0 });
        new AveragePoolLayer().ShouldBe(new AveragePoolLayer { Kernel = 2, Stride = 0, Padding = 0 });
        new LeakyReluLayer().Alpha.ShouldBe(0.01f);
        new LeakyReluActivation().Alpha.ShouldBe(0.01f);
        new DropoutLayer().Ratio.ShouldBe(0.5f);

        ResNet18Options resNet = new();
        resNet.Width.ShouldBe(64);
        resNet.Stem.ShouldBe(ResNetStem.Cifar);
        (resNet with { Width = 8 } with { Width = 64 }).ShouldBe(resNet);
    }

    [Fact]
    public void Guards_refuse_what_makes_no_network()
    {
        Should.Throw<ArgumentException>(() => new MlpOptions { HiddenWidths = [0] });
        Should.Throw<ArgumentException>(() => new MlpOptions { Dropout = 1 });
        Should.Throw<ArgumentException>(() => new MlpOptions { Dropout = float.NaN });
        Should.Throw<ArgumentException>(() => new ResNet18Options { Width = 0 });
        Should.Throw<ArgumentException>(() => new ConvLayer { Channels = 0 });
        Should.Throw<ArgumentException>(() => new ConvLayer { Channels = 1, Padding = -1 });
        Should.Throw<ArgumentException>(() => new DropoutLayer { Ratio = -0.1f });
        Should.Throw<ArgumentException>(() => new InputNormalization { Mean = [], Std = [1] });
        Should.Throw<ArgumentException>(() => new InputNormalization { Mean = [0], Std = [0] });
        Should.Throw<ArgumentException>(() => new InputSpec([0]));
    }

    [Fact]
    public void Normalisation_is_written_as_a_number_or_as_numbers()
    {
        JsonSerializerOptions json = new(JsonSerializerDefaults.Web);

        InputNormalization read = JsonSerializer.Deserialize<InputNormalization>("""{"mean": 0.5, "std": [0.1, 0.2]}""", json)!;

        read.ShouldBe(new InputNormalization { Mean = [0.5], Std = [0.1, 0.2] });
        JsonSerializer.Serialize(read, json).ShouldBe("""{"mean":0.5,"std":[0.1,0.2]}""");
        Should.Throw<JsonException>(() => JsonSerializer.Deserialize<InputNormalization>("""{"mean": "half", "std": 1}""", json));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Options_survive_JSON(string name)
    {
        JsonSerializerOptions json = new(JsonSerializerDefaults.Web);
        NetworkOptions options = Networks[name].Options;

        JsonSerializer.Deserialize<NetworkOptions>(JsonSerializer.Serialize(options, json), json).ShouldBe(options);
    }
}
