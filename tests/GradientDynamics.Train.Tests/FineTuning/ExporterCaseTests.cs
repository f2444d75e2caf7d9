using GradientDynamics.Onnx.Gradients;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Networks;
using GradientDynamics.Onnx.Runtime;
using GradientDynamics.Train.Execution;
using GradientDynamics.Train.Tests.Execution;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Tests.FineTuning;

/// <summary>Models of foreign exporters against PyTorch's own logits and gradients: they load, agree, train a step, and are written again.</summary>
public sealed class ExporterCaseTests
{
    // Single precision against double: a few layers of sums of at most some hundred terms, whose rounding errors are 6e-8 each.
    private const double SinglePrecision = 1e-5;

    public static TheoryData<string> Cases => [.. ExporterCase.Names];

    public static TheoryData<string> DifferentiableCases => [.. ExporterCase.Names.Where(name => ExporterCase.Read(name).InputGradient is not null)];

    [Fact]
    public void Cases_CoverBothExportersAndTheirFormsOfEveryFamily()
    {
        string[] names = [.. ExporterCase.Names];

        foreach (string family in new[] { "resnet", "mobilenet", "densenet", "vit", "bert", "decoder" })
        {
            names.ShouldContain(name => name.StartsWith($"{family}-opset", StringComparison.Ordinal));
            names.ShouldContain(name => name.StartsWith($"{family}-dynamo", StringComparison.Ordinal));
        }

        names.ShouldContain("quantized-opset13");
        names.ShouldContain("quantized-ort-opset18");
        names.ShouldContain("channels-last-opset12");
        names.ShouldContain("vit-functions-opset15");
        names.ShouldContain("vit-dynamo-external-opset21");
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Logits_OfTorchSharpAndOfOnnxRuntime_ArePyTorchs(string name)
    {
        ExporterCase each = ExporterCase.Read(name);
        string logits = each.Graph.Outputs[0].Name;

        Views.InTorchSharp(each.Graph, each.Inputs, ScalarType.Float32)[logits].ShouldAgreeWith(each.Logits, SinglePrecision, 0, $"{name} in TorchSharp");
        Views.InOnnxRuntime(each.Graph, each.Inputs)[logits].ShouldAgreeWith(each.Logits, SinglePrecision, 0, $"{name} as read, in ONNX Runtime");

        // As the file says: with all its optimizations ONNX Runtime computes quantized models with integers, rounded otherwise.
        using OnnxSession session = OnnxSession.Load(each.ModelPath, new() { Optimization = GraphOptimization.Basic });
        OnnxTensor file = session.Run([.. each.Inputs.Select(pair => OnnxTensor.CreateRaw(pair.Key, pair.Value.Element, pair.Value.Sizes, pair.Value.Bytes))], cancellationToken: TestContext.Current.CancellationToken).Single(output => output.Name == logits);
        new ConstantTensor(file.ElementType, file.Shape, file.Data).ShouldAgreeWith(each.Logits, SinglePrecision, 0, $"{name} as it stands, in ONNX Runtime");
    }

    [Theory]
    [MemberData(nameof(DifferentiableCases))]
    public void InputGradient_OfTheCompanion_IsPyTorchs(string name)
    {
        ExporterCase each = ExporterCase.Read(name);
        InputGradientOptions options = new() { Cut = each.Cut };

        OnnxGraph companion = InputGradientGraph.Derive(each.Graph, options);

        InputGradientNames names = InputGradientGraph.NamesFor(each.Graph, options);
        Dictionary<string, ConstantTensor> query = companion.Inputs.Where(input => each.Inputs.ContainsKey(input.Name)).ToDictionary(input => input.Name, input => each.Inputs[input.Name]);
        query[names.Input] = each.Cut is { } cut ? ValueOf(each, cut) : each.Inputs[names.Input];
        query[names.Labels] = ConstantTensor.Vector(each.Labels);
        query[names.Targets] = ConstantTensor.Vector([.. each.Labels.Select(_ => -1L)]);
        query[names.LossKind] = ConstantTensor.Vector([.. each.Labels.Select(_ => (long)AttackLoss.CrossEntropy)]);
        foreach ((string view, IReadOnlyDictionary<string, ConstantTensor> outputs) in new[]
        {
            ("ONNX Runtime", Views.InOnnxRuntime(companion, query)),
            ("TorchSharp", Views.InTorchSharp(companion, query, ScalarType.Float32)),
        })
        {
            outputs[names.Logits].ShouldAgreeWith(each.Logits, SinglePrecision, 0, $"{name}, the companion's logits in {view}");
            outputs[names.InputGradient].ShouldAgreeWith(each.InputGradient!, SinglePrecision, 0, $"{name}, the companion's gradient in {view}");
        }
    }

    [Theory]
    [MemberData(nameof(DifferentiableCases))]
    public void InputGradient_OfTorchSharpsAutograd_IsPyTorchs(string name)
    {
        ExporterCase each = ExporterCase.Read(name);
        if (each.Cut is not null)
        {
            // Integers have no gradient; through the cut the companion's test above runs in TorchSharp too.
            each.Inputs.Values.Select(input => input.Element).ShouldAllBe(element => element == ElementType.Int64);
            return;
        }

        (_, _, ConstantTensor gradient) = Views.Autograd(
            each.Graph, each.Inputs.Single().Value, each.Labels, [.. each.Labels.Select(_ => -1L)], [.. each.Labels.Select(_ => (long)AttackLoss.CrossEntropy)], ScalarType.Float32);

        gradient.ShouldAgreeWith(each.InputGradient!, SinglePrecision, 0, name);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void AStepOfTraining_LowersTheLossAndIsWrittenIntoTheSameGraph(string name)
    {
        ExporterCase each = ExporterCase.Read(name);
        ConstantTensor first = each.Inputs[each.Graph.Inputs[0].Name];
        OnnxGraph trainable = new OnnxNetworkOptions { File = each.ModelPath }.Create(new InputSpec(first.Sizes[1..].ToArray(), first.Element), (int)each.Logits.Sizes[1], new Random(1));
        using DisposeScope scope = NewDisposeScope();
        using GraphModule module = new(trainable);
        if (!module.parameters().Any())
        {
            // Weights of 8-bit integers are not trained, and gd-train says so.
            name.ShouldBe("quantized-ort-opset18");
            return;
        }

        Dictionary<string, Tensor> inputs = each.Inputs.ToDictionary(pair => pair.Key, pair => TorchTensors.ToTorch(pair.Value));
        Tensor labels = tensor(each.Labels);
        Tensor Logits() => module.Execute(inputs)[trainable.Outputs[0].Name];

        // Small enough that the loss falls to first order, and large enough that it does so by more than rounding.
        using SGD optimizer = optim.SGD(module.parameters(), 1e-3);
        module.eval();
        Tensor before = nn.functional.cross_entropy(Logits(), labels);
        before.backward();
        optimizer.step();
        float after = nn.functional.cross_entropy(Logits(), labels).item<float>();
        OnnxGraph written = OnnxModelFile.Parse(OnnxModelFile.ToBytes(module.ToGraph()));

        after.ShouldBeLessThan(before.item<float>(), name);
        written.Nodes.Select(node => (node.Operator, node.Name, string.Join(",", node.Inputs))).ShouldBe(trainable.Nodes.Select(node => (node.Operator, node.Name, string.Join(",", node.Inputs))));
        Views.InOnnxRuntime(written, each.Inputs)[trainable.Outputs[0].Name].ShouldAgreeWith(TorchTensors.ToConstant(Logits()), SinglePrecision, 0, $"{name} after a step, in ONNX Runtime");
    }

    // The value at which the graph is cut, which ONNX Runtime gives as an output of its own.
    private static ConstantTensor ValueOf(ExporterCase each, string value)
    {
        OnnxGraph withValue = new(
            each.Graph.Inputs, [new(value, ShapeInference.Infer(each.Graph)[value])], each.Graph.Nodes, each.Graph.Initializers, each.Graph.Opset);
        return Views.InOnnxRuntime(withValue, each.Inputs)[value];
    }
}
