using GradientDynamics.Onnx.FineTuning;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Networks;
using GradientDynamics.Train.Execution;
using GradientDynamics.Train.Tests.Execution;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Tests.FineTuning;

/// <summary>Models that torch's exporter wrote, trained further.</summary>
public sealed class ForeignModelTests
{
    private const double SinglePrecision = 1e-5;

    // Three steps: the rounding errors of a step enter the next, in two versions of libtorch.
    private const double AfterThreeSteps = 1e-5;

    private static readonly InputSpec Pixels = new([3, 8, 8]);

    [Theory]
    [InlineData("classifier")]
    [InlineData("classifier-folded")]
    [InlineData("classifier-training")]
    [InlineData("mixer")]
    public void Create_OfAModelOfTorchsExporter_GivesItsLogits(string name)
    {
        IReadOnlyDictionary<string, ConstantTensor> expected = NetworkFixtures.Read($"{name}.expected.safetensors");

        OnnxGraph graph = Open(name);

        Views.InTorchSharp(graph, NetworkFixtures.Inputs(graph, expected), ScalarType.Float32)[graph.Outputs[0].Name].ShouldAgreeWith(expected["logits"], SinglePrecision, 0, name);
        Views.InOnnxRuntime(graph, NetworkFixtures.Inputs(graph, expected))[graph.Outputs[0].Name].ShouldAgreeWith(expected["logits"], SinglePrecision, 0, name);
    }

    // torch's own training of the same network, of which the exporter stored equal tensors once: weights, running statistics and logits.
    [Fact]
    public void GraphModule_OfAnExportedModel_TrainsAsTorchTrainsTheOriginal()
    {
        IReadOnlyDictionary<string, ConstantTensor> expected = NetworkFixtures.Read("classifier.expected.safetensors");
        using DisposeScope scope = NewDisposeScope();
        using GraphModule module = new(Open("classifier"));
        Tensor input = TorchTensors.ToTorch(expected["input0"]);
        Tensor labels = TorchTensors.ToTorch(expected["labels"]);
        using SGD optimizer = optim.SGD(module.parameters(), 0.1);

        for (int step = 0; step < 3; step++)
        {
            optimizer.zero_grad();
            nn.functional.cross_entropy(module.forward(input), labels).backward();
            optimizer.step();
        }

        OnnxGraph trained = module.ToGraph();
        string[] names = [.. expected.Keys.Where(key => key.StartsWith("trained.", StringComparison.Ordinal) && key != "trained.logits").Select(key => key["trained.".Length..])];
        names.Length.ShouldBe(12);
        foreach (string name in names)
        {
            trained.Initializers[name].ShouldAgreeWith(expected[$"trained.{name}"], AfterThreeSteps, 0, name);
        }

        module.eval();
        TorchTensors.ToConstant(module.forward(input)).ShouldAgreeWith(expected["trained.logits"], AfterThreeSteps, 0, "logits");
    }

    [Fact]
    public void Create_OfADefaultExport_LeavesOutSoftmaxAndNamesTheBatch()
    {
        List<string> said = [];

        OnnxGraph graph = Open("classifier-folded", say: said.Add);

        graph.Inputs.Single().ToString().ShouldBe("pixels: Float[batch, 3, 8, 8]");
        graph.Outputs.Single().ToString().ShouldBe("/0/fc/Gemm_output_0: Float[batch, 3]");
        graph.Nodes.ShouldNotContain(node => node.Operator == "Softmax");
        said.ShouldContain("The network ends at '/0/fc/Gemm_output_0', its logits, which objectives take; what stands behind it is left out.");
        said.ShouldContain(line => line.StartsWith("The model has no BatchNormalization", StringComparison.Ordinal));
    }

