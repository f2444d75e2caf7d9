using System.Text.Json;
using System.Text.Json.Nodes;
using GradientDynamics.CommandLine;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Train.Tests.Datasets;
using GradientDynamics.Train.Training;

namespace GradientDynamics.Train.Tests.Commands;

[Collection(TorchGlobalState.Name)]
public sealed class FitCommandTests
{
    // Dropout draws from libtorch's generator, BatchNormalization has buffers, Adam and momentum have state: together everything that a checkpoint must hold.
    public static TheoryData<string, string> Resumable => new()
    {
        { """{ "kind": "mlp", "hiddenWidths": [16], "dropout": 0.3, "batchNormalization": true }""", """{ "kind": "adam", "learningRate": 0.01, "weightDecay": 1e-3 }""" },
        { """{ "kind": "mlp", "hiddenWidths": [16], "dropout": 0.3 }""", """{ "kind": "sgd", "learningRate": 0.05, "momentum": 0.9, "nesterov": true }""" },
        { """{ "kind": "mlp", "hiddenWidths": [] }""", """{ "kind": "sgd", "learningRate": 0.05 }""" },
    };

    [Fact]
    public async Task Fit_OfASmallRun_WritesTheRunDirectory()
    {
        using TemporaryFolder folder = new();
        string run = folder.Combine("run");

        CommandRun fit = await CommandRun.Of("fit", "--config", TinyRun.Write(folder), "--output", run, "--json");

        fit.ExitCode.ShouldBe(ExitCode.Done, fit.Error);
        JsonNode result = JsonNode.Parse(fit.Output)!;
        result["model"]!.GetValue<string>().ShouldBe(Path.Combine(run, "model.onnx"));
        JsonNode record = JsonNode.Parse(File.ReadAllText(Path.Combine(run, "run.json")))!;
        record["seed"]!.GetValue<long>().ShouldBe(3);
        record["threads"]!.GetValue<int>().ShouldBe(1);
        record["configuration"]!["objective"]!["reduction"]!.GetValue<string>().ShouldBe("mean");
        record["parameterCount"]!.GetValue<long>().ShouldBe((2 * 8 * 8 * 16) + 16 + 16 + 1);
        record["datasetHashes"]!.AsObject().Count.ShouldBe(3);
        JsonNode[] lines = MetricsOf(run);
        lines.Select(line => line["epoch"]!.GetValue<int>()).ShouldBe([1, 2, 3, 4, 5, 6]);
        lines[^1]["step"]!.GetValue<long>().ShouldBe(6 * 4); // 192 examples in batches of 50 are four steps
        lines[^1]["validation"]!["groups"]!.AsArray().Count.ShouldBe(4);
        lines[^1]["train"]!["groups"]!.AsArray().Sum(group => group!["count"]!.GetValue<int>()).ShouldBe(192);
        lines[^1]["penalty"]!.GetValue<double>().ShouldBeGreaterThan(0);
        lines[^1]["loss"]!.GetValue<double>().ShouldBeLessThan(lines[0]["loss"]!.GetValue<double>());
        Directory.EnumerateFiles(Path.Combine(run, "tensorboard")).ShouldHaveSingleItem();
        Directory.EnumerateFiles(Path.Combine(run, "checkpoint")).Select(Path.GetFileName).Order().ShouldBe(["best.safetensors", "last.safetensors"]);
    }

