using GradientDynamics.Bench.Training;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Networks;
using GradientDynamics.Train.Execution;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Tests.Execution;

public sealed class GraphModuleTests
{
    [Fact]
    public void Forward_OfAnMlp_GivesTheBitsOfTheSameNetworkByHand()
    {
        OnnxGraph graph = Mlp(12, 20, 3);
        using GraphModule module = new(graph);
        using HandWrittenMlp byHand = new(graph);
        manual_seed(1);
        using Tensor input = randn(9, 12);

        using Tensor logits = module.forward(input);
        using Tensor expected = byHand.forward(input);

        Floats(logits).ShouldBe(Floats(expected));
    }

    [Fact]
    public void OneStepOfSgd_OnAnMlp_GivesTheBitsOfTheSameNetworkByHand()
    {
        OnnxGraph graph = Mlp(12, 20, 3);
        using GraphModule module = new(graph);
        using HandWrittenMlp byHand = new(graph);
        manual_seed(1);
        using Tensor input = randn(9, 12);
        using Tensor labels = randint(0, 3, 9);

        Step(module, input, labels);
        Step(byHand, input, labels);

        float[][] weights = [.. module.parameters().Select(Floats)];
        float[][] expected = [.. byHand.parameters().Select(Floats)];
        weights.Length.ShouldBe(6);
        for (int i = 0; i < weights.Length; i++)
        {
            weights[i].ShouldBe(expected[i]);
        }
    }

    [Fact]
    public void Parameters_AreTheFloatInitializers_AndRunningStatisticsAreBuffers()
    {
        GraphBuilder builder = new(new Random(3));
        Value x = builder.Input("input", new InputSpec([2, 5, 5]));
        Value hidden = builder.BatchNormalization(builder.Conv(x, 4, 3, "block.0.conv"), "block.0.norm");
        OnnxGraph graph = builder.Output(builder.Reshape(hidden, [0, -1]), "logits");

        using GraphModule module = new(graph);

        module.named_parameters().Select(entry => ParameterNames.Decode(entry.name))
            .ShouldBe(["block.0.conv.weight", "block.0.conv.bias", "block.0.norm.weight", "block.0.norm.bias"]);
        module.state_dict().Keys.Select(ParameterNames.Decode).ShouldBe(
            ["block.0.conv.weight", "block.0.conv.bias", "block.0.norm.weight", "block.0.norm.bias", "block.0.norm.running_mean", "block.0.norm.running_var"], ignoreOrder: true);
    }

    [Theory]
    [InlineData("layer1.0.conv.weight")]
    [InlineData("100%")]
    [InlineData("a%2Eb.c%25")]
    [InlineData("/features/Conv_output")]
    public void ParameterNames_BackAndForth_GiveTheInitializersName(string name)
    {
        string encoded = ParameterNames.Encode(name);

        encoded.ShouldNotContain(".");
        ParameterNames.Decode(encoded).ShouldBe(name);
    }

    [Fact]
    public void ToGraph_WithoutTraining_HasTheBytesOfTheGraph()
    {
        OnnxGraph graph = Mlp(4, 5, 2);
        using GraphModule module = new(graph);

        OnnxModelFile.ToBytes(module.ToGraph()).ShouldBe(OnnxModelFile.ToBytes(graph));
    }

    [Fact]
    public void ToGraph_AfterAStep_HasTheTrainedWeights_AndTheGraphGivenKeepsItsOwn()
    {
        OnnxGraph graph = Mlp(4, 5, 2);
        byte[] before = OnnxModelFile.ToBytes(graph);
        using GraphModule module = new(graph);
        using Tensor input = ones(3, 4);
        using Tensor labels = zeros(3, ScalarType.Int64);

        Step(module, input, labels);

        using GraphModule reread = new(OnnxModelFile.Parse(OnnxModelFile.ToBytes(module.ToGraph())));
        using Tensor logits = module.forward(input);
        using Tensor rereadLogits = reread.forward(input);
        Floats(rereadLogits).ShouldBe(Floats(logits));
        OnnxModelFile.ToBytes(graph).ShouldBe(before);
        OnnxModelFile.ToBytes(module.ToGraph()).ShouldNotBe(before);
    }

