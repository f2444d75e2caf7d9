using System.Text.Json.Nodes;
using GradientDynamics.CommandLine;
using GradientDynamics.EvaluationSets;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Preprocessing;
using GradientDynamics.Train.Datasets;
using GradientDynamics.Train.Sampling;
using GradientDynamics.Train.Tests.Preparation;
using GradientDynamics.Train.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Tests.Training;

/// <summary>Every command on images that are read batch by batch.</summary>
[Collection(TorchGlobalState.Name)]
public sealed class StreamedRunTests : IDisposable
{
    private const string Augmented = """, "augmentation": { "flip": true }""";

    private readonly TemporaryFolder _folder = new();

    public StreamedRunTests() => DrawnData.Write("image-folder", _folder.Combine("data"), size: 20);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Fit_ThatWasInterrupted_ContinuesToTheSameBits()
    {
        string config = Config(Augmented);
        await Fit(config, "whole");
        await Fit(config, "parts", "--set", "epochs=2");

        await Fit(config, "parts", "--resume");

        File.ReadAllBytes(_folder.Combine("parts", "model.onnx")).ShouldBe(File.ReadAllBytes(_folder.Combine("whole", "model.onnx")));
    }

    // Augmentation that were not drawn anew in each epoch would be another dataset, not augmentation.
    [Fact]
    public async Task Fit_WithAndWithoutAugmentation_Differ_AndTheCacheChangesNothing()
    {
        await Fit(Config(""), "plain");
        await Fit(Config(Augmented), "augmented");
        await Fit(Config($$"""{{Augmented}}, "cache": "{{_folder.Combine("cache")}}" """), "cached");

        Weights("augmented").ShouldNotBe(Weights("plain"));
        Weights("cached").ShouldBe(Weights("augmented"));
    }

    [Theory]
    [InlineData("""{"kind":"jtt","firstStageEpochs":1,"factor":3}""", "shuffle")]
    [InlineData("""{"kind":"lff"}""", "class-subsampling")]
    [InlineData("""{"kind":"deep-feature-reweighting","draws":2}""", "group-reweighting")]
    public async Task EveryProcedure_TrainsOnStreamedImages_AndResumes(string procedure, string sampler)
    {
        string config = Config(Augmented);
        string[] settings = ["--set", $"procedure={procedure}", "--set", $$"""sampler={"kind":"{{sampler}}"}"""];
        await Fit(config, "whole", settings);
        await Fit(config, "parts", [.. settings, "--set", "epochs=2"]);

        await Fit(config, "parts", [.. settings, "--resume"]);

        Weights("parts").ShouldBe(Weights("whole"));
    }

    [Fact]
    public async Task EveryCommand_TakesStreamedImages()
    {
        string config = Config("");
        await Fit(config, "run");
        string run = _folder.Combine("run");

        CommandRun set = await CommandRun.Of("evaluation-set", "--config", config, "--split", "test", "--output", _folder.Combine("test.parquet"));
        CommandRun predict = await CommandRun.Of("predict", "--run", run, "--split", "test", "--output", _folder.Combine("test.csv"));
        CommandRun publish = await CommandRun.Of("publish", "--run", run, "--repository", _folder.Combine("models"), "--name", "birds");
        CommandRun again = await CommandRun.Of("publish", "--run", run, "--repository", _folder.Combine("models"), "--name", "birds");

        set.ExitCode.ShouldBe(ExitCode.Done, set.Error);
        predict.ExitCode.ShouldBe(ExitCode.Done, predict.Error);
        publish.ExitCode.ShouldBe(ExitCode.Done, publish.Error);
        again.ExitCode.ShouldBe(ExitCode.Done, again.Error);
        GroupedDataset test = ConfigurationFile.Read<RunConfig>(config, []).Dataset.Load(Split.Test, 0);
        EvaluationSet written = await EvaluationSet.ReadAsync(_folder.Combine("test.parquet"), cancellationToken: TestContext.Current.CancellationToken);
        using (Tensor all = test.Source.ReadAll()[0])
        {
            written.ReadFloats(0, test.Count).ShouldBe(all.data<float>().ToArray());
        }

        written.Metadata.Inputs[0].Shape.ShouldBe([3, 16, 16]);
        File.ReadLines(_folder.Combine("test.csv")).Count().ShouldBe(1 + test.Count);
        // What served images go through is what training images went through.
        PreprocessingFile.Read(_folder.Combine("models", "birds", "preprocessing.json")).ShouldBe(DrawnData.Small);
        ModelMetadata metadata = ModelMetadata.Read(OnnxModelFile.Read(_folder.Combine("models", "birds", "2", "model.onnx")));
        JsonNode.Parse(metadata.Preprocessing!)!["centerCrop"]!["width"]!.GetValue<int>().ShouldBe(16);
        metadata.InputBounds.ShouldBe(new([0], [1]));
    }

