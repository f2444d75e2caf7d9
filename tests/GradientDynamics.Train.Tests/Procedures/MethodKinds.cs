using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Networks;

namespace GradientDynamics.Train.Tests.Procedures;

/// <summary>Settings of every kind of objective, sampler, procedure, optimizer and network, small enough for two steps in milliseconds; where a kind behaves in several ways, several of them.</summary>
internal static class MethodKinds
{
    /// <summary>Objectives.</summary>
    public static IReadOnlyList<string> Objectives { get; } =
    [
        """{"kind":"erm"}""", """{"kind":"spectral-decoupling"}""", """{"kind":"spectral-decoupling","reduction":"mean-per-class","start":{"when":"validation-loss-rises"}}""",
        """{"kind":"group-dro"}""", """{"kind":"irm","coefficient":10,"weightPenalty":0.001}""", """{"kind":"v-rex","coefficient":10}""", """{"kind":"focal-loss"}""",
        """{"kind":"label-smoothing"}""", """{"kind":"squared-error"}""", """{"kind":"hinge-loss"}""", """{"kind":"regression"}""", """{"kind":"margin-variance"}""",
    ];

    /// <summary>Samplers.</summary>
    public static IReadOnlyList<string> Samplers { get; } =
    [
        """{"kind":"shuffle"}""", """{"kind":"class-subsampling"}""", """{"kind":"group-subsampling"}""", """{"kind":"class-reweighting"}""", """{"kind":"group-reweighting"}""",
        """{"kind":"class-square-root-reweighting"}""", """{"kind":"group-square-root-reweighting"}""", """{"kind":"class-balanced-batches"}""",
    ];

    /// <summary>Procedures.</summary>
    public static IReadOnlyList<string> Procedures { get; } =
    [
        """{"kind":"standard"}""", """{"kind":"jtt","firstStageEpochs":1,"factor":3}""", """{"kind":"lff"}""", """{"kind":"deep-feature-reweighting","draws":2,"inverseStrengths":[0.1,0.01]}""",
    ];

    /// <summary>Optimizers, with every schedule, clipping, decay group, average and accumulation.</summary>
    public static IReadOnlyList<string> Optimizers { get; } =
    [
        """{"kind":"sgd","learningRate":0.05}""",
        """{"kind":"sgd","learningRate":0.05,"momentum":0.9,"nesterov":true,"weightDecay":0.01,"decayed":"weights","clipNorm":1,"schedule":{"kind":"step","epochs":[1]}}""",
        """{"kind":"adam","learningRate":0.01,"clipValue":0.1,"averageDecay":0.5,"schedule":{"kind":"cosine"}}""",
        """{"kind":"adam-w","learningRate":0.01,"weightDecay":0.1,"decayed":"biases-and-normalization","schedule":{"kind":"linear","warmupSteps":1}}""",
        """{"kind":"sgd","learningRate":0.05,"accumulatedBatches":2}""",
    ];

    /// <summary>Networks; all but those of tokens take images of 8 x 8 and more whose sides are even.</summary>
    /// <param name="elements">Number of inputs of an example, which scaled-linear needs to know.</param>
    /// <param name="modelFile">File of the kind onnx, of two classes and the data's input; see <see cref="WriteModel"/>.</param>
    /// <param name="classes">Number of classes.</param>
    public static IReadOnlyList<string> Networks(long elements, string modelFile, int classes = 2) =>
    [
        """{"kind":"mlp","hiddenWidths":[6]}""", """{"kind":"mlp","hiddenWidths":[6],"dropout":0.2,"batchNormalization":true}""", """{"kind":"mlp","hiddenWidths":[6],"initialization":"ntk"}""",
        """{"kind":"conv-net","layers":[{"kind":"conv","channels":4},{"kind":"relu"},{"kind":"max-pool"}]}""",
        """{"kind":"resnet-18","width":4}""", """{"kind":"resnet-34","width":2}""", """{"kind":"resnet-50","width":2}""", """{"kind":"preactivation-resnet","depth":8,"width":4}""",
        """{"kind":"vgg","initialization":"torch","stages":[{"channels":4,"layers":2},{"channels":6,"layers":1}]}""",
        $$"""{"kind":"scaled-linear","scales":[{"count":{{elements - 1}},"scale":4},{"count":1,"scale":0.5}]}""",
        """{"kind":"mobilenet-v3-small","widthMultiplier":0.1,"lastWidth":64}""", """{"kind":"densenet","growthRate":4,"blocks":[2,2],"stemChannels":8,"bottleneck":2}""",
        """{"kind":"vision-transformer","patchSize":2,"layers":1,"heads":2,"width":8,"hiddenWidth":16}""",
        SmallBert,
        $$"""{"kind":"onnx","file":{{JsonValue.Create(modelFile).ToJsonString()}},"replaceHead":{{classes}}}""",
    ];

    /// <summary>A network for tokens.</summary>
    public const string SmallBert = """{"kind":"bert","vocabulary":160,"width":8,"layers":1,"heads":2,"hiddenWidth":16,"maximalPositions":256}""";

    /// <summary>Writes the file of the network of kind onnx: a multilayer perceptron, or a BERT where the input is tokens.</summary>
    public static void WriteModel(string path, InputSpec input)
    {
        NetworkOptions network = input.Element == ElementType.Int64
            ? new BertOptions { Vocabulary = 160, Width = 8, Layers = 1, Heads = 2, HiddenWidth = 16, MaximalPositions = 256 }
            : new MlpOptions { HiddenWidths = [5] };
        OnnxModelFile.Write(network.Create(input, 2, new Random(1)), path);
    }

    /// <summary>The kind in a setting's text.</summary>
    public static string KindOf(string setting) => JsonNode.Parse(setting)!["kind"]!.GetValue<string>();

    /// <summary>The kinds that configurations accept for a setting.</summary>
    public static IReadOnlyList<string> Accepted(Type options) =>
        [.. options.GetCustomAttributes(typeof(JsonDerivedTypeAttribute), inherit: false).Cast<JsonDerivedTypeAttribute>().Select(derived => (string)derived.TypeDiscriminator!)];
}