    [Fact]
    public void Create_OfAnExportFromTraining_TrainsByTheModuleOnly()
    {
        List<string> said = [];

        OnnxGraph graph = Open("classifier-training", say: said.Add);

        graph.Nodes.Where(node => node.Operator == "BatchNormalization").ShouldAllBe(node => node.Outputs.Count == 1 && !node.Attributes.Has("training_mode"));
        graph.Nodes.Single(node => node.Operator == "Dropout").Inputs.Count.ShouldBe(2);
        said.ShouldHaveSingleItem().ShouldStartWith("3 BatchNormalization and Dropout nodes stated a training mode");
        using DisposeScope scope = NewDisposeScope();
        using GraphModule module = new(graph);
        Tensor input = rand(4, 3, 8, 8);
        module.eval();
        GraphModuleTests.Floats(module.forward(input)).ShouldBe(GraphModuleTests.Floats(module.forward(input)));
        module.train();
        GraphModuleTests.Floats(module.forward(input)).ShouldNotBe(GraphModuleTests.Floats(module.forward(input)));
    }

    [Theory]
    [InlineData("classifier", 5, "fc.weight", new long[] { 5, 16 }, "fc.bias")]
    [InlineData("classifier-folded", 1, "0.fc.weight", new long[] { 1, 16 }, "0.fc.bias")]
    [InlineData("mixer", 2, "onnx::MatMul_23", new long[] { 8, 2 }, "last.bias")]
    public void ReplaceHead_DrawsTheLastLayerAsTorchAndKeepsTheRest(string name, int outputs, string weight, long[] sizes, string bias)
    {
        OnnxGraph before = Open(name);

        OnnxGraph graph = Open(name, outputs, replaceHead: true);

        graph.Outputs.Single().Type.ShouldBe(new(ElementType.Float, new(Dimension.Named(before.Inputs[0].Type.Shape![0].Symbol!), outputs)));
        graph.Initializers[weight].Sizes.ToArray().ShouldBe(sizes);
        float bound = 1 / MathF.Sqrt(sizes.Max());
        float[] drawn = graph.Initializers[weight].AsSpan<float>().ToArray();
        drawn.ShouldAllBe(number => Math.Abs(number) <= bound);
        drawn.Select(Math.Abs).Max().ShouldBeGreaterThan(0.7f * bound);
        graph.Initializers[bias].Sizes.ToArray().ShouldBe([outputs]);
        graph.Initializers.Keys.ShouldBe(before.Initializers.Keys);
        foreach (string other in graph.Initializers.Keys.Except([weight, bias]))
        {
            graph.Initializers[other].Bytes.ToArray().ShouldBe(before.Initializers[other].Bytes.ToArray(), other);
        }

        using DisposeScope scope = NewDisposeScope();
        using GraphModule module = new(graph);
        module.forward(rand(3, 3, 8, 8)).shape.ShouldBe([3, outputs]);
    }

    [Fact]
    public void ReplaceHead_WhereNoLayerIsLast_NamesWhatIs()
    {
        GraphBuilder builder = new(new Random(1));
        Value x = builder.Input("x", new InputSpec([4]));
        OnnxGraph graph = builder.Output(builder.Relu(builder.Gemm(x, 3, "fc"), "last"), "scores");

        Should.Throw<InvalidModelException>(() => LinearHead.Replace(graph, 2, new Random(1), Initialization.Torch)).Message
            .ShouldBe("Before the logits 'scores' stands the node Relu 'last'; a last layer Gemm, or MatMul with or without Add, is accepted.");
    }

    [Fact]
    public void Create_ForOtherDataOrClasses_SaysWhatDoesNotFit()
    {
        string path = NetworkFixtures.Path("classifier.onnx");
        OnnxNetworkOptions options = new() { File = path };

        Should.Throw<InvalidModelException>(() => options.Create(new([3, 9, 9]), 3, new Random(1))).Message.ShouldBe(
            $"'{path}': The model's input is pixels: Float[n, 3, 8, 8], and the data are Float[batch, 3, 9, 9]; accepted are data of the model's input.");
        Should.Throw<InvalidModelException>(() => options.Create(Pixels, 2, new Random(1))).Message.ShouldEndWith("and the run has 2; accepted are as many, or replaceHead.");
        Should.Throw<InvalidModelException>(() => (options with { ReplaceHead = 4 }).Create(Pixels, 2, new Random(1))).Message
            .ShouldBe($"'{path}': replaceHead is 4 and the run has 2 logits; accepted is the number of classes.");
        Should.Throw<InvalidModelException>(() => (options with { ReplaceHead = 2, Initialization = Initialization.Ntk }).Create(Pixels, 2, new Random(1))).Message.ShouldContain("initialization: ntk");
        Should.Throw<InvalidModelException>(() => (options with { Logits = "absent" }).Create(Pixels, 3, new Random(1))).Message.ShouldContain("no value 'absent'");
        Should.Throw<FileNotFoundException>(() => new OnnxNetworkOptions { File = path + ".absent" }.Create(Pixels, 3, new Random(1)));
    }

