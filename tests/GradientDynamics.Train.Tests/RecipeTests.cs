using System.Text.Json.Nodes;
using GradientDynamics.CommandLine;
using GradientDynamics.Train.Datasets;
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

        CommandRun fit = await CommandRun.Of(
            ["fit", "--config", path, "--output", output, .. Smaller(dataset, full, folder).Concat(["epochs=2", "evaluateEvery=1", "threads=1"]).SelectMany(change => (string[])["--set", change])]);

        fit.ExitCode.ShouldBe(ExitCode.Done, fit.Error);
        string[] metrics = await File.ReadAllLinesAsync(Path.Combine(output, "metrics.jsonl"), TestContext.Current.CancellationToken);
        metrics.Length.ShouldBe(2);
        JsonNode.Parse(metrics[1])!["step"]!.GetValue<int>().ShouldBeGreaterThanOrEqualTo(2);
        File.Exists(Path.Combine(output, "model.onnx")).ShouldBeTrue();
        DatasetKind.All.Select(kind => kind.Kind).ShouldContain(dataset);
        JsonNode.Parse((await CommandRun.Of("datasets", "list", "--json")).Output)!.AsArray().Select(kind => kind!["kind"]!.GetValue<string>()).ShouldContain(dataset);
    }

    // What makes a run of a dataset tiny: the data by its kind, then the network where its size would take long.
    private static string[] Smaller(string dataset, RunConfig full, TemporaryFolder folder)
    {
        string[] data = dataset switch
        {
            "two-moons" => ["dataset.count=24"],
            "drawn-digits" => ["dataset.side=8", "dataset.train.count=64", "dataset.validation.count=40", "dataset.test.count=40"],
            "colored-mnist" => ["dataset.trainCount=60"],
            "cifar-10" => ["""dataset.trainFiles=["data_batch_1.bin"]""", "batchSize=6"],
            "cifar-100" => ["batchSize=16"],
            "spurious-features" => ["dataset.count=40"],
            "two-points" => [],
            "teacher-student" => ["dataset.testCount=20"],
            _ => throw new InvalidOperationException($"Recipes of the dataset {dataset} need a line that says how they become small."),
        };
        switch (dataset)
        {
            case "colored-mnist":
                ColoredMnistTests.WriteMnist(folder, count: 80);
                return [.. data, $"dataset.folder={folder.Path}"];
            case "cifar-10":
                CifarFiles.WriteCifar10(folder, trainCount: 40, testCount: 20);
                return [.. data, $"dataset.folder={folder.Path}", .. SmallNetwork(full)];
            case "cifar-100":
                CifarFiles.WriteCifar100(folder, trainCount: 40, testCount: 20);
                return [.. data, $"dataset.folder={folder.Path}", .. SmallNetwork(full)];
            default:
                return data;
        }
    }

    private static string[] SmallNetwork(RunConfig full) => full.Network switch
    {
        Onnx.Networks.ResNet18Options => ["network.width=4"],
        Onnx.Networks.PreactivationResNetOptions => ["network.depth=14", "network.width=4"],
        Onnx.Networks.VggOptions => ["""network.stages=[{"channels":4,"layers":1},{"channels":8,"layers":2}]"""],
        _ => [],
    };
}
