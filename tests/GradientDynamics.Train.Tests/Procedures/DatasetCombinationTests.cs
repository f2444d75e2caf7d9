using System.Text.Json.Nodes;
using GradientDynamics.CommandLine;
using GradientDynamics.Train.Tests.Datasets;
using GradientDynamics.Train.Training;

namespace GradientDynamics.Train.Tests.Procedures;

/// <summary>Every dataset of the laboratory with every objective, sampler and procedure trains two steps, or is refused by name.</summary>
[Collection(TorchGlobalState.Name)]
public sealed class DatasetCombinationTests
{
    private static readonly string[] Objectives =
    [
        """{"kind":"erm"}""", """{"kind":"spectral-decoupling"}""", """{"kind":"group-dro"}""", """{"kind":"irm","coefficient":10}""", """{"kind":"v-rex","coefficient":10}""", """{"kind":"focal-loss"}""",
        """{"kind":"label-smoothing"}""", """{"kind":"squared-error"}""", """{"kind":"hinge-loss"}""", """{"kind":"regression"}""", """{"kind":"margin-variance"}""",
    ];

    private static readonly string[] Samplers =
    [
        """{"kind":"shuffle"}""", """{"kind":"class-subsampling"}""", """{"kind":"group-subsampling"}""", """{"kind":"class-reweighting"}""", """{"kind":"group-reweighting"}""",
        """{"kind":"class-square-root-reweighting"}""", """{"kind":"group-square-root-reweighting"}""", """{"kind":"class-balanced-batches"}""",
    ];

    private static readonly string[] Procedures =
    [
        """{"kind":"standard"}""", """{"kind":"jtt","firstStageEpochs":1,"factor":3}""", """{"kind":"lff"}""", """{"kind":"deep-feature-reweighting","draws":2,"inverseStrengths":[0.1,0.01]}""",
    ];

    // A dataset, and how it becomes small; a folder stands for files that the test writes.
    private static readonly (string Dataset, string[] Changes)[] Datasets =
    [
        ("""{"kind":"two-moons","count":24,"rotation":45}""", ["singleLogit=true"]),
        ("""{"kind":"colored-mnist","trainCount":160,"validationCount":100,"folder":"MNIST"}""", ["singleLogit=true"]),
        ("""{"kind":"colored-mnist","trainCount":60,"grayscale":true,"folder":"MNIST"}""", ["singleLogit=true", "selection=last-epoch"]),
        ("""{"kind":"drawn-digits","side":8,"train":{"count":48,"colorAgreement":0.8},"validation":{"count":40,"colorAgreement":0.5},"test":{"count":40,"colorAgreement":0.5}}""", ["singleLogit=true"]),
        ("""{"kind":"cifar-10","trainFiles":["data_batch_1.bin"],"only":["airplane","horse","cat"],"validationCount":4,"augmentation":{},"folder":"CIFAR10"}""", ["singleLogit=false"]),
        ("""{"kind":"cifar-100","labels":"coarse","labelNoise":0.2,"folder":"CIFAR100"}""", ["singleLogit=false", "selection=last-epoch"]),
        ("""{"kind":"spurious-features","count":60,"noiseDimension":3}""", ["singleLogit=true"]),
        ("""{"kind":"two-points"}""", ["singleLogit=true", "selection=last-epoch"]),
        ("""{"kind":"teacher-student","count":20,"testCount":10,"dimension":5,"fastDimension":3}""", ["singleLogit=true", "selection=last-epoch"]),
    ];

    public static TheoryData<int> Numbers => [.. Enumerable.Range(0, Datasets.Length)];

    [Theory]
    [MemberData(nameof(Numbers))]
    public void EveryMethodOnADataset_TrainsTwoStepsOrIsRefusedByName(int number)
    {
        (string dataset, string[] changes) = Datasets[number];
        using TemporaryFolder mnist = new();
        using TemporaryFolder ten = new();
        using TemporaryFolder hundred = new();
        ColoredMnistTests.WriteMnist(mnist, count: 200);
        CifarFiles.WriteCifar10(ten, trainCount: 60, testCount: 20);
        CifarFiles.WriteCifar100(hundred, trainCount: 60, testCount: 20);
        dataset = dataset.Replace("CIFAR100", hundred.Path, StringComparison.Ordinal).Replace("CIFAR10", ten.Path, StringComparison.Ordinal).Replace("MNIST", mnist.Path, StringComparison.Ordinal);

        foreach (string method in Objectives.Select(kind => $"objective={kind}").Concat(Samplers.Select(kind => $"sampler={kind}")).Concat(Procedures.Select(kind => $"procedure={kind}")))
        {
            string[] all = [$"dataset={dataset}", method, .. changes];
            if (Refused(dataset, method) is { } named)
            {
                CommandException error = Should.Throw<CommandException>(() => Train(all), method);
                error.ExitCode.ShouldBe(ExitCode.Configuration, method);
                error.Message.ShouldContain(named, customMessage: method);
                error.Message.ShouldContain("ccepted", customMessage: method);
            }
            else
            {
                Should.NotThrow(() => Train(all), method);
            }
        }
    }

    private static void Train(string[] changes)
    {
        RunConfig config = TinyData.Config(changes);
        TrainingData data = TrainingData.Load(config);
        using TrainingLoop loop = new(config, data, threads: 1, checkpoint: null);
        Checkpoint last = TinyData.RunToEnd(loop);
        loop.Step.ShouldBeGreaterThanOrEqualTo(2);
        loop.Finish(last, CancellationToken.None);
        loop.Evaluate(config.Dataset.LoadTestEnvironments(config.Seed), last.ModelWeights, CancellationToken.None);
    }

    // What a refusal names, or null for a pair that makes sense.
    private static string? Refused(string dataset, string method)
    {
        string kind = JsonNode.Parse(dataset)!["kind"]!.GetValue<string>();
        bool hasValidation = kind is "two-moons" or "drawn-digits" or "spurious-features" || dataset.Contains("validationCount", StringComparison.Ordinal);
        return method switch
        {
            _ when method.Contains("\"irm\"", StringComparison.Ordinal) && kind != "colored-mnist" => "irm",
            _ when method.Contains("\"v-rex\"", StringComparison.Ordinal) && kind != "colored-mnist" => "v-rex",
            _ when method.Contains("\"regression\"", StringComparison.Ordinal) && kind != "teacher-student" => "regression",
            _ when method.Contains("deep-feature-reweighting", StringComparison.Ordinal) && !hasValidation => "deep-feature-reweighting",
            _ => null,
        };
    }
}
