using GradientDynamics.CommandLine;
using GradientDynamics.Onnx.Networks;
using GradientDynamics.Train.Objectives;
using GradientDynamics.Train.Optimizers;
using GradientDynamics.Train.Procedures;
using GradientDynamics.Train.Sampling;
using GradientDynamics.Train.Training;

namespace GradientDynamics.Train.Tests.Procedures;

/// <summary>Every pair of objective, sampler, procedure, optimizer, network and form of the logits trains two steps, or is refused by name.</summary>
[Collection(TorchGlobalState.Name)]
public sealed class CombinationTests
{
    private const string ModelFile = "model.onnx";

    private static readonly Dictionary<string, IReadOnlyList<string>> Kinds = new()
    {
        ["objective"] = MethodKinds.Objectives,
        ["sampler"] = MethodKinds.Samplers,
        ["procedure"] = MethodKinds.Procedures,
        ["optimizer"] = MethodKinds.Optimizers,
        ["network"] = MethodKinds.Networks(TinyData.InputSize, ModelFile),
        ["singleLogit"] = ["true", "false"],
        ["dropLastBatch"] = ["true"],
    };

    public static TheoryData<string, Type> Settings => new()
    {
        { "objective", typeof(ObjectiveOptions) },
        { "sampler", typeof(SamplerOptions) },
        { "procedure", typeof(ProcedureOptions) },
        { "optimizer", typeof(OptimizerOptions) },
        { "network", typeof(NetworkOptions) },
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
    [MemberData(nameof(Settings))]
    public void EveryKind_ThatAConfigurationAccepts_IsAmongThem(string setting, Type options) =>
        Kinds[setting].Select(MethodKinds.KindOf).Distinct().ShouldBe(MethodKinds.Accepted(options), ignoreOrder: true);

    [Theory]
    [MemberData(nameof(Pairs))]
    public void EveryPair_TrainsTwoStepsOrIsRefusedByName(string first, string second)
    {
        using TemporaryFolder folder = new();
        TrainingData data = TinyData.Create();
        MethodKinds.WriteModel(folder.Combine(ModelFile), new(data.Description.Inputs[0].Shape));
        foreach (string one in Kinds[first])
        {
            foreach (string other in Kinds[second])
            {
                string pair = $"{first} {one}, {second} {other}";
                // Squared errors of a network as deep as resnet-50 diverge at the usual 0.05.
                string[] changes = ["optimizer.learningRate=0.01", $"{first}={one}", $"{second}={other}"];
                changes = [.. changes.Select(change => change.Replace(ModelFile, folder.Combine(ModelFile), StringComparison.Ordinal))];
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
        string KindOf(string name, string absent) => MethodKinds.KindOf(first == name ? one : second == name ? other : absent);

        string objective = KindOf("objective", """{"kind":"erm"}""");
        string procedure = KindOf("procedure", """{"kind":"standard"}""");
        string sampler = KindOf("sampler", """{"kind":"shuffle"}""");
        string all = one + other;
        bool compares = objective is "group-dro" or "irm" or "v-rex" or "margin-variance" || all.Contains("mean-per-class", StringComparison.Ordinal);
        return procedure switch
        {
            _ when KindOf("network", """{"kind":"mlp"}""") == "bert" => "bert",
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
