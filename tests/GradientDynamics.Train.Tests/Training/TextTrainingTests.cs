using GradientDynamics.CommandLine;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Networks;
using GradientDynamics.Train.Datasets;
using GradientDynamics.Train.Tests.Execution;
using GradientDynamics.Train.Tests.FineTuning;
using GradientDynamics.Train.Tests.Procedures;
using GradientDynamics.Train.Training;

namespace GradientDynamics.Train.Tests.Training;

/// <summary>Training on tokens: three inputs of integers, padded batch by batch.</summary>
[Collection(TorchGlobalState.Name)]
public sealed class TextTrainingTests
{
    // Four steps in single precision against double: 4 x 0.01 x the relative error of a gradient, whose sums have up to 64 terms.
    private const double StepTolerance = 2e-4;

    public static TheoryData<string> Methods =>
    [
        """objective={"kind":"erm"}""", """objective={"kind":"spectral-decoupling"}""", """objective={"kind":"group-dro"}""", """objective={"kind":"irm","coefficient":10,"environments":"attribute"}""",
        """objective={"kind":"margin-variance"}""", """procedure={"kind":"jtt","firstStageEpochs":1,"factor":3}""", """procedure={"kind":"lff"}""",
        """procedure={"kind":"deep-feature-reweighting","draws":2,"inverseStrengths":[0.1]}""", """sampler={"kind":"group-subsampling"}""", """sampler={"kind":"group-reweighting"}""",
        "optimizer.accumulatedBatches=2", "optimizer.averageDecay=0.5", "singleLogit=true", "batchSize=null",
    ];