    [Fact]
    public async Task Fit_OfASmallRun_DescribesTheModelInItsMetadata()
    {
        using TemporaryFolder folder = new();

        CommandRun fit = await CommandRun.Of("fit", "--config", TinyRun.Write(folder), "--output", folder.Combine("run"));

        fit.ExitCode.ShouldBe(ExitCode.Done, fit.Error);
        OnnxGraph model = OnnxModelFile.Read(folder.Combine("run", "model.onnx"));
        ModelMetadata metadata = ModelMetadata.Read(model);
        metadata.Classes.ShouldBe(["5 to 9", "0 to 4"]);
        metadata.Attributes.ShouldBe(["red", "green"]);
        metadata.InputBounds.ShouldBe(new([0], [1]));
        metadata.Objective.ShouldBe("spectral-decoupling");
        metadata.Sampler.ShouldBe("shuffle");
        metadata.Dataset.ShouldBe("drawn-digits");
        metadata.Seed.ShouldBe(3);
        metadata.Threads.ShouldBe(1);
        metadata.Epoch.ShouldBe(6);
        metadata.Selection.ShouldBe("last-epoch");
        metadata.Metrics!["test/average_accuracy"].ShouldBe(MetricsOf(folder.Combine("run"))[^1]["test"]!["averageAccuracy"]!.GetValue<double>());
        ConfigurationFile.Parse<RunConfig>(metadata.RunConfiguration!, "metadata", []).Epochs.ShouldBe(6);
        model.Inputs.ShouldHaveSingleItem().Name.ShouldBe("input");
    }

    [Theory]
    [MemberData(nameof(Resumable))]
    public async Task Resume_AfterThreeOfSixEpochs_IsBitIdenticalToSixInOneGo(string network, string optimizer)
    {
        using TemporaryFolder folder = new();
        string config = TinyRun.Write(folder, json =>
        {
            json["network"] = JsonNode.Parse(network);
            json["optimizer"] = JsonNode.Parse(optimizer);
            json["selection"] = "validation-worst-group";
            json["objective"] = JsonNode.Parse("""{ "kind": "spectral-decoupling", "start": { "when": "validation-loss-rises" } }""");
        });
        string whole = folder.Combine("whole");
        string parts = folder.Combine("parts");

        (await CommandRun.Of("fit", "--config", config, "--output", whole)).ExitCode.ShouldBe(ExitCode.Done);
        (await CommandRun.Of("fit", "--config", config, "--output", parts, "--set", "epochs=3")).ExitCode.ShouldBe(ExitCode.Done);
        CommandRun resumed = await CommandRun.Of("fit", "--config", config, "--output", parts, "--resume");

        resumed.ExitCode.ShouldBe(ExitCode.Done, resumed.Error);
        WeightsOf(parts).ShouldBe(WeightsOf(whole));
        MetricsWithoutSeconds(parts).ShouldBe(MetricsWithoutSeconds(whole));
        File.ReadAllBytes(Path.Combine(parts, "checkpoint", "last.safetensors")).ShouldBe(File.ReadAllBytes(Path.Combine(whole, "checkpoint", "last.safetensors")));
        File.ReadAllBytes(Path.Combine(parts, "checkpoint", "best.safetensors")).ShouldBe(File.ReadAllBytes(Path.Combine(whole, "checkpoint", "best.safetensors")));
    }

