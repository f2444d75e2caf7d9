using System.Text.RegularExpressions;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Networks;
using GradientDynamics.Train.Execution;
using GradientDynamics.Train.FineTuning;
using GradientDynamics.Train.Tests.Execution;
using GradientDynamics.Train.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Tests.FineTuning;

/// <summary>Weights of other libraries in the networks here: what torchvision computes with them is what the graphs compute.</summary>
public sealed class WeightsFileTests
{
    // Expected in double precision, computed here in single: some fifty layers of sums of a hundred terms and more, 6e-8 each.
    private const double SinglePrecision = 1e-5;

    public static TheoryData<string> Networks => [.. NetworkFixtures.All.Keys];

    // Token numbers have no gradient.
    public static TheoryData<string> NetworksOfImages => [.. NetworkFixtures.All.Keys.Except(["bert"])];

    [Theory]
    [MemberData(nameof(Networks))]
    public void Load_OfAnotherLibrarysWeights_GivesItsLogitsInBothBackEnds(string name)
    {
        OnnxGraph graph = Load(name);
        IReadOnlyDictionary<string, ConstantTensor> expected = NetworkFixtures.Read($"{name}.expected.safetensors");
        Dictionary<string, ConstantTensor> inputs = NetworkFixtures.Inputs(graph, expected);

        AsFloat(expected["logits"]).AsSpan<float>().ToArray().Select(Math.Abs).Max().ShouldBeGreaterThan(0.01f);
        Views.InTorchSharp(graph, inputs, ScalarType.Float32)["logits"].ShouldAgreeWith(AsFloat(expected["logits"]), SinglePrecision, 0, $"{name} in TorchSharp");
        Views.InOnnxRuntime(graph, inputs)["logits"].ShouldAgreeWith(AsFloat(expected["logits"]), SinglePrecision, 0, $"{name} in ONNX Runtime");
    }

    [Theory]
    [MemberData(nameof(NetworksOfImages))]
    public void Load_OfAnotherLibrarysWeights_GivesItsInputGradient(string name)
    {
        IReadOnlyDictionary<string, ConstantTensor> expected = NetworkFixtures.Read($"{name}.expected.safetensors");
        using DisposeScope scope = NewDisposeScope();
        using GraphModule module = new(Load(name));
        module.to(ScalarType.Float64);
        module.eval();
        Tensor point = TorchTensors.ToTorch(expected["input0"]).to(ScalarType.Float64).requires_grad_();

        Tensor logits = module.forward(point);
        Tensor gradient = autograd.grad([(logits * arange(1, logits.shape[1] + 1)).sum()], [point])[0];

        // Stored in single precision.
        TorchTensors.ToConstant(gradient, ElementType.Float).ShouldAgreeWith(expected["input_gradient"], 1e-6, 0, name);
    }

    // The file's names are the network's own, but for those that its maker has changed since.
    [Theory]
    [InlineData("bert.embeddings.LayerNorm.gamma", "bert.embeddings.LayerNorm.weight")]
    [InlineData("bert.embeddings.LayerNorm.beta", "bert.embeddings.LayerNorm.bias")]
    [InlineData("embeddings.word_embeddings.weight", "bert.embeddings.word_embeddings.weight")]
    [InlineData("encoder.layer.0.attention.output.LayerNorm.gamma", "bert.encoder.layer.0.attention.output.LayerNorm.weight")]
    [InlineData("classifier.weight", "classifier.weight")]
    [InlineData("features.denseblock1.denselayer2.norm.1.running_mean", "features.denseblock1.denselayer2.norm1.running_mean")]
    [InlineData("features.denseblock1.denselayer2.conv.2.weight", "features.denseblock1.denselayer2.conv2.weight")]
    [InlineData("encoder.layers.encoder_layer_0.mlp.linear_1.weight", "encoder.layers.encoder_layer_0.mlp.0.weight")]
    [InlineData("encoder.layers.encoder_layer_0.mlp.linear_2.bias", "encoder.layers.encoder_layer_0.mlp.3.bias")]
    public void Of_AnOlderName_IsTheNetworks(string name, string expected)
    {
        HashSet<string> known = [.. new[] { "bert", "densenet", "vision-transformer" }.SelectMany(network => NetworkFixtures.Create(network).Initializers.Keys)];

        known.ShouldContain(expected);
        WeightNames.Of(name, known).ShouldBe(expected);
    }

