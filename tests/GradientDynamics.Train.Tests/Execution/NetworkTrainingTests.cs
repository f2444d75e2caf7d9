using GradientDynamics.Bench.Training;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Networks;
using GradientDynamics.Train.Execution;
using GradientDynamics.Train.Tests.FineTuning;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Tests.Execution;

/// <summary>Every network that is built here learns, and is saved as what was trained.</summary>
public sealed class NetworkTrainingTests
{
    private const int Examples = 12;

    private const double LearningRate = 1e-3;

    // So small that the loss is linear over a step; in double precision its change is far above rounding.
    private const double SmallLearningRate = 1e-6;

    // Sums in another order: a fully connected layer is one operation by hand and two in the graph.
    private const double SumOrder = 1e-5;

    public static TheoryData<string> Names => [.. NetworkFixtures.All.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void AStep_LowersTheLoss(string name)
    {
        using DisposeScope scope = NewDisposeScope();
        using GraphModule module = new(NetworkFixtures.Create(name));
        module.to(ScalarType.Float64);
        (Dictionary<string, Tensor> inputs, Tensor labels) = Data(module.Graph, name);
        inputs = inputs.ToDictionary(pair => pair.Key, pair => pair.Value.is_floating_point() ? pair.Value.to(ScalarType.Float64) : pair.Value);
        using SGD optimizer = optim.SGD(module.parameters(), SmallLearningRate);
        double Loss(Action<Tensor> use)
        {
            // Dropout drops the same in every call.
            manual_seed(3);
            Tensor loss = nn.functional.cross_entropy(module.Execute(inputs)[NetworkOptions.LogitsName], labels);
            use(loss);
            return loss.item<double>();
        }

        double before = Loss(loss => loss.backward());
        optimizer.step();
        double after = Loss(_ => { });

        after.ShouldBeLessThan(before);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void ATrainedNetwork_WrittenAndReadBack_IsTheSameToTheBit(string name)
    {
        using DisposeScope scope = NewDisposeScope();
        using GraphModule module = new(NetworkFixtures.Create(name));
        (Dictionary<string, Tensor> inputs, Tensor labels) = Data(module.Graph, name);
        using SGD optimizer = optim.SGD(module.parameters(), LearningRate);
        nn.functional.cross_entropy(module.Execute(inputs)[NetworkOptions.LogitsName], labels).backward();
        optimizer.step();
        module.eval();
        byte[] written = OnnxModelFile.ToBytes(module.ToGraph());

        using GraphModule read = new(OnnxModelFile.Parse(written));
        read.eval();

        OnnxModelFile.ToBytes(read.ToGraph()).ShouldBe(written);
        GraphModuleTests.Floats(read.Execute(inputs)[NetworkOptions.LogitsName]).ShouldBe(GraphModuleTests.Floats(module.Execute(inputs)[NetworkOptions.LogitsName]));
        Dictionary<string, ConstantTensor> constants = inputs.ToDictionary(pair => pair.Key, pair => TorchTensors.ToConstant(pair.Value));
        Views.InOnnxRuntime(read.Graph, constants)[NetworkOptions.LogitsName]
            .ShouldAgreeWith(TorchTensors.ToConstant(module.Execute(inputs)[NetworkOptions.LogitsName]), Views.SinglePrecision, 0, name);
    }

    [Fact]
    public void Bert_TrainedOneStep_IsTheSameNetworkByHand()
    {
        BertOptions options = new() { Vocabulary = 20, Width = 8, Layers = 2, Heads = 2, HiddenWidth = 16, MaximalPositions = 12, Dropout = 0, AttentionDropout = 0 };
        OnnxGraph graph = options.Create(new([7], ElementType.Int64), 3, new Random(1));
        using DisposeScope scope = NewDisposeScope();
        using GraphModule module = new(graph);
        using HandWrittenBert byHand = new(graph, 2, 2);
        (Dictionary<string, Tensor> inputs, Tensor labels) = Data(graph, "bert");

        Step(module.parameters(), () => module.Execute(inputs)[NetworkOptions.LogitsName], labels);
        Step(byHand.parameters(), () => byHand.forward(inputs[BertOptions.InputIdsName], inputs[BertOptions.AttentionMaskName], inputs[BertOptions.TokenTypeIdsName]), labels);

        OnnxGraph trained = module.ToGraph();
        foreach ((string name, Parameter expected) in graph.Initializers.Keys.Zip(byHand.InGraphOrder()))
        {
            trained.Initializers[name].ShouldAgreeWith(TorchTensors.ToConstant(expected), SumOrder, 1e-7, name);
        }
    }

    // What stands behind a mask changes nothing, and a sequence may be shorter.
    [Fact]
    public void Bert_OfPaddedSequences_IgnoresThePadding()
    {
        OnnxGraph graph = NetworkFixtures.Create("bert");
        ConstantTensor Row(params ReadOnlySpan<long> numbers) => ConstantTensor.Of(numbers, 1, numbers.Length);
        ConstantTensor Logits(ConstantTensor ids, ConstantTensor mask, ConstantTensor types) => Views.InOnnxRuntime(graph, new Dictionary<string, ConstantTensor>
        {
            [BertOptions.InputIdsName] = ids,
            [BertOptions.AttentionMaskName] = mask,
            [BertOptions.TokenTypeIdsName] = types,
        })[NetworkOptions.LogitsName];

        ConstantTensor alone = Logits(Row(2, 5, 3), Row(1, 1, 1), Row(0, 0, 1));

        Logits(Row(2, 5, 3, 0, 0), Row(1, 1, 1, 0, 0), Row(0, 0, 1, 0, 0)).ShouldAgreeWith(alone, Views.SinglePrecision, 0, "padded");
        Logits(Row(2, 5, 3, 9, 7), Row(1, 1, 1, 0, 0), Row(0, 0, 1, 1, 1)).ShouldAgreeWith(alone, Views.SinglePrecision, 0, "padded with tokens");
    }

    private static void Step(IEnumerable<Parameter> parameters, Func<Tensor> forward, Tensor labels)
    {
        using SGD optimizer = optim.SGD(parameters, 0.1);
        nn.functional.cross_entropy(forward(), labels).backward();
        optimizer.step();
    }

    private static (Dictionary<string, Tensor> Inputs, Tensor Labels) Data(OnnxGraph graph, string name)
    {
        manual_seed(8);
        (_, InputSpec input, int logits) = NetworkFixtures.All[name];
        Tensor labels = arange(Examples).remainder(logits);
        if (input.Element != ElementType.Int64)
        {
            return (new() { [graph.Inputs[0].Name] = rand([Examples, .. input.Shape]) }, labels);
        }

        Tensor lengths = arange(1, Examples + 1).clamp(3, input.Shape[0]).unsqueeze(1);
        return (
            new()
            {
                [BertOptions.InputIdsName] = randint(1, 20, [Examples, .. input.Shape]),
                [BertOptions.AttentionMaskName] = arange(input.Shape[0]).lt(lengths).to(ScalarType.Int64),
                [BertOptions.TokenTypeIdsName] = randint(0, 2, [Examples, .. input.Shape]),
            },
            labels);
    }
}