    [Theory]
    [InlineData("standard", """{"kind":"standard"}""", """{"kind":"group-dro"}""", """{"kind":"group-reweighting"}""")]
    [InlineData("standard", """{"kind":"standard"}""", """{"kind":"irm","coefficient":10,"environments":"attribute","start":{"when":"validation-loss-rises"}}""", """{"kind":"class-balanced-batches"}""")]
    [InlineData("jtt in its first stage", """{"kind":"jtt","firstStageEpochs":4,"factor":3}""", """{"kind":"erm"}""", """{"kind":"shuffle"}""")]
    [InlineData("jtt between its stages", """{"kind":"jtt","firstStageEpochs":3,"factor":3}""", """{"kind":"erm"}""", """{"kind":"shuffle"}""")]
    [InlineData("jtt in its second stage", """{"kind":"jtt","firstStageEpochs":2,"factor":3}""", """{"kind":"erm"}""", """{"kind":"shuffle"}""")]
    [InlineData("lff", """{"kind":"lff"}""", """{"kind":"erm"}""", """{"kind":"group-square-root-reweighting"}""")]
    [InlineData("deep-feature-reweighting", """{"kind":"deep-feature-reweighting","draws":2}""", """{"kind":"label-smoothing"}""", """{"kind":"group-subsampling"}""")]
    public async Task Resume_OfEveryProcedure_IsBitIdenticalToOneGo(string what, string procedure, string objective, string sampler)
    {
        using TemporaryFolder folder = new();
        string config = TinyRun.Write(folder, json =>
        {
            json["network"] = JsonNode.Parse("""{ "kind": "mlp", "hiddenWidths": [16], "dropout": 0.3, "batchNormalization": true }""");
            json["optimizer"] = JsonNode.Parse("""{ "kind": "adam-w", "learningRate": 0.01, "weightDecay": 0.01, "averageDecay": 0.9, "clipNorm": 1, "schedule": { "kind": "step", "epochs": [2, 4], "warmupSteps": 3 } }""");
            json["selection"] = "validation-worst-group";
            json["procedure"] = JsonNode.Parse(procedure);
            json["objective"] = JsonNode.Parse(objective);
            json["sampler"] = JsonNode.Parse(sampler);
        });
        string whole = folder.Combine("whole");
        string parts = folder.Combine("parts");
        CommandRun uninterrupted = await CommandRun.Of("fit", "--config", config, "--output", whole);
        uninterrupted.ExitCode.ShouldBe(ExitCode.Done, uninterrupted.Error);

        // The files of a run that was killed after its third epoch.
        RunConfig read = ConfigurationFile.Read<RunConfig>(config, []);
        using (TrainingLoop loop = new(read, TrainingData.Load(read), threads: 1, checkpoint: null))
        {
            RunDirectory directory = RunDirectory.Open(parts, resume: false);
            directory.WriteRecord(RunDirectory.Read(whole).Record with { Result = null });
            for (int epoch = 0; epoch < 3; epoch++)
            {
                (EpochMetrics metrics, Checkpoint checkpoint, bool isBest) = loop.RunToNextEvaluation(CancellationToken.None);
                directory.AppendMetrics(metrics);
                checkpoint.Write(directory.LastCheckpoint);
                if (isBest)
                {
                    checkpoint.Write(directory.BestCheckpoint);
                }
            }
        }

        CommandRun resumed = await CommandRun.Of("fit", "--config", config, "--output", parts, "--resume");

        resumed.ExitCode.ShouldBe(ExitCode.Done, $"{what}: {resumed.Error}");
        WeightsOf(parts).ShouldBe(WeightsOf(whole));
        MetricsWithoutSeconds(parts).ShouldBe(MetricsWithoutSeconds(whole));
        File.ReadAllBytes(Path.Combine(parts, "checkpoint", "last.safetensors")).ShouldBe(File.ReadAllBytes(Path.Combine(whole, "checkpoint", "last.safetensors")));
        JsonNode.Parse(File.ReadAllText(Path.Combine(parts, "run.json")))!["result"]!.ToJsonString().ShouldBe(JsonNode.Parse(File.ReadAllText(Path.Combine(whole, "run.json")))!["result"]!.ToJsonString());
    }

    [Fact]
    public async Task Resume_WithMoreEpochs_IsRefusedWhereTheLearningRateEndsWithThem()
    {
        using TemporaryFolder folder = new();
        string config = TinyRun.Write(folder, json => json["optimizer"]!["schedule"] = JsonNode.Parse("""{ "kind": "cosine" }"""));
        (await CommandRun.Of("fit", "--config", config, "--output", folder.Combine("run"), "--set", "epochs=1")).ExitCode.ShouldBe(ExitCode.Done);

        CommandRun resumed = await CommandRun.Of("fit", "--config", config, "--output", folder.Combine("run"), "--resume");

        resumed.ExitCode.ShouldBe(ExitCode.Configuration);
        resumed.ErrorLine.ShouldContain("its learning rate ends with the last epoch, so accepted is the same number");
    }

    [Fact]
    public async Task Fit_WithAMovingAverage_MakesTheAveragesTheModel()
    {
        using TemporaryFolder folder = new();
        string config = TinyRun.Write(folder, json => json["optimizer"]!["averageDecay"] = 0.99);

        (await CommandRun.Of("fit", "--config", config, "--output", folder.Combine("run"))).ExitCode.ShouldBe(ExitCode.Done);

        Checkpoint last = Checkpoint.Read(folder.Combine("run", "checkpoint", "last.safetensors"));
        byte[] model = OnnxModelFile.Read(folder.Combine("run", "model.onnx")).Initializers["logits.weight"].Bytes.ToArray();
        model.ShouldBe(last.Optimizer["average.logits.weight"].Bytes.ToArray());
        model.ShouldNotBe(last.Weights["logits.weight"].Bytes.ToArray());
    }

