using System.Text.Json;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Networks;
using GradientDynamics.Onnx.Tests.Operators;

namespace GradientDynamics.Onnx.Tests.Networks;

public class NetworkTests
{
    private static readonly InputSpec Cifar = new([3, 32, 32]);
    private static readonly InputSpec Imagenet = new([3, 224, 224]);

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
        ["resnet-34"] = (new ResNet34Options { Width = 2, Freeze = ["conv1.*"] }, Cifar),
        ["resnet-50"] = (new ResNet50Options { Width = 2, Weights = "weights.safetensors", HeadFromScratch = true }, Cifar),
        ["mobilenet-v3-small"] = (new MobileNetV3SmallOptions { WidthMultiplier = 0.25, LastWidth = 64 }, Cifar),
        ["vgg"] = (new VggOptions { Stages = [new() { Channels = 4, Layers = 2 }, new() { Channels = 8, Layers = 1 }] }, Cifar),
        ["vgg without batch normalization"] = (new VggOptions { Stages = [new() { Channels = 4, Layers = 1 }], BatchNormalization = false }, Cifar),
        ["preactivation-resnet"] = (new PreactivationResNetOptions { Depth = 14, Width = 4 }, Cifar),
        ["scaled-linear"] = (new ScaledLinearOptions { Scales = [new() { Count = 2, Scale = 4 }, new() { Count = 4, Scale = 0.5 }] }, new InputSpec([2, 3])),
        ["densenet"] = (new DenseNetOptions { GrowthRate = 4, Blocks = [2, 3, 2], StemChannels = 8, Bottleneck = 2 }, Cifar),
        ["vision-transformer"] = (new VisionTransformerOptions { PatchSize = 8, Layers = 2, Heads = 2, Width = 8, HiddenWidth = 16, Dropout = 0.1f, AttentionDropout = 0.2f }, Cifar),
        ["vision-transformer in the tangent-kernel parametrisation"] = (new VisionTransformerOptions { PatchSize = 8, Layers = 1, Heads = 2, Width = 8, HiddenWidth = 16, Initialization = Initialization.Ntk }, Cifar),
        ["bert"] = (new BertOptions { Vocabulary = 20, Width = 8, Layers = 2, Heads = 2, HiddenWidth = 16, MaximalPositions = 12 }, new InputSpec([7], ElementType.Int64)),
        ["resnet-18 for larger images"] = (new ResNet18Options { Width = 4, Stem = ResNetStem.Imagenet, Normalization = new() { Mean = [0.485, 0.456, 0.406], Std = [0.229, 0.224, 0.225] } }, new InputSpec([3, 64, 64])),
    };

    [Theory]
    [MemberData(nameof(Names))]
    public void ONNX_Runtime_runs_it_with_the_shapes_that_it_declares(string name)
    {
        (NetworkOptions options, InputSpec input) = Networks[name];
        OnnxGraph graph = options.Create(input, 3, new Random(5));
        IEnumerable<int> numbers = Enumerable.Range(0, (int)(2 * input.Shape.Aggregate(1L, (a, b) => a * b)));
        ConstantTensor batch = input.Element == ElementType.Int64
            ? ConstantTensor.Of<long>([.. numbers.Select(i => (long)(i % 2))], [2, .. input.Shape])
            : ConstantTensor.Of<float>([.. numbers.Select(i => i % 17 / 16f)], [2, .. input.Shape]);

        if (options is not BertOptions)
        {
            graph.Inputs.Single().ShouldBe(new GraphValue("input", input.BatchType));
        }

        graph.Outputs.Single().ShouldBe(new GraphValue("logits", new(ElementType.Float, new(Dimension.Named("batch"), 3))));
        ShapeInference.Infer(graph, strict: true)["logits"].ShouldBe(graph.Outputs[0].Type);
        OrtJudge.Ask(graph, graph.Inputs.ToDictionary(value => value.Name, _ => batch))[0].Actual.ShouldBe(new TensorType(ElementType.Float, TensorShape.Of(2, 3)));
    }

    // Counts by hand. VGG-16: convolutions 1,792 + 36,928 + 73,856 + 147,584 + 295,168 + 2 · 590,080 + 1,180,160 + 5 · 2,359,808 = 14,714,688, normalisations 2 · 4,224 = 8,448, last layer 513 · 10.
    // Pre-activation ResNet-110: stem 432; blocks with convolutions of 16, 32 and 64 channels 36 · 2,304 + (4,608 + 35 · 9,216) + (18,432 + 35 · 36,864) and normalisations 36 · 32 + (32 + 35 · 64) + (64 + 35 · 128);
    // skips 512 + 2,048; last normalisation 128, last layer 65 · 100.
    [Fact]
    public void Cifar_networks_have_the_numbers_of_parameters_that_their_layers_give()
    {
        static long Trained(OnnxGraph graph) => graph.Initializers.Where(pair => !pair.Key.Contains(".running_")).Sum(pair => pair.Value.ElementCount);

        Trained(new VggOptions().Create(Cifar, 10, new ConstantRandom())).ShouldBe(14_714_688 + 8_448 + 5_130);
        Trained(new PreactivationResNetOptions().Create(Cifar, 100, new ConstantRandom())).ShouldBe(
            432 + (36 * 2_304) + 4_608 + (35 * 9_216) + 18_432 + (35 * 36_864) + (36 * 32) + 32 + (35 * 64) + 64 + (35 * 128) + 512 + 2_048 + 128 + 6_500);
    }

    // The published code: weights of 0.01 / γ times torch's, on inputs times γ.
    [Fact]
    public void Scaled_linear_begins_with_the_factor_over_the_scales()
    {
        ScaledLinearOptions options = new() { Scales = [new() { Count = 1, Scale = 4 }, new() { Count = 1, Scale = 1 }, new() { Count = 3, Scale = 20 }] };
        InputSpec input = new([5]);

        float[] drawn = new MlpOptions { HiddenWidths = [] }.Create(input, 1, new Random(7)).Initializers["logits.weight"].AsSpan<float>().ToArray();
        OnnxGraph graph = options.Create(input, 1, new Random(7));

        float[] weights = graph.Initializers["logits.weight"].AsSpan<float>().ToArray();
        double[] scales = [4, 1, 20, 20, 20];
        for (int i = 0; i < 5; i++)
        {
            ((double)weights[i]).ShouldBe(0.01 / scales[i] * drawn[i], 1e-9); // a float's last digit at 0.004
        }

        graph.Initializers.Count.ShouldBe(1);
        (options with { InitialFactor = options.InitialFactor, Scales = options.Scales }).ShouldBe(options);
        options.InitialFactor.ShouldBe(0.01);
        Should.Throw<InvalidModelException>(() => options.Create(new InputSpec([6]), 1, new Random(7))).Message.ShouldContain("5 elements");
    }

    [Theory]
    [InlineData(7)]
    [InlineData(111)]
    public void Preactivation_resnets_of_another_depth_are_refused(int depth) =>
        Should.Throw<ArgumentOutOfRangeException>(() => new PreactivationResNetOptions { Depth = depth }).Message.ShouldContain("6n + 2");

    // Counts by hand: (3·25+1)·12 + (12·25+1)·32 + 801·240 + 241·192 + 193·2, and torchvision's ResNet-18 with a 3x3 stem and 10 classes;
    // torchvision's documentation states those of its models, Hugging Face's those of BERT (base 109,482,240 and tiny 4,385,920 without the classifier's 1,538 and 258).
    [Fact]
    public void Published_networks_have_the_published_numbers_of_parameters()
    {
        static long Trained(OnnxGraph graph) => graph.Initializers.Where(pair => !pair.Key.Contains(".running_")).Sum(pair => pair.Value.ElementCount);

        Trained(CifarTwo.Create(Cifar, 2, new Random(1))).ShouldBe(249_442);
        Trained(new ResNet18Options().Create(Cifar, 10, new Random(1))).ShouldBe(11_173_962);
        Trained(new ResNet18Options { Stem = ResNetStem.Imagenet }.Create(new InputSpec([3, 224, 224]), 1000, new Random(1))).ShouldBe(11_689_512);
        Trained(new ResNet34Options { Stem = ResNetStem.Imagenet }.Create(Imagenet, 1000, new ConstantRandom())).ShouldBe(21_797_672);
        Trained(new ResNet50Options { Stem = ResNetStem.Imagenet }.Create(Imagenet, 1000, new ConstantRandom())).ShouldBe(25_557_032);
        Trained(new MobileNetV3SmallOptions().Create(Imagenet, 1000, new ConstantRandom())).ShouldBe(2_542_856);
        Trained(new DenseNetOptions().Create(Imagenet, 1000, new ConstantRandom())).ShouldBe(7_978_856);
        Trained(new VisionTransformerOptions().Create(Imagenet, 1000, new ConstantRandom())).ShouldBe(86_567_656);
        Trained(new BertOptions().Create(new([128], ElementType.Int64), 2, new ConstantRandom())).ShouldBe(109_483_778);
        Trained(BertOptions.Tiny.Create(new([128], ElementType.Int64), 2, new ConstantRandom())).ShouldBe(4_386_178);
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
        names.ShouldContain("fc.weight");

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
        resNet.Initialization.ShouldBe(Initialization.Published);
        resNet.Weights.ShouldBeNull();
        resNet.HeadFromScratch.ShouldBeFalse();
        resNet.Freeze.ShouldBeEmpty();
        (resNet with { Width = 8 } with { Width = 64 }).ShouldBe(resNet);
        (resNet with { Freeze = ["fc.*"] } with { Freeze = [] }).ShouldBe(resNet);
        new ResNet34Options().Initialization.ShouldBe(Initialization.Published);
        new ResNet50Options().Initialization.ShouldBe(Initialization.Published);

        MobileNetV3SmallOptions mobile = new();
        mobile.ShouldBe(new() { WidthMultiplier = 1, LastWidth = 1024, Dropout = 0.2f, Initialization = Initialization.Published });
        DenseNetOptions dense = new();
        dense.ShouldBe(new() { GrowthRate = 32, Blocks = [6, 12, 24, 16], StemChannels = 64, Bottleneck = 4, Initialization = Initialization.Published });
        VisionTransformerOptions vision = new();
        vision.ShouldBe(new() { PatchSize = 16, Layers = 12, Heads = 12, Width = 768, HiddenWidth = 3072, Dropout = 0, AttentionDropout = 0, Initialization = Initialization.Published });
        BertOptions bert = new();
        bert.ShouldBe(new()
        {
            Vocabulary = 30_522, Layers = 12, Heads = 12, Width = 768, HiddenWidth = 3072, MaximalPositions = 512, TokenTypes = 2, Dropout = 0.1f, AttentionDropout = 0.1f,
            Initialization = Initialization.Published,
        });
        BertOptions.Tiny.ShouldBe(bert with { Layers = 2, Heads = 2, Width = 128, HiddenWidth = 512 });
        OnnxNetworkOptions given = new() { File = "model.onnx" };
        given.ShouldBe(new() { File = "model.onnx", ReplaceHead = null, Logits = null, Normalization = null, Initialization = Initialization.Torch });
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
        Should.Throw<ArgumentException>(() => new ResNet50Options { Freeze = [""] });
        Should.Throw<ArgumentException>(() => new MobileNetV3SmallOptions { WidthMultiplier = double.NaN });
        Should.Throw<ArgumentException>(() => new MobileNetV3SmallOptions { LastWidth = 0 });
        Should.Throw<ArgumentException>(() => new DenseNetOptions { Blocks = [] });
        Should.Throw<ArgumentException>(() => new DenseNetOptions { Blocks = [2, 0] });
        Should.Throw<ArgumentException>(() => new VisionTransformerOptions { AttentionDropout = 1 });
        Should.Throw<ArgumentException>(() => new BertOptions { Heads = 0 });
        Should.Throw<ArgumentException>(() => new OnnxNetworkOptions { File = "" });
        Should.Throw<ArgumentException>(() => new OnnxNetworkOptions { File = "model.onnx", ReplaceHead = 0 });
    }

    [Fact]
    public void Networks_RefuseInputsThatAreNotTheirs()
    {
        Should.Throw<InvalidModelException>(() => new VisionTransformerOptions().Create(new([3, 30, 32]), 2, new ConstantRandom())).Message.ShouldContain("multiples of the patch's, 16");
        Should.Throw<InvalidModelException>(() => new VisionTransformerOptions { Heads = 5 }.Create(Imagenet, 2, new ConstantRandom())).Message.ShouldContain("A width of 768 is not divided by 5 heads");
        Should.Throw<InvalidModelException>(() => new DenseNetOptions().Create(new([3]), 2, new ConstantRandom())).Message.ShouldContain("images are accepted");
        Should.Throw<InvalidModelException>(() => new BertOptions().Create(Cifar, 2, new ConstantRandom())).Message.ShouldContain("token numbers are accepted");
        Should.Throw<InvalidModelException>(() => new BertOptions().Create(new([513], ElementType.Int64), 2, new ConstantRandom())).Message.ShouldContain("at most 512 positions");
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

    // Deviations of torchvision's and Hugging Face's draws; of n numbers the deviation has an error of a share of 1/√(2n), here below 2 %; 5 % are allowed.
    [Fact]
    public void Published_DrawsHaveTheirDeviations()
    {
        static double Deviation(OnnxGraph graph, string name)
        {
            float[] numbers = graph.Initializers[name].AsSpan<float>().ToArray();
            return Math.Sqrt(numbers.Average(number => (double)number * number));
        }

        OnnxGraph resNet = new ResNet18Options { Width = 32 }.Create(Cifar, 10, new Random(1));
        Deviation(resNet, "layer4.0.conv1.weight").ShouldBe(Math.Sqrt(2.0 / (256 * 9)), 0.05 * Math.Sqrt(2.0 / (256 * 9)));
        Deviation(resNet, "fc.weight").ShouldBe(1 / Math.Sqrt(3 * 256), 0.05 / Math.Sqrt(3 * 256));

        OnnxGraph mobile = new MobileNetV3SmallOptions().Create(Cifar, 10, new Random(1));
        Deviation(mobile, "classifier.0.weight").ShouldBe(0.01, 0.0005);
        Deviation(mobile, "features.9.block.1.0.weight").ShouldBe(Math.Sqrt(2.0 / (288 * 25)), 0.05 * Math.Sqrt(2.0 / (288 * 25)));
        mobile.Initializers["features.9.block.2.fc1.bias"].AsSpan<float>().ToArray().ShouldAllBe(number => number == 0);

        OnnxGraph dense = new DenseNetOptions { Blocks = [2, 2] }.Create(Cifar, 10, new Random(1));
        Deviation(dense, "features.denseblock1.denselayer1.conv2.weight").ShouldBe(Math.Sqrt(2.0 / (128 * 9)), 0.05 * Math.Sqrt(2.0 / (128 * 9)));

        OnnxGraph vision = new VisionTransformerOptions { PatchSize = 8, Layers = 1, Heads = 2, Width = 64, HiddenWidth = 256 }.Create(Cifar, 10, new Random(1));
        Deviation(vision, "encoder.layers.encoder_layer_0.self_attention.in_proj_weight").ShouldBe(Math.Sqrt(2.0 / (4 * 64)), 0.05 * Math.Sqrt(2.0 / (4 * 64)));
        Deviation(vision, "conv_proj.weight").ShouldBe(Math.Sqrt(1.0 / 192), 0.05 * Math.Sqrt(1.0 / 192));
        Deviation(vision, "heads.head.weight").ShouldBe(0);

        OnnxGraph bert = new BertOptions { Vocabulary = 200, Width = 64, Layers = 1, Heads = 2, HiddenWidth = 64, MaximalPositions = 12 }.Create(new([7], ElementType.Int64), 2, new Random(1));
        Deviation(bert, "bert.embeddings.word_embeddings.weight").ShouldBe(0.02, 0.001);
        Deviation(bert, "bert.encoder.layer.0.attention.self.query.weight").ShouldBe(0.02, 0.001);
    }

    // Counting needs no random numbers.
    private sealed class ConstantRandom : Random
    {
        public override double NextDouble() => 0.5;
    }
}