    // The same four steps of AdamW in torch (Fixtures/Text/make_fixtures.py): clipped to norm 1, decay on biases and LayerNorm, a linear schedule.
    [Fact]
    public void FineTuning_TakesTheStepsOfTorch()
    {
        TokenSequences batch = TokenSequences.Of([([2, 5, 6, 3, 7, 3], 4), ([2, 11, 3, 9, 4, 12, 3], 3), ([2, 5, 3], 3), ([2, 15, 16, 3], 4)]);
        GroupedDataset train = TextDatasetOptions.Of(
            "steps", Split.Train, ["a", "b", "c"], [], (batch, new(TinyTexts.Length, Varies: true, PaddingId: 0, TinyTexts.Vocabulary)), [(0, 0, 0), (1, 2, 0), (2, 1, 0), (3, 0, 0)]);
        RunConfig config = TinyTexts.Config(
            "batchSize=null", "epochs=4", "selection=last-epoch", "network.dropout=0", "network.attentionDropout=0", $"network.weights={NetworkFixtures.Path("bert.safetensors")}");
        using TrainingLoop loop = new(config, TrainingData.Of(new Dictionary<Split, GroupedDataset> { [Split.Train] = train }), threads: 1, checkpoint: null);

        Checkpoint last = TinyData.RunToEnd(loop);

        IReadOnlyDictionary<string, ConstantTensor> expected = SafetensorsFile.Read(Path.Combine(AppContext.BaseDirectory, "Fixtures", "Text", "bert-steps.expected.safetensors")).Tensors;
        loop.Step.ShouldBe(4);
        expected.Count.ShouldBe(41);
        // A bias of the keys adds the same to all scores of a query, so that its gradient is 0 but for rounding, which Adam makes a whole step of.
        foreach ((string name, ConstantTensor value) in expected.Where(pair => !pair.Key.EndsWith(".key.bias", StringComparison.Ordinal)))
        {
            last.Weights[name].ShouldAgreeWith(value, StepTolerance, StepTolerance, name);
        }
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void EveryMethod_TrainsOnTexts_AndResumesToTheSameBits(string change)
    {
        TrainingData data = TinyTexts.Create();
        RunConfig config = TinyTexts.Config(change);
        using TrainingLoop undisturbed = new(config, data, threads: 1, checkpoint: null);
        Checkpoint expected = TinyData.RunToEnd(undisturbed);
        using TemporaryFolder folder = new();
        using (TrainingLoop first = new(config, data, threads: 1, checkpoint: null))
        {
            first.RunToNextEvaluation(CancellationToken.None).Checkpoint.Write(folder.Combine("last"));
        }

        using TrainingLoop second = new(config, data, threads: 1, Checkpoint.Read(folder.Combine("last")));
        Checkpoint resumed = TinyData.RunToEnd(second);

        TinyData.Bytes(resumed).ShouldBe(TinyData.Bytes(expected));
        undisturbed.Finish(expected, CancellationToken.None);
    }

    [Fact]
    public void Padding_ToTheLongest_GivesTheFiguresOfPaddingToTheMost()
    {
        RunConfig config = TinyTexts.Config("network.dropout=0", "network.attentionDropout=0");
        using TrainingLoop varying = new(config, TinyTexts.Create(varies: true), threads: 1, checkpoint: null);
        using TrainingLoop whole = new(config, TinyTexts.Create(varies: false), threads: 1, checkpoint: null);

        EpochMetrics short_ = varying.RunToNextEvaluation(CancellationToken.None).Metrics;
        EpochMetrics long_ = whole.RunToNextEvaluation(CancellationToken.None).Metrics;

        // Sums of other lengths round otherwise.
        short_.Loss.ShouldBe(long_.Loss, 1e-5);
        short_.Validation!.Loss.ShouldBe(long_.Validation!.Loss, 1e-5);
        short_.Validation.Groups.ShouldBe(long_.Validation.Groups);
    }

    [Theory]
    [InlineData("""network={"kind":"mlp"}""", "Int64; Float and Double are accepted")]
    [InlineData("network.vocabulary=19", "takes numbers below 19, and the dataset's vocabulary has 20 tokens")]
    [InlineData("network.maximalPositions=11", "at most 11 positions")]
    [InlineData("""adversary={"epsilon":0.1}""", "adversary: it moves inputs that are numbers, and those of tiny are tokens; accepted is no adversary")]
    public void WhatDoesNotFitTexts_IsRefusedByName(string change, string message)
    {
        Exception error = Should.Throw<Exception>(() => new TrainingLoop(TinyTexts.Config(change), TinyTexts.Create(), threads: 1, checkpoint: null));

        error.ShouldSatisfyAllConditions(() => (error is CommandException or InvalidModelException).ShouldBeTrue(), () => error.Message.ShouldContain(message));
    }

    [Fact]
    public void AModelOfAFixedLength_TakesWholePaddingOnly_AndMayLeaveTokenTypesOut()
    {
        using TemporaryFolder folder = new();
        BertOptions options = new() { Vocabulary = 20, Width = 8, Layers = 1, Heads = 2, HiddenWidth = 16, MaximalPositions = 12 };
        OnnxGraph graph = options.Create(new([TinyTexts.Length], ElementType.Int64), 2, new Random(1));
        GraphValue[] inputs = [.. graph.Inputs.Select(input => new GraphValue(input.Name, new(ElementType.Int64, new(Dimension.Named("batch"), Dimension.Fixed(TinyTexts.Length)))))];
        OnnxModelFile.Write(new OnnxGraph(inputs, graph.Outputs, graph.Nodes, graph.Initializers, graph.Opset), folder.Combine("fixed.onnx"));
        RunConfig Config(string file) => TinyTexts.Config($$"""network={"kind":"onnx","file":"{{folder.Combine(file)}}"}""");

        Should.Throw<CommandException>(() => new TrainingLoop(Config("fixed.onnx"), TinyTexts.Create(), threads: 1, checkpoint: null)).Message.ShouldContain("accepted is dataset.tokens.padding maximum");
        using (TrainingLoop fits = new(Config("fixed.onnx"), TinyTexts.Create(varies: false), threads: 1, checkpoint: null))
        {
            TinyData.RunToEnd(fits).Epoch.ShouldBe(2);
        }

        // DistilBERT has no token types: the node that looks them up gets those of the mask, which is there.
        GraphNode[] nodes = [.. graph.Nodes.Select(node => node.Inputs.Contains(BertOptions.TokenTypeIdsName) ? new GraphNode(node.Operator, [.. node.Inputs.Select(name => name == BertOptions.TokenTypeIdsName ? BertOptions.AttentionMaskName : name)], node.Outputs, node.Attributes, node.Name) : node)];
        OnnxModelFile.Write(new OnnxGraph([.. graph.Inputs.Where(input => input.Name != BertOptions.TokenTypeIdsName)], graph.Outputs, nodes, graph.Initializers, graph.Opset), folder.Combine("two.onnx"));
        List<string> said = [];
        using TrainingLoop two = new(Config("two.onnx"), TinyTexts.Create(), threads: 1, checkpoint: null, say: said.Add);
        TinyData.RunToEnd(two).Epoch.ShouldBe(2);
        said.ShouldContain("The network does not take 'token_type_ids' of the dataset's inputs.");
    }
}