    [Fact]
    public async Task Fit_ThatDivergesLater_NamesBatchAndEpochAndKeepsTheLastGoodState()
    {
        using TemporaryFolder folder = new();
        string config = TinyRun.Write(folder, json =>
        {
            json["objective"] = JsonNode.Parse("""{ "kind": "squared-error" }""");
            // Quiet in the first epoch, out of all bounds from the second on.
            json["optimizer"] = JsonNode.Parse("""{ "kind": "sgd", "learningRate": 1e-3, "schedule": { "kind": "step", "epochs": [1], "factor": 1e30 } }""");
        });
        string run = folder.Combine("run");

        CommandRun fit = await CommandRun.Of("fit", "--config", config, "--output", run);

        fit.ExitCode.ShouldBe(ExitCode.Numerics);
        fit.ErrorLine.ShouldContain("of epoch 2 (step ");
        fit.ErrorLine.ShouldContain("in batch ");
        fit.Error.ShouldContain($"The last good state, after epoch 1, is kept in {Path.Combine(run, "checkpoint", "last.safetensors")}.");
        Checkpoint.Read(Path.Combine(run, "checkpoint", "last.safetensors")).Epoch.ShouldBe(1);
        File.Exists(Path.Combine(run, "model.onnx")).ShouldBeFalse();
    }

    [Theory]
    [InlineData("cuda", ExitCode.Configuration, "accepted are cpu and cuda:N")]
    [InlineData("cuda:x", ExitCode.Configuration, "accepted are cpu and cuda:N")]
    [InlineData("gpu", ExitCode.Configuration, "accepted are cpu and cuda:N")]
    public async Task Fit_OnAnUnknownDevice_SaysWhatIsAccepted(string device, ExitCode exitCode, string message)
    {
        using TemporaryFolder folder = new();

        CommandRun fit = await CommandRun.Of("fit", "--config", TinyRun.Write(folder), "--output", folder.Combine("run"), "--device", device);

        fit.ExitCode.ShouldBe(exitCode);
        fit.ErrorLine.ShouldContain(message);
        Directory.Exists(folder.Combine("run")).ShouldBeFalse();
    }

    [Fact]
    public async Task Fit_OnADeviceThatIsNotThere_SaysSo()
    {
        using TemporaryFolder folder = new();
        // With CUDA, a device beyond all; without, the first.
        string device = TorchSharp.torch.cuda.is_available() ? "cuda:999" : "cuda:0";

        CommandRun fit = await CommandRun.Of("fit", "--config", TinyRun.Write(folder), "--output", folder.Combine("run"), "--device", device);

        fit.ExitCode.ShouldBeOneOf(ExitCode.System, ExitCode.Configuration);
        fit.ErrorLine.ShouldContain($"--device: is '{device}'");
        fit.ErrorLine.ShouldContain("CUDA");
    }

    [Fact]
    public async Task Fit_WithAnEmptyTrainingGroup_NamesItAndLeavesItsAccuracyOut()
    {
        using TemporaryFolder folder = new();
        string config = TinyRun.Write(folder, json =>
        {
            json["dataset"]!["train"]!["colorAgreement"] = 1;
            json["sampler"] = JsonNode.Parse("""{ "kind": "group-reweighting" }""");
        });

        CommandRun fit = await CommandRun.Of("fit", "--config", config, "--output", folder.Combine("run"));

        fit.ExitCode.ShouldBe(ExitCode.Done, fit.Error);
        fit.Error.ShouldContain("The training set has no example of '5 to 9, green' and '0 to 4, red'");
        JsonNode[] groups = [.. MetricsOf(folder.Combine("run"))[^1]["train"]!["groups"]!.AsArray().Select(group => group!)];
        groups.Count(group => group["count"]!.GetValue<long>() == 0 && group["accuracy"] is null).ShouldBe(2);
    }