    [Fact]
    public async Task Publish_UnderTheNameOfAModelWithOtherPreprocessing_IsRefused()
    {
        await Fit(Config(""), "run");
        Directory.CreateDirectory(_folder.Combine("models", "birds"));
        File.WriteAllText(_folder.Combine("models", "birds", "preprocessing.json"), PreprocessingFile.Write(DrawnData.Small with { Channels = ImageChannels.Grey }));

        CommandRun publish = await CommandRun.Of("publish", "--run", _folder.Combine("run"), "--repository", _folder.Combine("models"), "--name", "birds");

        publish.ExitCode.ShouldBe(ExitCode.File);
        publish.ErrorLine.ShouldContain("preprocessing.json");
    }

    [Fact]
    public async Task Fit_OnABrokenImage_NamesItsFile()
    {
        string broken = _folder.Combine("data", "train", "00004.jpg");
        File.WriteAllText(broken, "no image");

        CommandRun fit = await CommandRun.Of("fit", "--config", Config(""), "--output", _folder.Combine("run"));

        fit.ExitCode.ShouldBe(ExitCode.File);
        fit.ErrorLine.ShouldContain($"{broken}: is not an image; accepted is a PNG or JPEG image.");
    }

    [Fact]
    public async Task Fit_WithAnEmptyGroup_NamesItAndGivesItNoAccuracy()
    {
        string metadata = _folder.Combine("data", "metadata.csv");
        File.WriteAllLines(metadata, File.ReadLines(metadata).Where(line => !line.EndsWith("train,1,0", StringComparison.Ordinal)).ToArray());

        CommandRun fit = await CommandRun.Of("fit", "--config", Config(""), "--output", _folder.Combine("run"), "--set", "sampler={\"kind\":\"group-subsampling\"}");

        fit.ExitCode.ShouldBe(ExitCode.Done, fit.Error);
        fit.Error.ShouldContain("no example of '1, 0'");
        JsonNode line = JsonNode.Parse(File.ReadLines(_folder.Combine("run", "metrics.jsonl")).Last())!;
        JsonNode group = line["train"]!["groups"]!.AsArray().Single(group => group!["name"]?.GetValue<string>() == "1, 0" || group["group"]?.ToString() == "2")!;
        group["count"]!.GetValue<int>().ShouldBe(0);
        group["accuracy"].ShouldBeNull();
    }

    [Fact]
    public void Sequence_OfBatches_IsThatOfTakingThem()
    {
        GroupedDataset train = Options(Augmented).Load(Split.Train, 0);
        using SplitTensors split = new(train);
        Visits visits = new(new RunSeed(2), 1, 0);
        ReadOnlyMemory<int>[] batches = [new int[] { 3, 1 }, new int[] { 0 }, new int[] { 5, 6, 7 }, new int[] { 3 }];

        using BatchSequence sequence = new(split, batches, visits);

        int first = 0;
        foreach (ReadOnlyMemory<int> examples in batches)
        {
            using DisposeScope scope = NewDisposeScope();
            Batch batch = sequence.Next(step: 9);
            using Tensor expected = train.Source.ReadForTraining(examples.Span, visits.From(first))[0];
            batch.Inputs.data<float>().ToArray().ShouldBe(expected.data<float>().ToArray());
            batch.Labels.data<long>().ToArray().ShouldBe(examples.ToArray().Select(example => (long)train.Labels[example]));
            batch.Step.ShouldBe(9);
            first += examples.Length;
        }

        Should.Throw<ArgumentOutOfRangeException>(() => sequence.Next(step: 9));
    }

