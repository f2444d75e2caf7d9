using GradientDynamics.Bench.Training;
using GradientDynamics.Onnx.Gradients;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Networks;
using GradientDynamics.Train.Execution;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Tests.Execution;

/// <summary>What must hold for every network: modes, running statistics, dropout, and rows that do not know each other.</summary>
public sealed class ExecutionLawTests
{
    // Convolutions of different batch sizes may sum in different orders.
    private const double SumOrder = 1e-5;

    // Dropout keeps each of 100,000 elements with probability 0.7: five standard deviations of the share are 0.0072.
    private const double FiveStandardDeviations = 0.0073;

    [Fact]
    public void BatchNormalization_InTraining_MovesItsStatisticsAsTorchsModuleDoes()
    {
        using DisposeScope scope = NewDisposeScope();
        using GraphModule module = new(Normalized(0.9f));
        using BatchNorm2d byHand = nn.BatchNorm2d(3, momentum: 0.1);
        manual_seed(2);

        for (int step = 0; step < 3; step++)
        {
            Tensor input = (randn(5, 3, 4, 4) * 2) + 1;
            GraphModuleTests.Floats(module.forward(input)).ShouldBe(GraphModuleTests.Floats(byHand.forward(input).reshape(5, -1)));
        }

        OnnxGraph trained = module.ToGraph();
        trained.Initializers["norm.running_mean"].AsSpan<float>().ToArray().ShouldBe(GraphModuleTests.Floats(byHand.running_mean!));
        trained.Initializers["norm.running_var"].AsSpan<float>().ToArray().ShouldBe(GraphModuleTests.Floats(byHand.running_var!));
        trained.Initializers["norm.running_mean"].AsSpan<float>().ToArray().ShouldNotContain(0f);
    }

    [Fact]
    public void Evaluation_Repeated_GivesTheSameBitsAndChangesNothing()
    {
        using DisposeScope scope = NewDisposeScope();
        OnnxGraph graph = new ResNet18Options { Width = 4 }.Create(new([3, 8, 8]), 3, new Random(1));
        using GraphModule module = new(graph);
        module.eval();
        byte[] before = OnnxModelFile.ToBytes(module.ToGraph());
        Tensor input = rand(4, 3, 8, 8);

        float[] first = GraphModuleTests.Floats(module.forward(input));
        float[] second = GraphModuleTests.Floats(module.forward(input));

        second.ShouldBe(first);
        OnnxModelFile.ToBytes(module.ToGraph()).ShouldBe(before);
    }

    [Fact]
    public void Dropout_InTraining_DropsTheRatioAndScalesTheRest()
    {
        using DisposeScope scope = NewDisposeScope();
        GraphBuilder builder = new();
        using GraphModule module = new(builder.Output(builder.Dropout(builder.Input("input", new InputSpec([1000])), 0.3f), "dropped"));
        manual_seed(3);

        float[] dropped = GraphModuleTests.Floats(module.forward(ones(100, 1000)));

        // 1 / (1 - ratio), the ratio in single precision as the graph holds it.
        float kept = (float)(1 / (1 - (double)0.3f));
        dropped.Distinct().Order().ShouldBe([0f, kept]);
        (dropped.Count(number => number == 0) / 100_000.0).ShouldBe(0.3, FiveStandardDeviations);
    }

    [Fact]
    public void Dropout_InEvaluation_IsTheIdentity()
    {
        using DisposeScope scope = NewDisposeScope();
        GraphBuilder builder = new();
        using GraphModule module = new(builder.Output(builder.Dropout(builder.Input("input", new InputSpec([50])), 0.3f), "dropped"));
        module.eval();
        Tensor input = rand(4, 50);

        GraphModuleTests.Floats(module.forward(input)).ShouldBe(GraphModuleTests.Floats(input));
    }