    [Fact]
    public async Task Fit_SelectingByCleanAndAdversarial_NamesTheRuleAndItsFigures()
    {
        using TemporaryFolder folder = new();
        string config = TinyRun.Write(folder, json =>
        {
            json["selection"] = "validation-clean-and-adversarial";
            json["adversary"] = JsonNode.Parse("""{ "epsilon": 0.1 }""");
            json["objective"] = JsonNode.Parse("""{ "kind": "erm" }""");
            json["epochs"] = 20;
        });

        CommandRun fit = await CommandRun.Of("fit", "--config", config, "--output", folder.Combine("run"));

        fit.ExitCode.ShouldBe(ExitCode.Done, fit.Error);
        fit.Output.ShouldContain("selected by validation-clean-and-adversarial");
        JsonNode result = JsonNode.Parse(File.ReadAllText(folder.Combine("run", "run.json")))!["result"]!;
        result["selectedBy"]!.GetValue<string>().ShouldBe("validation-clean-and-adversarial");
        JsonNode best = MetricsOf(folder.Combine("run")).OrderByDescending(line => line["validation"]!["averageAccuracy"]!.GetValue<double>() + line["validation"]!["adversarialAccuracy"]!.GetValue<double>()).First();
        result["selectedEpoch"]!.GetValue<int>().ShouldBe(best["epoch"]!.GetValue<int>());
        result["metrics"]!["validation/adversarial_accuracy"]!.GetValue<double>().ShouldBeLessThan(result["metrics"]!["validation/average_accuracy"]!.GetValue<double>());
    }

    [Fact]
    public async Task Fit_WithAPenaltyThatWaits_LogsTheStepAtWhichItStarted()
    {
        using TemporaryFolder folder = new();
        string config = TinyRun.Write(folder, json =>
        {
            json["objective"] = JsonNode.Parse("""{ "kind": "spectral-decoupling", "start": { "when": "validation-loss-rises" } }""");
            json["optimizer"] = JsonNode.Parse("""{ "kind": "adam", "learningRate": 0.2 }""");
        });

        (await CommandRun.Of("fit", "--config", config, "--output", folder.Combine("run"))).ExitCode.ShouldBe(ExitCode.Done);

        JsonNode[] lines = MetricsOf(folder.Combine("run"));
        double[] losses = [.. lines.Select(line => line["validation"]!["loss"]!.GetValue<double>())];
        int rise = Enumerable.Range(1, losses.Length - 1).First(i => losses[i] > losses[..i].Min());
        lines[rise - 1]["state"]!["startStep"].ShouldBeNull();
        lines[^1]["state"]!["startStep"]!.GetValue<double>().ShouldBe(4 * (rise + 1)); // four steps per epoch
        JsonNode.Parse(File.ReadAllText(folder.Combine("run", "run.json")))!["result"]!["state"]!["startStep"]!.GetValue<double>().ShouldBe(4 * (rise + 1));
    }

    [Fact]
    public async Task Fit_WithTheSameSeed_GivesTheSameWeightsAndWithAnotherOthers()
    {
        using TemporaryFolder folder = new();
        string config = TinyRun.Write(folder);

        (await CommandRun.Of("fit", "--config", config, "--output", folder.Combine("a"))).ExitCode.ShouldBe(ExitCode.Done);
        (await CommandRun.Of("fit", "--config", config, "--output", folder.Combine("b"), "--seed", "3")).ExitCode.ShouldBe(ExitCode.Done);
        (await CommandRun.Of("fit", "--config", config, "--output", folder.Combine("c"), "--seed", "4")).ExitCode.ShouldBe(ExitCode.Done);

        WeightsOf(folder.Combine("b")).ShouldBe(WeightsOf(folder.Combine("a")));
        WeightsOf(folder.Combine("c")).ShouldNotBe(WeightsOf(folder.Combine("a")));
    }