    [Fact]
    public void Load_OfBertWithoutPrefixAndHead_NeedsHeadFromScratch()
    {
        using TemporaryFolder folder = new();
        string path = folder.Combine("bert.safetensors");
        Dictionary<string, ConstantTensor> body = NetworkFixtures.Read("bert.safetensors").Where(pair => !pair.Key.StartsWith("classifier.", StringComparison.Ordinal))
            .ToDictionary(pair => pair.Key["bert.".Length..], pair => pair.Value);
        body["embeddings.position_ids"] = ConstantTensor.Vector(0, 1);
        body["cls.seq_relationship.bias"] = ConstantTensor.Of<float>([0, 0], 2);
        Write(path, body);
        OnnxGraph fresh = NetworkFixtures.Create("bert");

        OnnxGraph loaded = WeightsFile.Load(fresh, path, headFromScratch: true);

        loaded.Initializers["classifier.weight"].Bytes.ToArray().ShouldBe(fresh.Initializers["classifier.weight"].Bytes.ToArray());
        loaded.Initializers["bert.pooler.dense.weight"].Bytes.ToArray().ShouldBe(Load("bert").Initializers["bert.pooler.dense.weight"].Bytes.ToArray());
        string message = Should.Throw<InvalidDataException>(() => WeightsFile.Load(fresh, path, headFromScratch: false)).Message;
        message.ShouldStartWith($"{path}: its weights are not the network's: 'cls.seq_relationship.bias' is not expected");
        message.ShouldContain("'classifier.weight' is missing; 'classifier.bias' is missing");
    }

    [Fact]
    public void Load_OfOtherWeights_ListsWhatIsMissingUnexpectedAndOfAnotherShape()
    {
        using TemporaryFolder folder = new();
        string path = folder.Combine("weights.safetensors");
        Dictionary<string, ConstantTensor> weights = NetworkFixtures.Read("resnet-18.safetensors").ToDictionary();
        weights.Remove("bn1.weight");
        weights["fc.weight"] = ConstantTensor.Of<float>(new float[160], 10, 16);
        weights["layer9.weight"] = ConstantTensor.Of<float>([1], 1);
        weights["layer1.0.bn1.bias"] = ConstantTensor.Vector(1, 2);
        Write(path, weights);

        string message = Should.Throw<InvalidDataException>(() => WeightsFile.Load(NetworkFixtures.Create("resnet-18"), path, headFromScratch: false)).Message;

        message.ShouldContain("'fc.weight' is Float[10, 16], expected Float[3, 16]");
        message.ShouldContain("'layer9.weight' is not expected");
        message.ShouldContain("'layer1.0.bn1.bias' is Int64[2], expected Float[2]");
        message.ShouldContain("'bn1.weight' is missing");
        Regex.Count(message, "fc.weight").ShouldBe(1);
    }

    [Fact]
    public void Load_OfAnOnnxModel_TakesItsInitializers()
    {
        using TemporaryFolder folder = new();
        string path = folder.Combine("model.onnx");
        OnnxGraph trained = Load("resnet-34");
        OnnxModelFile.Write(trained, path);

        OnnxGraph loaded = WeightsFile.Load(NetworkFixtures.Create("resnet-34"), path, headFromScratch: false);

        OnnxModelFile.ToBytes(loaded).ShouldBe(OnnxModelFile.ToBytes(trained));
    }

    [Fact]
    public void Load_IntoAnotherPrecision_ConvertsToTheGraphs()
    {
        OnnxGraph graph = new VisionTransformerOptions { PatchSize = 4, Layers = 2, Heads = 2, Width = 8, HiddenWidth = 16 }.Create(new([3, 16, 16], ElementType.Double), 3, new Random(1));

        OnnxGraph loaded = WeightsFile.Load(graph, NetworkFixtures.Path("vision-transformer.safetensors"), headFromScratch: false);

        loaded.Initializers["class_token"].AsSpan<double>().ToArray().ShouldBe(
            [.. NetworkFixtures.Read("vision-transformer.safetensors")["class_token"].AsSpan<float>().ToArray().Select(number => (double)number)]);
    }

    private static OnnxGraph Load(string name) => WeightsFile.Load(NetworkFixtures.Create(name), NetworkFixtures.Path($"{name}.safetensors"), headFromScratch: false);

    private static void Write(string path, Dictionary<string, ConstantTensor> tensors)
    {
        using FileStream file = File.Create(path);
        new SafetensorsFile(new Dictionary<string, string>(), tensors).Write(file);
    }

    private static ConstantTensor AsFloat(ConstantTensor tensor)
    {
        using Tensor given = TorchTensors.ToTorch(tensor);
        return TorchTensors.ToConstant(given, ElementType.Float);
    }
}
