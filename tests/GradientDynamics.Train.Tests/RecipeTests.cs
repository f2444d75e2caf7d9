using System.Text.Json.Nodes;
using GradientDynamics.CommandLine;
using GradientDynamics.Onnx.Networks;
using GradientDynamics.Train.Datasets;
using GradientDynamics.Train.Procedures;
using GradientDynamics.Train.Tests.Datasets;

namespace GradientDynamics.Train.Tests;

/// <summary>Every recipe trains two steps and more at a tiny size, through the command that a user gives.</summary>
[Collection(TorchGlobalState.Name)]
public sealed class RecipeTests
{
    public static TheoryData<string> Recipes => RunConfigTests.Recipes;

    [Theory]
    [MemberData(nameof(Recipes))]
    public async Task Recipe_AtATinySize_TrainsAndIsListed(string recipe)
    {
        using TemporaryFolder folder = new();
        string path = Path.Combine(RunConfigTests.RepositoryRoot(), "recipes", recipe);
        RunConfig full = ConfigurationFile.Read<RunConfig>(path, []);
        string dataset = JsonNode.Parse(ConfigurationFile.Write(full))!["dataset"]!["kind"]!.GetValue<string>();
        string output = folder.Combine("run");

        string[] changes = [.. await Smaller(dataset, full, folder), "epochs=2", "evaluateEvery=1", "threads=1"];

        CommandRun fit = await CommandRun.Of(["fit", "--config", path, "--output", output, .. changes.SelectMany(change => (string[])["--set", change])]);

        fit.ExitCode.ShouldBe(ExitCode.Done, fit.Error);
        string[] metrics = await File.ReadAllLinesAsync(Path.Combine(output, "metrics.jsonl"), TestContext.Current.CancellationToken);
        metrics.Length.ShouldBe(2);
        JsonNode.Parse(metrics[1])!["step"]!.GetValue<int>().ShouldBeGreaterThanOrEqualTo(2);
        File.Exists(Path.Combine(output, "model.onnx")).ShouldBeTrue();
        DatasetKind.All.Select(kind => kind.Kind).ShouldContain(dataset);
        JsonNode.Parse((await CommandRun.Of("datasets", "list", "--json")).Output)!.AsArray().Select(kind => kind!["kind"]!.GetValue<string>()).ShouldContain(dataset);
    }

    // What makes a run of a dataset tiny: the data by its kind, written or drawn into the folder, then the network and the method where their size would take long.
    private static async Task<string[]> Smaller(string dataset, RunConfig full, TemporaryFolder folder)
    {
        string[] here = [$"dataset.folder={folder.Path}"];
        switch (dataset)
        {
            case "two-moons":
                return ["dataset.count=24"];
            case "drawn-digits":
                return ["dataset.side=8", "dataset.train.count=64", "dataset.validation.count=40", "dataset.test.count=40"];
            case "spurious-features":
                return ["dataset.count=40"];
            case "two-points":
                return [];
            case "teacher-student":
                return ["dataset.testCount=20"];
            case "colored-mnist":
                ColoredMnistTests.WriteMnist(folder, count: 80);
                return [.. here, "dataset.trainCount=60"];
            case "cifar-10":
                CifarFiles.WriteCifar10(folder, trainCount: 40, testCount: 20);
                return [.. here, """dataset.trainFiles=["data_batch_1.bin"]""", "batchSize=6", .. SmallNetwork(full)];
            case "cifar-100":
                CifarFiles.WriteCifar100(folder, trainCount: 40, testCount: 20);
                return [.. here, "batchSize=16", .. SmallNetwork(full)];
            default:
                string drawn = folder.Combine("drawn");
                CommandRun synthesized = await CommandRun.Of("datasets", "synthesize", dataset, "--output", drawn, "--size", "24");
                synthesized.ExitCode.ShouldBe(ExitCode.Done, synthesized.Error);
                string[] vocabulary = dataset == "civilcomments" ? [$"dataset.tokens.vocabulary={Path.Combine(drawn, "vocab.txt")}"] : [];
                string[] images = full.Dataset is ImageDatasetOptions ? ["""dataset.preprocessing={"resize":{"width":32,"height":32}}"""] : [];
                return [$"dataset.folder={drawn}", .. vocabulary, .. images, "batchSize=12", .. SmallNetwork(full), .. full.Procedure is JustTrainTwiceOptions ? (string[])["procedure.firstStageEpochs=1"] : []];
        }
    }

    private static string[] SmallNetwork(RunConfig full) => full.Network switch
    {
        ResNet18Options => ["network.width=4"],
        ResNet50Options => ["""network={"kind":"resnet-18","width":4}"""],
        PreactivationResNetOptions => ["network.depth=14", "network.width=4"],
        VggOptions => ["""network.stages=[{"channels":4,"layers":1},{"channels":8,"layers":2}]"""],
        BertOptions => ["network.weights=null", "network.headFromScratch=false", "network.layers=1", "network.heads=2", "network.width=8", "network.hiddenWidth=16"],
        _ => [],
    };
}