    // ERM is SD with coefficient 0, through the whole chain and to the last bit.
    [Fact]
    public async Task Fit_OfSpectralDecouplingWithCoefficientZero_GivesTheWeightsOfErm()
    {
        using TemporaryFolder folder = new();
        string config = TinyRun.Write(folder);

        (await CommandRun.Of("fit", "--config", config, "--output", folder.Combine("sd"), "--set", "objective.coefficient=0")).ExitCode.ShouldBe(ExitCode.Done);
        (await CommandRun.Of("fit", "--config", config, "--output", folder.Combine("erm"), "--set", """objective={"kind":"erm"}""")).ExitCode.ShouldBe(ExitCode.Done);

        WeightsOf(folder.Combine("sd")).ShouldBe(WeightsOf(folder.Combine("erm")));
    }

    // One batch that is the whole set and no batching are the same descent.
    [Fact]
    public async Task Fit_WithoutBatches_TakesOneStepPerEpoch()
    {
        using TemporaryFolder folder = new();
        string config = TinyRun.Write(folder, json =>
        {
            json["batchSize"] = null;
            json["evaluateEvery"] = 4;
        });

        (await CommandRun.Of("fit", "--config", config, "--output", folder.Combine("run"))).ExitCode.ShouldBe(ExitCode.Done);

        MetricsOf(folder.Combine("run")).Select(line => (line["epoch"]!.GetValue<int>(), line["step"]!.GetValue<long>())).ShouldBe([(4, 4), (6, 6)]);
    }

    [Fact]
    public async Task Fit_SelectingByValidation_KeepsTheBestEpochsModel()
    {
        using TemporaryFolder folder = new();
        string config = TinyRun.Write(folder, json =>
        {
            json["selection"] = "validation-average";
            json["epochs"] = 12;
        });

        (await CommandRun.Of("fit", "--config", config, "--output", folder.Combine("run"))).ExitCode.ShouldBe(ExitCode.Done);

        JsonNode best = MetricsOf(folder.Combine("run")).OrderByDescending(line => line["validation"]!["averageAccuracy"]!.GetValue<double>()).First();
        ModelMetadata.Read(OnnxModelFile.Read(folder.Combine("run", "model.onnx"))).Epoch.ShouldBe(best["epoch"]!.GetValue<int>());
    }

    [Fact]
    public async Task Fit_WithoutImprovement_StopsAfterThePatienceAndResumesToNothing()
    {
        using TemporaryFolder folder = new();
        string config = TinyRun.Write(folder, json =>
        {
            json["selection"] = "validation-average";
            json["epochs"] = 200;
            json["earlyStopping"] = JsonNode.Parse("""{ "patience": 2 }""");
        });
        string run = folder.Combine("run");

        (await CommandRun.Of("fit", "--config", config, "--output", run)).ExitCode.ShouldBe(ExitCode.Done);
        JsonNode result = JsonNode.Parse(File.ReadAllText(Path.Combine(run, "run.json")))!["result"]!;
        byte[] model = File.ReadAllBytes(Path.Combine(run, "model.onnx"));
        (await CommandRun.Of("fit", "--config", config, "--output", run, "--resume")).ExitCode.ShouldBe(ExitCode.Done);

        result["stoppedEarly"]!.GetValue<bool>().ShouldBeTrue();
        result["epochs"]!.GetValue<int>().ShouldBe(result["selectedEpoch"]!.GetValue<int>() + 2);
        File.ReadAllBytes(Path.Combine(run, "model.onnx")).ShouldBe(model);
    }