    [Fact]
    public void Dropout_WithASeedOfItsOwn_IsRefusedWhereItWouldDrop()
    {
        using DisposeScope scope = NewDisposeScope();
        GraphBuilder builder = new();
        Value input = builder.Input("input", new InputSpec([5]));
        using GraphModule module = new(builder.Build(builder.Add("Dropout", [input], NodeAttributes.None.With("seed", 4), "drop")));

        Should.Throw<UnsupportedOperatorException>(() => module.forward(ones(2, 5))).Message
            .ShouldBe("Node Dropout 'drop' cannot be trained: it has a seed of its own (4); accepted is a Dropout without one, which follows the run's seed.");
        module.eval();
        GraphModuleTests.Floats(module.forward(ones(1, 5))).ShouldBe([1f, 1f, 1f, 1f, 1f]);
    }

    [Fact]
    public void InputGradients_OfABatch_AreThoseOfItsExamplesAlone()
    {
        OnnxGraph graph = new ResNet18Options { Width = 4 }.Create(new([3, 8, 8]), 4, new Random(1));
        OnnxGraph companion = InputGradientGraph.Derive(graph);
        Random random = new(5);
        float[] pixels = [.. Enumerable.Range(0, 6 * 192).Select(_ => random.NextSingle())];
        (long[] labels, long[] targets, long[] kinds) = Views.Attacks(6, 4);
        ConstantTensor Gradient(Range rows)
        {
            long count = rows.End.Value - rows.Start.Value;
            return Views.InOnnxRuntime(companion, new Dictionary<string, ConstantTensor>
            {
                ["input"] = ConstantTensor.Of<float>(pixels.AsSpan()[(rows.Start.Value * 192)..(rows.End.Value * 192)], count, 3, 8, 8),
                ["labels"] = ConstantTensor.Vector(labels[rows]),
                ["targets"] = ConstantTensor.Vector(targets[rows]),
                ["loss_kind"] = ConstantTensor.Vector(kinds[rows]),
            })["input_gradient"];
        }

        ConstantTensor together = Gradient(0..6);

        for (int row = 0; row < 6; row++)
        {
            ConstantTensor alone = Gradient(row..(row + 1));
            ConstantTensor.Of(together.AsSpan<float>().Slice(row * 192, 192), 1, 3, 8, 8).ShouldAgreeWith(alone, SumOrder, 0, $"row {row}");
        }
    }

    [Theory]
    [InlineData(18)]
    [InlineData(50)]
    public void AResNet_TrainedOneStep_IsTheSameNetworkByHand(int layers)
    {
        using DisposeScope scope = NewDisposeScope();
        ResNetOptions options = layers == 18 ? new ResNet18Options { Width = 4 } : new ResNet50Options { Width = 4, Stem = ResNetStem.Imagenet };
        OnnxGraph graph = options.Create(new([3, 32, 32]), 3, new Random(9));
        using GraphModule module = new(graph);
        using HandWrittenResNet byHand = layers == 18 ? HandWrittenResNet.ResNet18(graph, 4, 3) : HandWrittenResNet.ResNet50(graph, 4, 3);
        manual_seed(6);
        Tensor input = rand(8, 3, 32, 32);
        Tensor labels = randint(0, 3, 8);

        GraphModuleTests.Step(module, input, labels);
        GraphModuleTests.Step(byHand, input, labels);

        Parameter[] weights = [.. module.parameters()];
        Parameter[] expected = [.. byHand.InGraphOrder()];
        weights.Length.ShouldBe(expected.Length);
        for (int i = 0; i < weights.Length; i++)
        {
            GraphModuleTests.Floats(weights[i]).ShouldBe(GraphModuleTests.Floats(expected[i]), graph.Initializers.Keys.ElementAt(i));
        }
    }

    private static OnnxGraph Normalized(float momentum)
    {
        GraphBuilder builder = new();
        Value input = builder.Input("input", new InputSpec([3, 4, 4]));
        return builder.Output(builder.Flatten(builder.BatchNormalization(input, "norm", momentum)), "flat");
    }
}