    [Fact]
    public void ConvertedToFloat64_ExecutesInDoublePrecision_AndSavesTheGraphsOwnType()
    {
        GraphBuilder builder = new(new Random(3));
        Value x = builder.Input("input", new InputSpec([3]));
        Value scaled = builder.Mul(x, builder.Constant(ConstantTensor.Scalar(0.5f)));
        OnnxGraph graph = builder.Output(builder.Gemm(scaled, 2, "last"), "logits");
        using GraphModule module = new(graph);

        module.to(ScalarType.Float64);
        using Tensor input = full([2, 3], 1.0 + 1e-12, ScalarType.Float64);
        using Tensor logits = module.forward(input);
        using Tensor atOne = module.forward(ones([2, 3], ScalarType.Float64));

        logits.dtype.ShouldBe(ScalarType.Float64);
        using Tensor difference = (logits - atOne).abs().max();
        difference.item<double>().ShouldBeInRange(1e-14, 1e-11); // single precision would give 0
        OnnxModelFile.ToBytes(module.ToGraph()).ShouldBe(OnnxModelFile.ToBytes(graph));
    }

    [Fact]
    public void Execute_WithSeveralInputsAndOutputs_GivesEachByName()
    {
        GraphBuilder builder = new();
        Value a = builder.Input("a", ElementType.Float, TensorShape.Of(2));
        Value b = builder.Input("b", ElementType.Float, TensorShape.Of(2));
        Value sum = builder.Add(a, b, "sum");
        OnnxGraph graph = builder.Build(sum, builder.Relu(sum, "positive"), a);
        using GraphModule module = new(graph);
        using Tensor left = tensor([1f, -5f]);
        using Tensor right = tensor([2f, 3f]);

        IReadOnlyDictionary<string, Tensor> outputs = module.Execute(new Dictionary<string, Tensor> { ["b"] = right, ["a"] = left });

        Floats(outputs["sum"]).ShouldBe([3f, -2f]);
        Floats(outputs["positive"]).ShouldBe([3f, 0f]);
        Floats(outputs["a"]).ShouldBe([1f, -5f]);
        foreach (Tensor output in outputs.Values)
        {
            output.Dispose();
        }

        Floats(left).ShouldBe([1f, -5f]); // an output that is an input is a handle of its own
    }

    [Fact]
    public void Construction_WithAnUnsupportedOperator_NamesOperatorAndNode()
    {
        OnnxGraph graph = new(
            [new("input", new(ElementType.Float, TensorShape.Of(2)))],
            [new("output", new(ElementType.Float, null))],
            [new("Det", ["input"], ["output"], name: "volume")],
            []);

        UnsupportedOperatorException error = Should.Throw<UnsupportedOperatorException>(() => new GraphModule(graph));

        error.Message.ShouldBe("Node Det 'volume' cannot be trained: TorchSharp's side has no operator Det.");
    }

    [Fact]
    public void Construction_WithAConvolutionOverFourDimensions_NamesTheNodeAndWhatIsAccepted()
    {
        GraphBuilder builder = new(new Random(1));
        Value x = builder.Input("input", new InputSpec([1, 2, 2, 2, 2]));
        OnnxGraph graph = builder.Build(builder.Conv(x, 1, 1, "wide"));

        Should.Throw<UnsupportedOperatorException>(() => new GraphModule(graph)).Message
            .ShouldBe("Node Conv 'wide' cannot be trained: it has 4 spatial dimensions; 1, 2 and 3 are accepted.");
    }

    [Fact]
    public void Construction_WithAnElementTypeThatTorchHasNot_NamesTheInput()
    {
        OnnxGraph graph = new([new("codes", new(ElementType.String, TensorShape.Of(2)))], [new("codes", new(ElementType.String, TensorShape.Of(2)))], [], []);

        Should.Throw<InvalidModelException>(() => new GraphModule(graph)).Message.ShouldStartWith("Input 'codes': Tensors of String cannot be executed for training; accepted are Float, Double,");
    }

    [Fact]
    public void Construction_WithAttributesThatDoNotFit_NamesTheNode()
    {
        OnnxGraph graph = new(
            [new("input", new(ElementType.Float, TensorShape.Of(2, 3)))],
            [new("output", new(ElementType.Float, null))],
            [new("Softmax", ["input"], ["output"], NodeAttributes.None.With("axis", 5), "probabilities")],
            []);

        Should.Throw<InvalidModelException>(() => new GraphModule(graph)).Message.ShouldContain("Softmax 'probabilities'");
    }