    [Fact]
    public async Task Fit_ThatIsInterrupted_KeepsItsCheckpointAndContinuesAsIfItHadNotBeen()
    {
        using TemporaryFolder folder = new();
        string config = TinyRun.Write(folder);
        string run = folder.Combine("run");
        (await CommandRun.Of("fit", "--config", config, "--output", folder.Combine("whole"))).ExitCode.ShouldBe(ExitCode.Done);
        (await CommandRun.Of("fit", "--config", config, "--output", run, "--set", "epochs=2")).ExitCode.ShouldBe(ExitCode.Done);
        File.Delete(Path.Combine(run, "model.onnx"));
        using CancellationTokenSource interrupt = new();
        await interrupt.CancelAsync();

        CommandRun interrupted = await CommandRun.Of(interrupt.Token, "fit", "--config", config, "--output", run, "--resume");

        interrupted.ExitCode.ShouldBe(ExitCode.Interrupted);
        interrupted.Error.ShouldContain("--resume continues");
        File.Exists(Path.Combine(run, "model.onnx")).ShouldBeFalse();
        (await CommandRun.Of("fit", "--config", config, "--output", run, "--resume")).ExitCode.ShouldBe(ExitCode.Done);
        WeightsOf(run).ShouldBe(WeightsOf(folder.Combine("whole")));
    }

    // A process that was killed while it wrote a line leaves half of it.
    [Fact]
    public async Task Resume_AfterACutOffLine_WritesItAgain()
    {
        using TemporaryFolder folder = new();
        string config = TinyRun.Write(folder);
        string run = folder.Combine("run");
        (await CommandRun.Of("fit", "--config", config, "--output", run, "--set", "epochs=2")).ExitCode.ShouldBe(ExitCode.Done);
        File.AppendAllText(Path.Combine(run, "metrics.jsonl"), """{"epoch":3,"st""");

        (await CommandRun.Of("fit", "--config", config, "--output", run, "--resume")).ExitCode.ShouldBe(ExitCode.Done);

        MetricsOf(run).Select(line => line["epoch"]!.GetValue<int>()).ShouldBe([1, 2, 3, 4, 5, 6]);
    }

    [Fact]
    public async Task Resume_InANewFolder_BeginsTheRun()
    {
        using TemporaryFolder folder = new();

        (await CommandRun.Of("fit", "--config", TinyRun.Write(folder), "--output", folder.Combine("run"), "--resume")).ExitCode.ShouldBe(ExitCode.Done);

        File.Exists(folder.Combine("run", "model.onnx")).ShouldBeTrue();
    }

    [Theory]
    [InlineData("objective.coefficient=0.06", ExitCode.Configuration, "coefficient")]
    [InlineData("dataset.pixelNoise=0.2", ExitCode.Configuration, "pixelNoise")]
    [InlineData("threads=2", ExitCode.Configuration, "threads")]
    public async Task Resume_WithAnotherConfiguration_SaysWhatDiffers(string change, ExitCode exitCode, string named)
    {
        using TemporaryFolder folder = new();
        string config = TinyRun.Write(folder);
        (await CommandRun.Of("fit", "--config", config, "--output", folder.Combine("run"), "--set", "epochs=1")).ExitCode.ShouldBe(ExitCode.Done);

        CommandRun resumed = await CommandRun.Of("fit", "--config", config, "--output", folder.Combine("run"), "--resume", "--set", change);

        resumed.ExitCode.ShouldBe(exitCode);
        resumed.ErrorLine.ShouldContain(named);
    }

    [Fact]
    public async Task Resume_FromABrokenCheckpoint_NamesTheFile()
    {
        using TemporaryFolder folder = new();
        string config = TinyRun.Write(folder);
        (await CommandRun.Of("fit", "--config", config, "--output", folder.Combine("run"), "--set", "epochs=1")).ExitCode.ShouldBe(ExitCode.Done);
        string checkpoint = folder.Combine("run", "checkpoint", "last.safetensors");
        File.WriteAllBytes(checkpoint, File.ReadAllBytes(checkpoint)[..1000]);

        CommandRun resumed = await CommandRun.Of("fit", "--config", config, "--output", folder.Combine("run"), "--resume");

        resumed.ExitCode.ShouldBe(ExitCode.File);
        resumed.ErrorLine.ShouldContain(checkpoint);
    }