    // Numbers that some exporters write as initializers stay what they are; weights that some write as Constant nodes are trained.
    [Fact]
    public void Create_TrainsWeightsAndNoNumbers()
    {
        GraphBuilder builder = new();
        ConstantTensor Matrix(int seed) => ConstantTensor.Of<float>([.. Enumerable.Range(0, 16).Select(i => MathF.Sin(i + seed))], 4, 4);
        Value x = builder.Input("x", new InputSpec([4]));
        Value mean = builder.Parameter("mean", ConstantTensor.Of<float>([0.1f, 0.2f, 0.3f, 0.4f], 4));
        Value hidden = builder.MatMul(builder.Sub(x, mean), builder.Transpose(builder.Constant(Matrix(1), "stored.weight"), [1, 0]));
        hidden = builder.Add(hidden, builder.Constant(ConstantTensor.Of<float>([1, 2, 3, 4], 4), "stored.bias"));
        hidden = builder.Div(hidden, builder.Parameter("temperature", ConstantTensor.Scalar(2f)));
        hidden = builder.Add(hidden, builder.Parameter("mask", ConstantTensor.Of([0, 0, 0, float.NegativeInfinity], 4)));
        hidden = builder.Mul(builder.Softmax(hidden), builder.Parameter("gain", ConstantTensor.Of<float>([1, 2, 3, 4], 4)));
        OnnxGraph model = builder.Output(builder.MatMul(hidden, builder.Parameter("last", Matrix(2))), "logits").WithMetadata([KeyValuePair.Create("author", "somebody")]);
        using TemporaryFolder folder = new();
        string path = folder.Combine("model.onnx");
        OnnxModelFile.Write(model, path);
        List<string> said = [];

        OnnxGraph graph = new OnnxNetworkOptions { File = path }.Create(new([4]), 4, new Random(1), said.Add);

        using GraphModule module = new(graph);
        module.named_parameters().Select(entry => ParameterNames.Decode(entry.name)).ShouldBe(["gain", "last", "stored.weight", "stored.bias"], ignoreOrder: true);
        said.ShouldBe(["2 Constant nodes hold weights; they are trained.", "3 initializers are numbers and no weights, and are not trained: 'mean', 'temperature', 'mask'."]);
        graph.Metadata["author"].ShouldBe("somebody");
        Dictionary<string, ConstantTensor> input = new() { ["x"] = ConstantTensor.Of<float>([1, -1, 2, 0.5f], 1, 4) };
        Views.InOnnxRuntime(graph, input)["logits"].AsSpan<float>().ToArray().ShouldBe(Views.InOnnxRuntime(model, input)["logits"].AsSpan<float>().ToArray());
    }

    [Fact]
    public void Normalization_BeforeAModel_IsPartOfItsGraph()
    {
        IReadOnlyDictionary<string, ConstantTensor> expected = NetworkFixtures.Read("classifier.expected.safetensors");
        OnnxGraph graph = new OnnxNetworkOptions { File = NetworkFixtures.Path("classifier.onnx"), Normalization = new() { Mean = [-1], Std = [2] } }.Create(Pixels, 3, new Random(1));
        float[] moved = [.. expected["input0"].AsSpan<float>().ToArray().Select(pixel => (2 * pixel) - 1)];

        ConstantTensor logits = Views.InOnnxRuntime(graph, new Dictionary<string, ConstantTensor> { ["pixels"] = ConstantTensor.Of<float>(moved, expected["input0"].Sizes) })["scores"];

        logits.ShouldAgreeWith(expected["logits"], SinglePrecision, 0, "normalised");
    }

    private static OnnxGraph Open(string name, int logits = 3, bool replaceHead = false, Action<string>? say = null) =>
        new OnnxNetworkOptions { File = NetworkFixtures.Path($"{name}.onnx"), ReplaceHead = replaceHead ? logits : null }.Create(Pixels, logits, new Random(3), say);
}