    [Fact]
    public void AFailureDuringExecution_NamesTheNodeAndItsOperands_AndLeavesNothingBehind()
    {
        GraphBuilder builder = new();
        Value x = builder.Input("input", ElementType.Float, new([Dimension.Named("batch"), 3]));
        Value sizes = builder.Input("sizes", ElementType.Int64, TensorShape.Of(2));
        OnnxGraph graph = builder.Build(builder.Add("Reshape", [builder.Relu(x), sizes], null, "fold"));
        using GraphModule module = new(graph);
        using Tensor input = ones(4, 3);
        using Tensor wrong = tensor([5L, 2L]);
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;

        InvalidModelException error = Should.Throw<InvalidModelException>(() => module.Execute(new Dictionary<string, Tensor> { ["input"] = input, ["sizes"] = wrong }));

        error.Message.ShouldStartWith("Node Reshape 'fold' cannot be executed on Float32[4, 3], Int64[2]: shape '[5, 2]' is invalid for input of size 12");
        error.Message.ShouldNotContain('\n');
        DisposeScopeManager.Statistics.ThreadTotalLiveCount.ShouldBe(before);
    }

    [Fact]
    public void AMatrixProductThatDoesNotFit_IsAnExceptionAndNotTheEndOfTheProcess()
    {
        GraphBuilder builder = new();
        Value a = builder.Input("a", ElementType.Float, null);
        Value b = builder.Input("b", ElementType.Float, null);
        using GraphModule module = new(builder.Build(builder.Add("MatMul", [a, b], null, "product")));
        using Tensor left = ones(2, 3, 4);
        using Tensor right = ones(5, 2);

        Should.Throw<InvalidModelException>(() => module.Execute(new Dictionary<string, Tensor> { ["a"] = left, ["b"] = right })).Message
            .ShouldBe("Node MatMul 'product' cannot multiply Float32[2, 3, 4] by Float32[5, 2].");
    }

    [Fact]
    public void Inference_ReleasesAnIntermediateValueAfterItsLastUse()
    {
        // Ten layers of 4 MiB each: kept until the end they are 40 MiB, released they are two at a time.
        GraphBuilder builder = new();
        Value x = builder.Input("input", new InputSpec([1 << 20]));
        Value value = x;
        for (int i = 0; i < 10; i++)
        {
            value = builder.Tanh(value, $"layer{i}");
        }

        using GraphModule module = new(builder.Build(value));
        using IDisposable noGradients = no_grad();
        using Tensor input = ones(1, 1 << 20);
        using DisposeScope scope = NewDisposeScope();
        ThreadDisposeScopeStatistics statistics = DisposeScopeManager.Statistics;
        long created = statistics.CreatedInScopeCount;
        long disposed = statistics.DisposedInScopeCount;

        using Tensor output = module.forward(input);

        (statistics.CreatedInScopeCount - created).ShouldBe(10);
        (statistics.DisposedInScopeCount - disposed).ShouldBe(9);
    }

    [Fact]
    public void WhatDependsOnConstantsAlone_IsComputedOnce()
    {
        GraphBuilder builder = new();
        Value x = builder.Input("input", new InputSpec([2]));
        Value scale = builder.Add("Exp", [builder.Add("Sqrt", [builder.Constant(ConstantTensor.Of<float>([4f, 9f], 2))])]);
        using GraphModule module = new(builder.Build(builder.Mul(x, scale)));
        using DisposeScope scope = NewDisposeScope();
        Tensor input = ones(1, 2);
        long created = DisposeScopeManager.Statistics.CreatedInScopeCount;

        Tensor output = module.forward(input);

        (DisposeScopeManager.Statistics.CreatedInScopeCount - created).ShouldBe(1); // the product
        Floats(output).ShouldBe([MathF.Exp(2), MathF.Exp(3)]);
        module.parameters().ShouldBeEmpty();
        module.state_dict().ShouldBeEmpty();
    }

    [Fact]
    public void AnInitializerThatIsASetting_IsNotTrained()
    {
        GraphBuilder builder = new(new Random(1));
        Value x = builder.Input("input", new InputSpec([2]));
        Value clipped = builder.Add("Clip", [x, builder.Parameter("least", ConstantTensor.Scalar(-1f)), builder.Parameter("most", ConstantTensor.Scalar(1f))]);
        using GraphModule module = new(builder.Build(builder.Gemm(clipped, 1, "last")));

        module.named_parameters().Select(entry => ParameterNames.Decode(entry.name)).ShouldBe(["last.weight", "last.bias"]);
    }

