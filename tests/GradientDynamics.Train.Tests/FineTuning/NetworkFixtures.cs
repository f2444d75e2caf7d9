using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Networks;
using GradientDynamics.Train.Training;

namespace GradientDynamics.Train.Tests.FineTuning;

/// <summary>The files that Fixtures/Networks/make_fixtures.py made with torch 1.13.0 and torchvision 0.14.1.</summary>
internal static class NetworkFixtures
{
    /// <summary>The networks whose weights there are, at the size of the fixture.</summary>
    public static IReadOnlyDictionary<string, (NetworkOptions Options, InputSpec Input, int Logits)> All { get; } = new Dictionary<string, (NetworkOptions Options, InputSpec Input, int Logits)>
    {
        ["resnet-18"] = (new ResNet18Options { Width = 2, Stem = ResNetStem.Imagenet }, new([3, 24, 24]), 3),
        ["resnet-34"] = (new ResNet34Options { Width = 2, Stem = ResNetStem.Imagenet }, new([3, 24, 24]), 3),
        ["resnet-50"] = (new ResNet50Options { Width = 2, Stem = ResNetStem.Imagenet }, new([3, 24, 24]), 3),
        ["mobilenet-v3-small"] = (new MobileNetV3SmallOptions { WidthMultiplier = 0.1 }, new([3, 24, 24]), 4),
        ["densenet"] = (new DenseNetOptions { GrowthRate = 4, Blocks = [2, 3, 2], StemChannels = 8, Bottleneck = 2 }, new([3, 24, 24]), 3),
        ["vision-transformer"] = (new VisionTransformerOptions { PatchSize = 4, Layers = 2, Heads = 2, Width = 8, HiddenWidth = 16 }, new([3, 16, 16]), 3),
        ["bert"] = (new BertOptions { Vocabulary = 20, Width = 8, Layers = 2, Heads = 2, HiddenWidth = 16, MaximalPositions = 12 }, new([7], ElementType.Int64), 3),
    };

    /// <summary>Path of a file.</summary>
    public static string Path(string file) => System.IO.Path.Combine(AppContext.BaseDirectory, "Fixtures", "Networks", file);

    /// <summary>Tensors of a file.</summary>
    public static IReadOnlyDictionary<string, ConstantTensor> Read(string file) => SafetensorsFile.Read(Path(file)).Tensors;

    /// <summary>A network with fresh weights, at the size of the fixture.</summary>
    public static OnnxGraph Create(string name) => All[name].Options.Create(All[name].Input, All[name].Logits, new Random(1));

    /// <summary>The inputs of a fixture's expectation by the graph's names.</summary>
    public static Dictionary<string, ConstantTensor> Inputs(OnnxGraph graph, IReadOnlyDictionary<string, ConstantTensor> expected) =>
        graph.Inputs.Index().ToDictionary(input => input.Item.Name, input => expected[$"input{input.Index}"]);
}