    [Fact]
    public async Task Fit_IntoAFolderThatIsNotEmpty_LeavesItAsItIs()
    {
        using TemporaryFolder folder = new();
        string config = TinyRun.Write(folder);

        CommandRun fit = await CommandRun.Of("fit", "--config", config, "--output", folder.Path);
        CommandRun resume = await CommandRun.Of("fit", "--config", config, "--output", folder.Path, "--resume");

        fit.ExitCode.ShouldBe(ExitCode.Configuration);
        fit.ErrorLine.ShouldContain("--resume");
        resume.ExitCode.ShouldBe(ExitCode.Configuration);
        resume.ErrorLine.ShouldContain("no run.json");
        Directory.EnumerateFileSystemEntries(folder.Path).ShouldBe([config]);
    }

    [Theory]
    [InlineData("epochs=\"6\"", "epochs")]
    [InlineData("objective.coeficient=1", "objective.coeficient")]
    [InlineData("network.hiddenWidths=[0]", "network.hiddenWidths")]
    [InlineData("network={\"kind\":\"perceptron\"}", "network.kind")]
    [InlineData("dataset.labels=digit", "singleLogit")]
    public async Task Fit_WithAWrongKeyOrValue_NamesItsPathAndWritesNothing(string change, string path)
    {
        using TemporaryFolder folder = new();

        CommandRun fit = await CommandRun.Of("fit", "--config", TinyRun.Write(folder), "--output", folder.Combine("run"), "--set", change);

        fit.ExitCode.ShouldBe(ExitCode.Configuration);
        fit.ErrorLine.ShouldContain(path);
        Directory.Exists(folder.Combine("run")).ShouldBeFalse();
    }

    [Fact]
    public async Task Fit_ThatDiverges_NamesTheStepAndLeavesNoModel()
    {
        using TemporaryFolder folder = new();

        CommandRun fit = await CommandRun.Of("fit", "--config", TinyRun.Write(folder), "--output", folder.Combine("run"), "--set", """optimizer={"kind":"sgd","learningRate":1e30}""");

        fit.ExitCode.ShouldBe(ExitCode.Numerics);
        fit.ErrorLine.ShouldContain("step ");
        File.Exists(folder.Combine("run", "model.onnx")).ShouldBeFalse();
    }

    [Fact]
    public async Task Fit_OnATruncatedIdxFile_NamesIt()
    {
        using TemporaryFolder folder = new();
        ColoredMnistTests.WriteMnist(folder, count: 100);
        string images = folder.Combine("train-images-idx3-ubyte");
        File.WriteAllBytes(images, File.ReadAllBytes(images)[..5000]);
        string config = TinyRun.Write(folder, json => json["dataset"] = new JsonObject { ["kind"] = "colored-mnist", ["folder"] = folder.Path, ["trainCount"] = 50 });

        CommandRun fit = await CommandRun.Of("fit", "--config", config, "--output", folder.Combine("run"));

        fit.ExitCode.ShouldBe(ExitCode.File);
        fit.ErrorLine.ShouldContain(images);
        fit.ErrorLine.ShouldContain("truncated");
        Directory.Exists(folder.Combine("run")).ShouldBeFalse();
    }

    [Fact]
    public async Task Fit_WithoutItsData_SaysWhereItWasLookedFor()
    {
        using TemporaryFolder folder = new();
        string config = TinyRun.Write(folder, json => json["dataset"] = new JsonObject { ["kind"] = "colored-mnist", ["folder"] = folder.Combine("nowhere") });

        CommandRun fit = await CommandRun.Of("fit", "--config", config, "--output", folder.Combine("run"));

        fit.ExitCode.ShouldBe(ExitCode.File);
        fit.ErrorLine.ShouldContain(folder.Combine("nowhere"));
    }

    internal static byte[] WeightsOf(string run) =>
        [.. OnnxModelFile.Read(Path.Combine(run, "model.onnx")).Initializers.SelectMany(pair => pair.Value.Bytes.ToArray())];

    private static JsonNode[] MetricsOf(string run) => [.. File.ReadLines(Path.Combine(run, "metrics.jsonl")).Select(line => JsonNode.Parse(line)!)];

    private static string[] MetricsWithoutSeconds(string run) => [.. MetricsOf(run).Select(line =>
    {
        line.AsObject().Remove("seconds").ShouldBeTrue();
        return line.ToJsonString(JsonSerializerOptions.Default);
    })];
}
