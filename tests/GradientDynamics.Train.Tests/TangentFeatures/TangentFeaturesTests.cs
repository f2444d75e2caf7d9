using System.Text.Json.Nodes;
using GradientDynamics.CommandLine;
using GradientDynamics.Documentation;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Train.Datasets;
using GradientDynamics.Train.Execution;
using GradientDynamics.Train.TangentFeatures;
using GradientDynamics.Train.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Tests.TangentFeatures;

/// <summary><c>gd-train tangent-features</c>: rows against finite differences of the logit, the Gram matrix against the rows, logits against the run's own.</summary>
[Collection(TorchGlobalState.Name)]
public sealed class TangentFeaturesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // Convolution, batch normalisation, pooling, dropout: what in training mode would mix or drop examples.
    private const string ConvNet = """
        { "kind": "conv-net", "layers": [
          { "kind": "conv", "channels": 3, "padding": 1 }, { "kind": "batch-normalization" }, { "kind": "tanh" }, { "kind": "max-pool" },
          { "kind": "dropout", "ratio": 0.5 }, { "kind": "flatten" }, { "kind": "linear", "width": 5 }, { "kind": "sigmoid" } ] }
        """;

    [Theory]
    [InlineData(true, null)]
    [InlineData(false, null)]
    [InlineData(false, 0)]
    public async Task Rows_AreTheDerivativesOfTheLogit(bool singleLogit, int? logit)
    {
        string config = TinyRun.Write(_folder, json =>
        {
            json["network"] = JsonNode.Parse(ConvNet);
            json["singleLogit"] = singleLogit;
        });
        RunConfig run = ConfigurationFile.Read<RunConfig>(config, []);
        GroupedDataset data = run.Dataset.Load(Split.Train, run.Seed);

        await Write("features", ["--config", config, "--limit", "7", .. logit is { } index ? (string[])["--logit", $"{index}"] : []]);

        NpyFile features = NpyFile.Read(_folder.Combine("features", "features.npy"));
        TangentRecord record = ConfigurationFile.Read<TangentRecord>(_folder.Combine("features", "tangent-features.json"), []);
        features.Type.ShouldBe("<f4");
        features.Shape.ShouldBe([7, (int)record.Parameters]);
        OnnxGraph graph = TrainingLoop.CreateNetwork(run, data.Description);
        double Logit(int example, string? moved, int element, double step)
        {
            // In double precision: a central difference then has nine digits.
            using DisposeScope scope = NewDisposeScope();
            using GraphModule module = new(graph);
            module.to(ScalarType.Float64);
            module.eval();
            if (moved is not null)
            {
                using IDisposable noGradients = no_grad();
                module.get_parameter(ParameterNames.Encode(moved))!.view(-1)[element].add_(step);
            }

            Tensor input = tensor(data.Input(example).ToArray(), float64).reshape([1, .. data.Description.InputShape]);
            double[] logits = module.forward(input).data<double>().ToArray();
            return logits.Length == 1 ? logits[0] : logit is { } chosen ? logits[chosen] : logits[1] - logits[0];
        }

        const double Step = 1e-5;
        foreach (ParameterColumns columns in record.Columns)
        {
            int count = (int)columns.Shape.Aggregate(1L, (product, size) => product * size);
            foreach (int element in (int[])[0, count / 2, count - 1])
            {
                foreach (int example in (int[])[0, 6])
                {
                    double difference = (Logit(example, columns.Name, element, Step) - Logit(example, columns.Name, element, -Step)) / (2 * Step);
                    // The gradient is of single precision, its terms of order one.
                    features.Floats[(example * record.Parameters) + columns.Start + element].ShouldBe((float)difference, 2e-5f, $"{columns.Name}[{element}], example {example}");
                }
            }
        }

        NpyFile logits = NpyFile.Read(_folder.Combine("features", "logits.npy"));
        logits.Shape.ShouldBe([1, 7]);
        logits.Floats[3].ShouldBe((float)Logit(3, null, 0, 0), 1e-5f);
        long[] labels = NpyFile.Read(_folder.Combine("features", "labels.npy")).Integers;
        labels.ShouldBe(data.Labels[..7].ToArray().Select(label => (label == (logit ?? 1)) ? 1L : -1));
    }

    // 1 MiB holds all columns of seven examples; with one byte a slice is one column.
    [Theory]
    [InlineData(1L << 20)]
    [InlineData(1L)]
    [InlineData(7 * 8 * 100L)]
    public void Gram_IsTheProductOfTheRows_WhateverTheSlices(long sliceBytes)
    {
        const int Examples = 7;
        RunConfig run = ConfigurationFile.Parse<RunConfig>(TinyRun.Json, "tiny", ["network={\"kind\":\"mlp\",\"hiddenWidths\":[4]}"]);
        using SplitTensors split = new(run.Dataset.Load(Split.Train, run.Seed));
        using GraphModule module = new(TrainingLoop.CreateNetwork(run, split.Data.Description));
        using PerExampleGradients gradients = new(module, split, new TangentLogit(null));
        float[][] rows = [.. Enumerable.Range(0, Examples).Select(example =>
        {
            float[] row = new float[gradients.ParameterCount];
            gradients.Read(example, 0, row);
            return row;
        })];
        int calls = 0;

        using Tensor gram = TangentGram.Of(gradients, Examples, sliceBytes, () => calls++);

        double[] values = gram.data<double>().ToArray();
        for (int i = 0; i < Examples; i++)
        {
            for (int j = 0; j < Examples; j++)
            {
                double product = rows[i].Zip(rows[j], (a, b) => (double)a * b).Sum();
                // Both sums are of double precision over numbers of single precision.
                values[(i * Examples) + j].ShouldBe(product, 1e-12 * (1 + Math.Abs(product)));
            }
        }

        calls.ShouldBe((int)(Examples * TangentGram.SliceCount(gradients.ParameterCount, Examples, sliceBytes)));
    }

    [Fact]
    public async Task Gram_OfACommand_IsThatOfItsFeatures()
    {
        string config = TinyRun.Write(_folder);

        await Write("features", ["--config", config, "--limit", "5"]);
        await Write("gram", ["--config", config, "--limit", "5", "--gram"]);

        float[] features = NpyFile.Read(_folder.Combine("features", "features.npy")).Floats;
        NpyFile gram = NpyFile.Read(_folder.Combine("gram", "gram.npy"));
        int parameters = features.Length / 5;
        gram.Type.ShouldBe("<f8");
        gram.Shape.ShouldBe([5, 5]);
        File.Exists(_folder.Combine("gram", "features.npy")).ShouldBeFalse();
        double expected = Enumerable.Range(0, parameters).Sum(i => (double)features[i] * features[(4 * parameters) + i]);
        gram.Doubles[4].ShouldBe(expected, 1e-10 * (1 + Math.Abs(expected)));
        gram.Doubles[20].ShouldBe(gram.Doubles[4]);
    }

    [Fact]
    public async Task Trajectory_EndsWithTheRunsOwnModel()
    {
        string config = TinyRun.Write(_folder, json =>
        {
            json["epochs"] = 5;
            json["evaluateEvery"] = 2;
        });
        (await CommandRun.Of("fit", "--config", config, "--output", _folder.Combine("run"))).ExitCode.ShouldBe(ExitCode.Done);

        await Write("trajectory", ["--run", _folder.Combine("run"), "--initial", "--trajectory", "--split", "test"]);
        await Write("model", ["--run", _folder.Combine("run"), "--split", "test"]);
        await Write("file", ["--config", config, "--model", _folder.Combine("run", "model.onnx"), "--split", "test"]);
        await Write("start", ["--config", config, "--split", "test"]);

        TangentRecord record = ConfigurationFile.Read<TangentRecord>(_folder.Combine("trajectory", "tangent-features.json"), []);
        NpyFile logits = NpyFile.Read(_folder.Combine("trajectory", "logits.npy"));
        record.Epochs.ShouldBe([0, 2, 4, 5]);
        logits.Shape.ShouldBe([4, 100]);
        // The last epoch is the model: the same bits.
        logits.Floats[300..].ShouldBe(NpyFile.Read(_folder.Combine("model", "logits.npy")).Floats);
        logits.Floats[..100].ShouldBe(NpyFile.Read(_folder.Combine("start", "logits.npy")).Floats);
        File.ReadAllBytes(_folder.Combine("trajectory", "features.npy")).ShouldBe(File.ReadAllBytes(_folder.Combine("start", "features.npy")));
        File.ReadAllBytes(_folder.Combine("model", "features.npy")).ShouldBe(File.ReadAllBytes(_folder.Combine("file", "features.npy")));
        File.ReadAllBytes(_folder.Combine("model", "features.npy")).ShouldNotBe(File.ReadAllBytes(_folder.Combine("start", "features.npy")));
        record.Model.ShouldBeNull();
    }

    [Theory]
    [InlineData("accepted is either --run, or --config")]
    [InlineData("--initial goes with --run", "--config", "CONFIG", "--initial")]
    [InlineData("--logit: is 2", "--config", "CONFIG", "--logit", "2")]
    [InlineData("of a single logit class 1 or no class", "--config", "CONFIG", "--logit", "0")]
    [InlineData("--limit and --memory: are 0", "--config", "CONFIG", "--limit", "0")]
    [InlineData("--limit and --memory: are not given and 0", "--config", "CONFIG", "--memory", "0")]
    [InlineData("--model, --set and --seed go with --config", "--run", "nowhere", "--seed", "3")]
    public async Task WrongArguments_AreNamed_AndLeaveNothing(string expected, params string[] arguments)
    {
        string config = TinyRun.Write(_folder);

        CommandRun run = await CommandRun.Of(["tangent-features", "--output", _folder.Combine("out"), .. arguments.Select(argument => argument == "CONFIG" ? config : argument)]);

        run.ExitCode.ShouldBe(ExitCode.Configuration);
        run.ErrorLine.ShouldContain(expected);
        Directory.Exists(_folder.Combine("out")).ShouldBeFalse();
    }

    [Fact]
    public async Task SeveralClasses_NeedALogit()
    {
        string config = TinyRun.Write(_folder, json =>
        {
            json["dataset"]!["labels"] = "digit";
            json["singleLogit"] = false;
        });

        CommandRun without = await CommandRun.Of("tangent-features", "--config", config, "--output", _folder.Combine("out"));
        await Write("seven", ["--config", config, "--logit", "7", "--limit", "40"]);

        without.ExitCode.ShouldBe(ExitCode.Configuration);
        without.ErrorLine.ShouldContain("10 classes");
        ConfigurationFile.Read<TangentRecord>(_folder.Combine("seven", "tangent-features.json"), []).Logit.ShouldBe("class 7");
        NpyFile.Read(_folder.Combine("seven", "labels.npy")).Integers.Distinct().Order().ShouldBe([-1, 1]);
    }

    [Fact]
    public void Record_IsDocumented()
    {
        TangentRecord record = new()
        {
            Model = "runs/two-moons/model.onnx",
            Dataset = "two-moons",
            Split = "train",
            Examples = 300,
            Parameters = 2001,
            Logit = "difference",
            File = "features.npy",
            Columns = [new("hidden0.weight", [500, 2], 0)],
            Epochs = [0, 500, 1000],
            Seed = 1,
            Threads = 2,
        };

        FormatTables.ShouldBeDocumented("tangent-features.json", FormatTables.Keys(typeof(TangentRecord), ConfigurationFile.Options, [JsonNode.Parse(ConfigurationFile.Write(record))!]));
    }

    private async Task Write(string name, string[] arguments)
    {
        CommandRun run = await CommandRun.Of(["tangent-features", "--output", _folder.Combine(name), .. arguments]);
        run.ExitCode.ShouldBe(ExitCode.Done, run.Error);
    }
}
