using System.Globalization;
using System.Text.Json.Nodes;
using GradientDynamics.CommandLine;

namespace GradientDynamics.Train.Tests.Commands;

[Collection(TorchGlobalState.Name)]
public sealed class PredictCommandTests
{
    [Fact]
    public async Task Predict_OfARun_WritesOneLinePerExampleThatAgreesWithItsMetrics()
    {
        using TemporaryFolder folder = new();
        (await CommandRun.Of("fit", "--config", TinyRun.Write(folder), "--output", folder.Combine("run"))).ExitCode.ShouldBe(ExitCode.Done);
        string file = folder.Combine("test.csv");

        CommandRun predict = await CommandRun.Of("predict", "--run", folder.Combine("run"), "--split", "test", "--output", file, "--json");

        predict.ExitCode.ShouldBe(ExitCode.Done, predict.Error);
        string[] lines = File.ReadAllLines(file);
        lines[0].ShouldBe("id,label,attribute,group,prediction,logit0");
        string[][] rows = [.. lines[1..].Select(line => line.Split(','))];
        rows.Length.ShouldBe(100);
        rows.Select(row => row[0]).ShouldBe(Enumerable.Range(0, 100).Select(i => $"test-{i}"));
        rows.ShouldAllBe(row => int.Parse(row[3]) == (2 * int.Parse(row[1])) + int.Parse(row[2]));
        rows.ShouldAllBe(row => row[4] == (float.Parse(row[5], CultureInfo.InvariantCulture) > 0 ? "1" : "0"));
        JsonNode metrics = JsonNode.Parse(File.ReadAllText(folder.Combine("run", "run.json")))!["result"]!["metrics"]!;
        double average = rows.Average(row => row[1] == row[4] ? 1.0 : 0);
        average.ShouldBe(metrics["test/average_accuracy"]!.GetValue<double>());
        rows.GroupBy(row => row[3]).Min(group => group.Average(row => row[1] == row[4] ? 1.0 : 0)).ShouldBe(metrics["test/worst_group_accuracy"]!.GetValue<double>());
        JsonNode.Parse(predict.Output)!["correct"]!.GetValue<int>().ShouldBe((int)Math.Round(100 * average));
    }

    [Fact]
    public async Task Predict_WithOtherData_PredictsForThat()
    {
        using TemporaryFolder folder = new();
        (await CommandRun.Of("fit", "--config", TinyRun.Write(folder), "--output", folder.Combine("run"))).ExitCode.ShouldBe(ExitCode.Done);

        CommandRun predict = await CommandRun.Of("predict", "--run", folder.Combine("run"), "--split", "test", "--output", folder.Combine("few.csv"), "--set", "dataset.test.count=7");

        predict.ExitCode.ShouldBe(ExitCode.Done, predict.Error);
        File.ReadAllLines(folder.Combine("few.csv")).Length.ShouldBe(8);
    }

    [Fact]
    public async Task Predict_WithoutAModelOrWithAnotherShape_NamesTheFile()
    {
        using TemporaryFolder folder = new();
        (await CommandRun.Of("fit", "--config", TinyRun.Write(folder), "--output", folder.Combine("run"), "--set", "epochs=1")).ExitCode.ShouldBe(ExitCode.Done);
        (await CommandRun.Of("fit", "--config", TinyRun.Write(folder), "--output", folder.Combine("ten"), "--set", "dataset.labels=digit", "--set", "singleLogit=false", "--set", "epochs=1")).ExitCode.ShouldBe(ExitCode.Done);
        string output = folder.Combine("out.csv");

        CommandRun missing = await CommandRun.Of("predict", "--run", folder.Combine("run"), "--model", folder.Combine("no.onnx"), "--split", "test", "--output", output);
        CommandRun other = await CommandRun.Of("predict", "--run", folder.Combine("run"), "--model", folder.Combine("ten", "model.onnx"), "--split", "test", "--output", output);

        missing.ExitCode.ShouldBe(ExitCode.File);
        missing.ErrorLine.ShouldContain(folder.Combine("no.onnx"));
        other.ExitCode.ShouldBe(ExitCode.File);
        other.ErrorLine.ShouldContain("accepted for drawn-digits are logits [batch, 2] or [batch, 1]");
        File.Exists(output).ShouldBeFalse();
    }
}
