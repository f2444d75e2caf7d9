using System.Text.Json.Nodes;
using GradientDynamics.CommandLine;
using GradientDynamics.EvaluationSets;
using GradientDynamics.Train.Datasets;

namespace GradientDynamics.Train.Tests.Commands;

public sealed class DatasetCommandTests
{
    [Fact]
    public async Task EvaluationSet_OfASplit_HoldsItsExamplesAndTheSharesInTraining()
    {
        using TemporaryFolder folder = new();
        string file = folder.Combine("test.parquet");
        string config = TinyRun.Write(folder);

        CommandRun written = await CommandRun.Of("evaluation-set", "--config", config, "--split", "test", "--output", file, "--json");

        written.ExitCode.ShouldBe(ExitCode.Done, written.Error);
        EvaluationSet set = await EvaluationSet.ReadAsync(file, cancellationToken: TestContext.Current.CancellationToken);
        RunConfig run = ConfigurationFile.Read<RunConfig>(config, []);
        GroupedDataset test = run.Dataset.Load(Split.Test, run.Seed);
        GroupedDataset train = run.Dataset.Load(Split.Train, run.Seed);
        set.Examples.Count.ShouldBe(100);
        set.ReadFloats(0, 100).ShouldBe(test.Inputs.ToArray());
        set.Examples.Select(example => example.Label).ShouldBe(test.Labels.ToArray());
        set.Examples.Select(example => example.Attribute!.Value).ShouldBe(test.Attributes.ToArray());
        Enumerable.Range(0, 100).Select(set.GroupOf).ShouldBe(test.Groups());
        set.Metadata.TrainingGroupShares.ShouldBe(train.GroupCounts().Select(count => count / 192.0));
        set.Metadata.ClassNames.ShouldBe(test.Description.Classes);
        set.Metadata.AttributeNames.ShouldBe(["red", "green"]);
        (set.Metadata.Dataset, set.Metadata.Split).ShouldBe(("drawn-digits", "test"));
        set.Metadata.Inputs[0].Bounds!.Upper.ShouldBe([1]);
        JsonNode.Parse(written.Output)!["groups"]!.AsArray().Sum(group => group!["examples"]!.GetValue<int>()).ShouldBe(100);
    }

    [Fact]
    public async Task EvaluationSet_WithALimitAndASeed_HoldsTheFirstExamplesOfThatSeed()
    {
        using TemporaryFolder folder = new();
        string file = folder.Combine("test.parquet");
        string config = TinyRun.Write(folder);

        (await CommandRun.Of("evaluation-set", "--config", config, "--split", "validation", "--output", file, "--limit", "7", "--set", "seed=9")).ExitCode.ShouldBe(ExitCode.Done);

        EvaluationSet set = await EvaluationSet.ReadAsync(file, cancellationToken: TestContext.Current.CancellationToken);
        set.ReadFloats(0, 7).ShouldBe(ConfigurationFile.Read<RunConfig>(config, []).Dataset.Load(Split.Validation, 9).Inputs[..(7 * 128)].ToArray());
    }

    [Fact]
    public async Task EvaluationSet_OfADatasetWithoutAttribute_HasNone()
    {
        using TemporaryFolder folder = new();
        string file = folder.Combine("moons.parquet");

        (await CommandRun.Of("evaluation-set", "--config", TinyRun.Write(folder, json => json["dataset"] = new JsonObject { ["kind"] = "two-moons" }), "--split", "test", "--output", file)).ExitCode.ShouldBe(ExitCode.Done);

        EvaluationSet set = await EvaluationSet.ReadAsync(file, cancellationToken: TestContext.Current.CancellationToken);
        set.Metadata.HasAttribute.ShouldBeFalse();
        set.Metadata.GroupCount.ShouldBe(2);
    }

    [Theory]
    [InlineData("training", ExitCode.Configuration)]
    [InlineData("validation", ExitCode.Configuration)]
    public async Task EvaluationSet_OfASplitThatIsNotThere_SaysSo(string split, ExitCode exitCode)
    {
        using TemporaryFolder folder = new();
        string config = TinyRun.Write(folder, json => json["dataset"] = new JsonObject { ["kind"] = "colored-mnist" });

        CommandRun written = await CommandRun.Of("evaluation-set", "--config", config, "--split", split, "--output", folder.Combine("x.parquet"));

        written.ExitCode.ShouldBe(exitCode);
        written.ErrorLine.ShouldContain("split");
        File.Exists(folder.Combine("x.parquet")).ShouldBeFalse();
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-3")]
    [InlineData("many")]
    public async Task EvaluationSet_WithAWrongLimit_SaysSo(string limit)
    {
        using TemporaryFolder folder = new();

        CommandRun written = await CommandRun.Of("evaluation-set", "--config", TinyRun.Write(folder), "--split", "test", "--output", folder.Combine("x.parquet"), "--limit", limit);

        written.ExitCode.ShouldBe(ExitCode.Configuration);
        written.ErrorLine.ShouldContain("--limit");
    }

    [Fact]
    public async Task List_Always_NamesEveryKind()
    {
        CommandRun list = await CommandRun.Of("datasets", "list");

        list.ExitCode.ShouldBe(ExitCode.Done);
        foreach (DatasetKind kind in DatasetKind.All)
        {
            list.Output.ShouldContain(kind.Kind);
        }
    }

    [Fact]
    public async Task Verify_OfAConfiguration_GivesSizesAndHashes()
    {
        using TemporaryFolder folder = new();
        string config = TinyRun.Write(folder);

        CommandRun verify = await CommandRun.Of("datasets", "verify", "--config", config, "--json");

        verify.ExitCode.ShouldBe(ExitCode.Done, verify.Error);
        JsonArray splits = JsonNode.Parse(verify.Output)!.AsArray();
        splits.Select(split => split!["examples"]!.GetValue<int>()).ShouldBe([192, 100, 100]);
        RunConfig run = ConfigurationFile.Read<RunConfig>(config, []);
        splits[0]!["contentHash"]!.GetValue<string>().ShouldBe(run.Dataset.Load(Split.Train, run.Seed).ContentHash());
    }
}
