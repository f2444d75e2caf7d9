using System.Text.Json.Nodes;
using GradientDynamics.CommandLine;
using GradientDynamics.EvaluationSets;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Train.Training;

namespace GradientDynamics.Train.Tests.Commands;

/// <summary>From a synthesized text dataset to a published model, through the commands.</summary>
[Collection(TorchGlobalState.Name)]
public sealed class TextRunTests
{
    [Fact]
    public async Task CivilComments_FromSynthesisToEvaluationSet()
    {
        using TemporaryFolder folder = new();
        CommandRun synthesized = await Run("datasets", "synthesize", "civilcomments", "--output", folder.Combine("data"), "--size", "60", "--json");
        JsonObject dataset = JsonNode.Parse(synthesized.Output)!["dataset"]!.AsObject();
        File.WriteAllText(folder.Combine("run.json"), $$"""
            {
              "dataset": {{dataset.ToJsonString()}},
              "network": { "kind": "bert", "vocabulary": 128, "width": 8, "layers": 1, "heads": 2, "hiddenWidth": 16, "maximalPositions": 220 },
              "objective": { "kind": "group-dro" },
              "sampler": { "kind": "group-reweighting" },
              "optimizer": { "kind": "adam-w", "learningRate": 0.001 },
              "batchSize": 20, "epochs": 1, "threads": 1
            }
            """);

        await Run("fit", "--config", folder.Combine("run.json"), "--output", folder.Combine("run"));
        await Run("datasets", "verify", "--config", folder.Combine("run.json"));
        await Run("predict", "--run", folder.Combine("run"), "--split", "test", "--output", folder.Combine("predictions.csv"));
        await Run("publish", "--run", folder.Combine("run"), "--repository", folder.Combine("models"), "--name", "civil");
        await Run("evaluation-set", "--config", folder.Combine("run.json"), "--split", "test", "--output", folder.Combine("set.parquet"), "--limit", "70");
        await Run("tangent-features", "--run", folder.Combine("run"), "--limit", "5", "--output", folder.Combine("features"));

        EvaluationSet set = await EvaluationSet.ReadAsync(folder.Combine("set.parquet"), cancellationToken: TestContext.Current.CancellationToken);
        set.Metadata.Inputs.Select(input => $"{input.Name} {input.Datatype} {string.Join('x', input.Shape)}").ShouldBe(["input_ids Int64 220", "attention_mask Int64 220", "token_type_ids Int64 220"]);
        set.Metadata.GroupCount.ShouldBe(16);
        // Training has four groups, which have no share for sixteen.
        set.Metadata.TrainingGroupShares.ShouldBeEmpty();
        set.Examples.Count.ShouldBe(70);
        ModelMetadata metadata = ModelMetadata.Read(OnnxModelFile.Read(folder.Combine("models", "civil", "1", "model.onnx")));
        metadata.InputBounds.ShouldBeNull();
        File.ReadAllBytes(folder.Combine("models", "civil", "vocab.txt")).ShouldBe(File.ReadAllBytes(folder.Combine("data", "vocab.txt")));
        Preprocessing.PreprocessingFile.Read(folder.Combine("models", "civil", "preprocessing.json")).ShouldBe(new Preprocessing.TextPreprocessing { Vocabulary = "vocab.txt", MaximumLength = 220, PadToMaximumLength = false });
        string[] predictions = File.ReadAllLines(folder.Combine("predictions.csv"));
        (_, RunRecord record) = RunDirectory.Read(folder.Combine("run"));
        // In the order of the file, though evaluation goes from the longest comment to the shortest.
        double average = predictions.Skip(1).Average(line => line.Split(',')[1] == line.Split(',')[4] ? 1.0 : 0.0);
        average.ShouldBe(record.Result!.Metrics["test/average_accuracy"], 1e-12);
        record.Result.Metrics.Keys.ShouldNotContain("test/adjusted_average_accuracy");
    }

    [Fact]
    public async Task DeepFeatureReweighting_OnOtherGroupsThanTraining_IsRefusedByName()
    {
        using TemporaryFolder folder = new();
        CommandRun synthesized = await Run("datasets", "synthesize", "civilcomments", "--output", folder.Combine("data"), "--size", "40", "--json");
        File.WriteAllText(folder.Combine("run.json"), $$"""
            {
              "dataset": {{JsonNode.Parse(synthesized.Output)!["dataset"]!.ToJsonString()}},
              "network": { "kind": "bert", "vocabulary": 128, "width": 8, "layers": 1, "heads": 2, "hiddenWidth": 16, "maximalPositions": 220 },
              "procedure": { "kind": "deep-feature-reweighting" },
              "objective": { "kind": "erm" },
              "optimizer": { "kind": "adam-w", "learningRate": 0.001 },
              "epochs": 1, "threads": 1
            }
            """);

        CommandRun fit = await CommandRun.Of("fit", "--config", folder.Combine("run.json"), "--output", folder.Combine("run"));

        fit.ExitCode.ShouldBe(ExitCode.Configuration);
        fit.ErrorLine.ShouldContain("needs a validation set with the groups of the training set, and those of civilcomments differ");
    }

    private static async Task<CommandRun> Run(params string[] arguments)
    {
        CommandRun run = await CommandRun.Of(arguments);
        run.ExitCode.ShouldBe(ExitCode.Done, $"{string.Join(' ', arguments)}: {run.Error}");
        return run;
    }
}
