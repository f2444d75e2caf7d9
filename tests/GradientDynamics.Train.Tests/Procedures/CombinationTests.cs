using System.Text.Json.Nodes;
using GradientDynamics.CommandLine;
using GradientDynamics.Train.Training;

namespace GradientDynamics.Train.Tests.Procedures;

/// <summary>Every pair of objective, sampler, procedure, optimizer, network and form of the logits trains two steps, or is refused by name.</summary>
[Collection(TorchGlobalState.Name)]
public sealed class CombinationTests
{
    private static readonly Dictionary<string, string[]> Kinds = new()
    {
        ["objective"] =
        [
            """{"kind":"erm"}""", """{"kind":"spectral-decoupling"}""", """{"kind":"spectral-decoupling","reduction":"mean-per-class","start":{"when":"validation-loss-rises"}}""",
            """{"kind":"group-dro"}""", """{"kind":"irm","coefficient":10,"weightPenalty":0.001}""", """{"kind":"v-rex","coefficient":10}""", """{"kind":"focal-loss"}""",
            """{"kind":"label-smoothing"}""", """{"kind":"squared-error"}""", """{"kind":"hinge-loss"}""", """{"kind":"regression"}""", """{"kind":"margin-variance"}""",
        ],
        ["sampler"] =
        [
            """{"kind":"shuffle"}""", """{"kind":"class-subsampling"}""", """{"kind":"group-subsampling"}""", """{"kind":"class-reweighting"}""", """{"kind":"group-reweighting"}""",
            """{"kind":"class-square-root-reweighting"}""", """{"kind":"group-square-root-reweighting"}""", """{"kind":"class-balanced-batches"}""",
        ],
        ["procedure"] =
        [
            """{"kind":"standard"}""", """{"kind":"jtt","firstStageEpochs":1,"factor":3}""", """{"kind":"lff"}""", """{"kind":"deep-feature-reweighting","draws":2,"inverseStrengths":[0.1,0.01]}""",
        ],
        ["optimizer"] =
        [
            """{"kind":"sgd","learningRate":0.05}""",
            """{"kind":"sgd","learningRate":0.05,"momentum":0.9,"nesterov":true,"weightDecay":0.01,"decayed":"weights","clipNorm":1,"schedule":{"kind":"step","epochs":[1]}}""",
            """{"kind":"adam","learningRate":0.01,"clipValue":0.1,"averageDecay":0.5,"schedule":{"kind":"cosine"}}""",
            """{"kind":"adam-w","learningRate":0.01,"weightDecay":0.1,"decayed":"biases-and-normalization","schedule":{"kind":"linear","warmupSteps":1}}""",
            """{"kind":"sgd","learningRate":0.05,"accumulatedBatches":2}""",
        ],
        ["network"] =
        [
            """{"kind":"mlp","hiddenWidths":[6]}""", """{"kind":"mlp","hiddenWidths":[6],"dropout":0.2,"batchNormalization":true}""", """{"kind":"mlp","hiddenWidths":[6],"initialization":"ntk"}""",
            """{"kind":"conv-net","layers":[{"kind":"conv","channels":4},{"kind":"relu"},{"kind":"max-pool"}]}""", """{"kind":"resnet-18","width":4}""",
            """{"kind":"vgg","initialization":"torch","stages":[{"channels":4,"layers":2},{"channels":6,"layers":1}]}""", """{"kind":"preactivation-resnet","depth":8,"width":4}""",
            """{"kind":"scaled-linear","scales":[{"count":64,"scale":4},{"count":64,"scale":0.5}]}""",
        ],
        ["singleLogit"] = ["true", "false"],
        ["dropLastBatch"] = ["true"],
    };

    public static TheoryData<string, string> Pairs
    {
        get
        {
            TheoryData<string, string> pairs = [];
            string[] names = [.. Kinds.Keys];
            for (int i = 0; i < names.Length; i++)
            {
                for (int j = i + 1; j < names.Length; j++)
                {
                    pairs.Add(names[i], names[j]);
                }
            }

            return pairs;
        }
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void EveryPair_TrainsTwoStepsOrIsRefusedByName(string first, string second)
    {
        TrainingData data = TinyData.Create();
        foreach (string one in Kinds[first])
        {
            foreach (string other in Kinds[second])
            {
                string pair = $"{first} {one}, {second} {other}";
                string[] changes = [$"{first}={one}", $"{second}={other}"];
                if (Refused(first, one, second, other) is { } named)
                {
                    CommandException error = Should.Throw<CommandException>(() => Train(changes, data), pair);
                    error.ExitCode.ShouldBe(ExitCode.Configuration, pair);
                    error.Message.ShouldContain(named, customMessage: pair);
                    error.Message.ShouldContain("ccepted", customMessage: pair);
                }
                else
                {
                    Should.NotThrow(() => Train(changes, data), pair);
                }
            }
        }
    }

    private static void Train(string[] changes, TrainingData data)
    {
        RunConfig config = TinyData.Config(changes);
        using TrainingLoop loop = new(config, data, threads: 1, checkpoint: null);
        Checkpoint last = TinyData.RunToEnd(loop);
        loop.Step.ShouldBeGreaterThanOrEqualTo(2);
        loop.Finish(last, CancellationToken.None);
    }

    // What a refusal names, or null for a pair that makes sense.
    private static string? Refused(string first, string one, string second, string other)
    {
        string KindOf(string name, string absent) => JsonNode.Parse(first == name ? one : second == name ? other : absent)!["kind"]!.GetValue<string>();

        string objective = KindOf("objective", """{"kind":"erm"}""");
        string procedure = KindOf("procedure", """{"kind":"standard"}""");
        string sampler = KindOf("sampler", """{"kind":"shuffle"}""");
        string all = one + other;
        bool compares = objective is "group-dro" or "irm" or "v-rex" or "margin-variance" || all.Contains("mean-per-class", StringComparison.Ordinal);
        return procedure switch
        {
            "jtt" when sampler != "shuffle" => sampler,
            "jtt" when compares || objective == "regression" => objective,
            "lff" when objective != "erm" => objective,
            "deep-feature-reweighting" when objective == "regression" => "regression",
            "deep-feature-reweighting" when all.Contains("ntk", StringComparison.Ordinal) || all.Contains("scaled-linear", StringComparison.Ordinal) => "deep-feature-reweighting",
            _ when objective == "regression" && all.Contains("false", StringComparison.Ordinal) => "regression",
            _ when compares && all.Contains("accumulatedBatches", StringComparison.Ordinal) => objective,
            _ => null,
        };
    }
}