    [Fact]
    public void Sequence_WithABrokenImage_FailsAtItsBatchAndNoEarlier()
    {
        File.WriteAllText(_folder.Combine("data", "train", "00005.jpg"), "no image");
        using SplitTensors split = new(Options("").Load(Split.Train, 0));
        using BatchSequence sequence = new(split, [new int[] { 1 }, new int[] { 5 }, new int[] { 2 }]);
        using DisposeScope scope = NewDisposeScope();

        sequence.Next(step: 0).Labels.numel().ShouldBe(1);
        Should.Throw<InvalidDataException>(() => sequence.Next(step: 0)).Message.ShouldContain("00005.jpg");
    }

    [Fact]
    public void Sequence_ThatIsLeftEarly_StopsReading()
    {
        CountingInputs inputs = new(1000);
        using SplitTensors split = new(new GroupedDataset(new("counting", [1], ["0", "1"], [], new([0], [1])), Split.Train, inputs, new int[1000], attributes: null));
        ReadOnlyMemory<int>[] batches = [.. Enumerable.Range(0, 1000).Select(i => (ReadOnlyMemory<int>)new[] { i })];

        using (BatchSequence sequence = new(split, batches))
        {
            using DisposeScope scope = NewDisposeScope();
            sequence.Next(step: 0).Inputs.item<float>().ShouldBe(0);
        }

        // The one taken, two that wait, and one that was being read when it stopped.
        inputs.Batches.ShouldBeInRange(1, 4);
        inputs.Alive.ShouldBe(0);
    }

    [Fact]
    public void Evaluation_OfLargeInputs_TakesSmallBatches()
    {
        GroupedDataset data = new(new("counting", [3, 224, 224], ["0", "1"], [], new([0], [1])), Split.Test, new CountingInputs(300), new int[300], attributes: null);

        SplitEvaluation.Batches(data, 1000, 1L << 24).Select(batch => batch.Length).ShouldBe([111, 111, 78]);
        SplitEvaluation.Batches(data, 1000, 1).Length.ShouldBe(300);
        SplitEvaluation.Batches(data, 7, 1L << 40).Max(batch => batch.Length).ShouldBe(7);
    }

    private string Config(string more)
    {
        string path = _folder.Combine($"{Guid.NewGuid():N}.json");
        File.WriteAllText(path, DrawnData.ImageRun(_folder.Combine("data"), more));
        return path;
    }

    private DatasetOptions Options(string more) => ConfigurationFile.Parse<RunConfig>(DrawnData.ImageRun(_folder.Combine("data"), more), "test", []).Dataset;

    private float[] Weights(string run) => [.. OnnxModelFile.Read(_folder.Combine(run, "model.onnx")).Initializers.Values.Where(tensor => tensor.Element == ElementType.Float).SelectMany(tensor => tensor.AsSpan<float>().ToArray())];

    private async Task Fit(string config, string run, params string[] more)
    {
        CommandRun fit = await CommandRun.Of(["fit", "--config", config, "--output", _folder.Combine(run), .. more]);
        fit.ExitCode.ShouldBe(ExitCode.Done, fit.Error);
    }

    /// <summary>Inputs that count how often they are read, and which tensors are left.</summary>
    private sealed class CountingInputs(int count) : ExampleInputs
    {
        private readonly List<Tensor> _tensors = [];

        public override int Count => count;

        public override bool AreInMemory => false;

        public int Batches => _tensors.Count;

        public int Alive => _tensors.Count(tensor => !tensor.IsInvalid);

        public override void AppendTo(System.Security.Cryptography.IncrementalHash hash)
        {
        }

        internal override Tensor[] Read(ReadOnlySpan<int> examples)
        {
            Tensor tensor = full([examples.Length, 1], (float)examples[0]).DetachFromDisposeScope();
            _tensors.Add(tensor);
            return [tensor];
        }
    }
}