    [Fact]
    public void AStateDictionary_LoadedIntoAnotherModule_GivesItsWeights()
    {
        using GraphModule trained = new(Mlp(4, 5, 2));
        using GraphModule other = new(new MlpOptions { HiddenWidths = [5, 5] }.Create(new InputSpec([4]), 2, new Random(99)));
        using Tensor input = ones(3, 4);

        other.load_state_dict(trained.state_dict());

        using Tensor logits = other.forward(input);
        using Tensor expected = trained.forward(input);
        Floats(logits).ShouldBe(Floats(expected));
        OnnxModelFile.ToBytes(other.ToGraph()).ShouldBe(OnnxModelFile.ToBytes(trained.ToGraph()));
    }

    [Fact]
    public void Forward_WithAnInputOfAnotherShapeOrType_NamesBoth()
    {
        using GraphModule module = new(Mlp(4, 5, 2));
        using Tensor wide = ones(3, 5);
        using Tensor integers = ones([3, 4], ScalarType.Int64);

        Should.Throw<InputShapeException>(() => module.forward(wide)).Message.ShouldBe("The graph's input is input: Float[batch, 4]; a tensor Float32[3, 5] was given.");
        Should.Throw<InputShapeException>(() => module.forward(integers)).Message.ShouldContain("a tensor Int64[3, 4] was given, expected is Float32");
    }

    [Fact]
    public void Execute_WithAMissingOrUnknownInput_NamesIt()
    {
        using GraphModule module = new(Mlp(4, 5, 2));
        using Tensor input = ones(3, 4);

        Should.Throw<InputShapeException>(() => module.Execute(new Dictionary<string, Tensor> { ["inputs"] = input })).Message.ShouldContain("no input 'inputs'; it has 'input'");
        Should.Throw<InputShapeException>(() => module.Execute(new Dictionary<string, Tensor>())).Message.ShouldContain("input: Float[batch, 4] is not given");
    }

    [Fact]
    public void TrainingFor1000Steps_LeavesNoTensorBehind()
    {
        using DisposeScope whole = NewDisposeScope();
        GraphBuilder builder = new(new Random(5));
        Value x = builder.Input("input", new InputSpec([1, 6, 6]));
        Value block = builder.Relu(builder.BatchNormalization(builder.Conv(x, 2, 3, "conv", padding: 1), "norm"));
        Value skip = builder.Dropout(builder.Add(block, builder.MaxPool(block, 3, 1, 1)), 0.1f);
        OnnxGraph graph = builder.Output(builder.Gemm(builder.Flatten(builder.AveragePool(skip, 2)), 3, "last"), "logits");
        using GraphModule module = new(graph);
        using SGD optimizer = optim.SGD(module.parameters(), 0.01);
        using Tensor input = randn(4, 1, 6, 6);
        using Tensor labels = randint(0, 3, 4);

        long[] counts = new long[1000];
        for (int step = 0; step < counts.Length; step++)
        {
            using (DisposeScope scope = NewDisposeScope())
            {
                optimizer.zero_grad(); // wraps each gradient anew, and leaves that to the scope
                using Tensor logits = module.forward(input);
                scope.DisposablesCount.ShouldBe(step == 0 ? 1 : 1 + module.parameters().Count()); // forward leaves its output only
                using Tensor loss = nn.functional.cross_entropy(logits, labels);
                loss.backward();
                optimizer.step();
            }

            counts[step] = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        }

        // The first steps create gradients and the optimiser's state.
        counts[^1].ShouldBe(counts[2]);
        counts.Skip(2).Distinct().Count().ShouldBe(1);
    }

    [Fact]
    public void Inference_OutsideAnyScope_LeavesOnlyItsOutput()
    {
        using GraphModule module = new(Mlp(4, 5, 2));
        module.eval();
        using Tensor input = ones(3, 4);
        using IDisposable noGradients = no_grad();
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;

        Tensor logits = module.forward(input);

        DisposeScopeManager.Statistics.ThreadTotalLiveCount.ShouldBe(before + 1);
        logits.Dispose();
        DisposeScopeManager.Statistics.ThreadTotalLiveCount.ShouldBe(before);
    }

    private static OnnxGraph Mlp(int inputs, int width, int logits) =>
        new MlpOptions { HiddenWidths = [width, width] }.Create(new InputSpec([inputs]), logits, new Random(7));

    internal static float[] Floats(Tensor tensor)
    {
        using Tensor contiguous = tensor.detach().contiguous();
        return contiguous.data<float>().ToArray();
    }

    internal static void Step(nn.Module<Tensor, Tensor> module, Tensor input, Tensor labels)
    {
        using SGD optimizer = optim.SGD(module.parameters(), 0.1);
        using Tensor logits = module.forward(input);
        using Tensor loss = nn.functional.cross_entropy(logits, labels);
        loss.backward();
        optimizer.step();
    }
}
