using System.Text.Json.Nodes;
using GradientDynamics.CommandLine;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Train.Tests.FineTuning;

namespace GradientDynamics.Train.Tests.Commands;

/// <summary><c>gd-train fit</c> from a model or from weights.</summary>
[Collection(TorchGlobalState.Name)]
public sealed class FineTuningCommandTests
{
    // torch's exported classifier, of 3 classes, on two classes of digits: head replaced, first convolution frozen, and resumed on the way.
    [Fact]
    public async Task Fit_OfAnOnnxFile_TrainsTheSameGraphFurther()
    {
        using TemporaryFolder folder = new();
        string whole = folder.Combine("whole");
        string parts = folder.Combine("parts");
        string pad = folder.Combine("padded.onnx");
        OnnxModelFile.Write(ForDigits(), pad);
        string config = Write(folder, $$"""{ "kind": "onnx", "file": "{{pad}}", "replaceHead": 2, "freeze": ["conv.*", "bn1.*"] }""");

        CommandRun fit = await CommandRun.Of("fit", "--config", config, "--output", whole);
        (await CommandRun.Of("fit", "--config", config, "--output", parts, "--set", "epochs=3")).ExitCode.ShouldBe(ExitCode.Done);
        CommandRun resumed = await CommandRun.Of("fit", "--config", config, "--output", parts, "--resume");

        fit.ExitCode.ShouldBe(ExitCode.Done, fit.Error);
        resumed.ExitCode.ShouldBe(ExitCode.Done, resumed.Error);
        File.ReadAllBytes(Path.Combine(parts, "checkpoint", "last.safetensors")).ShouldBe(File.ReadAllBytes(Path.Combine(whole, "checkpoint", "last.safetensors")));
        OnnxGraph given = OnnxModelFile.Read(pad);
        OnnxGraph model = OnnxModelFile.Read(Path.Combine(whole, "model.onnx"));
        model.Inputs.Single().Name.ShouldBe("pixels");
        model.Outputs.Single().ToString().ShouldBe("scores: Float[n, 1]");
        model.Metadata["author"].ShouldBe("somebody");
        model.Metadata["gradientdynamics.objective"].ShouldBe("spectral-decoupling");
        string[] unchanged = [.. given.Initializers.Keys.Where(name => model.Initializers[name].Bytes.Span.SequenceEqual(given.Initializers[name].Bytes.Span))];
        unchanged.ShouldBe(["conv.weight", "bn1.weight", "bn1.bias"], ignoreOrder: true);
        model.Initializers["bn1.running_mean"].AsSpan<float>().ToArray().ShouldAllBe(mean => mean == 0);
        model.Initializers["bn2.running_mean"].AsSpan<float>().ToArray().ShouldContain(mean => mean != 0);
        (await CommandRun.Of("check-model", Path.Combine(whole, "model.onnx"))).ExitCode.ShouldBe(ExitCode.Done);
    }

    [Fact]
    public async Task Fit_FromWeights_BeginsWithThem()
    {
        using TemporaryFolder folder = new();
        string config = Write(folder, """{ "kind": "mlp", "hiddenWidths": [16] }""");
        string first = folder.Combine("first");
        (await CommandRun.Of("fit", "--config", config, "--output", first)).ExitCode.ShouldBe(ExitCode.Done);
        string model = Path.Combine(first, "model.onnx");

        CommandRun frozen = await CommandRun.Of("fit", "--config", Write(folder, $$"""{ "kind": "mlp", "hiddenWidths": [16], "weights": "{{model}}", "freeze": ["hidden0.*"] }"""), "--output", folder.Combine("second"));

        frozen.ExitCode.ShouldBe(ExitCode.Done, frozen.Error);
        OnnxGraph before = OnnxModelFile.Read(model);
        OnnxGraph after = OnnxModelFile.Read(folder.Combine("second", "model.onnx"));
        after.Initializers["hidden0.weight"].Bytes.ToArray().ShouldBe(before.Initializers["hidden0.weight"].Bytes.ToArray());
        after.Initializers["logits.weight"].Bytes.ToArray().ShouldNotBe(before.Initializers["logits.weight"].Bytes.ToArray());
    }

    [Theory]
    [InlineData("""{ "kind": "mlp", "freeze": ["fc.*"] }""", ExitCode.Configuration, "error: network.freeze[0]: no parameter is called 'fc.*'; near are 'hidden0.weight'")]
    [InlineData("""{ "kind": "mlp", "hiddenWidths": [], "freeze": ["*"] }""", ExitCode.Configuration, "error: network: it has no parameters that are not frozen; accepted is one with weights to train.")]
    [InlineData("""{ "kind": "bert" }""", ExitCode.Configuration, "network: bert does not fit the dataset drawn-digits: The network's input is Float[batch, 2, 8, 8]; token numbers are accepted")]
    [InlineData("""{ "kind": "vision-transformer", "patchSize": 5 }""", ExitCode.Configuration, "network: vision-transformer does not fit the dataset drawn-digits: ")]
    [InlineData("""{ "kind": "conv-net", "layers": [{ "kind": "conv", "channels": 4, "kernel": 11 }] }""", ExitCode.Configuration, "network: conv-net does not fit the dataset drawn-digits: ")]
    [InlineData("""{ "kind": "mlp", "normalization": { "mean": [0.1, 0.2, 0.3, 0.4, 0.5], "std": [1] } }""", ExitCode.Configuration, "network.normalization: ")]
    [InlineData("""{ "kind": "mlp", "weights": "absent.safetensors" }""", ExitCode.File, "absent.safetensors")]
    [InlineData("""{ "kind": "onnx", "file": "absent.onnx" }""", ExitCode.File, "absent.onnx")]
    [InlineData("""{ "kind": "onnx" }""", ExitCode.Configuration, "file")]
    public async Task Fit_OfANetworkThatCannotBe_SaysWhy(string network, ExitCode exitCode, string message)
    {
        using TemporaryFolder folder = new();

        CommandRun fit = await CommandRun.Of("fit", "--config", Write(folder, network), "--output", folder.Combine("run"));

        fit.ExitCode.ShouldBe(exitCode, fit.Error);
        fit.ErrorLine.ShouldContain(message);
    }

    // The exported classifier behind a layer that makes three channels of the digits' two.
    private static OnnxGraph ForDigits()
    {
        OnnxGraph classifier = OnnxModelFile.Read(NetworkFixtures.Path("classifier.onnx"));
        ConstantTensor kernel = ConstantTensor.Of<float>([1, 0, 0, 1, 0, 0], 3, 2, 1, 1);
        GraphNode channels = new("Conv", ["pixels", "channels.weight"], ["three"], name: "channels");
        GraphNode weight = new("Constant", [], ["channels.weight"], NodeAttributes.None.With("value", kernel));
        return new(
            [new("pixels", new(ElementType.Float, new(Dimension.Named("n"), 2, 8, 8)))],
            classifier.Outputs,
            [weight, channels, .. classifier.Nodes.Select(node => new GraphNode(node.Operator, node.Inputs.Select(input => input == "pixels" ? "three" : input), node.Outputs, node.Attributes, node.Name))],
            classifier.Initializers,
            classifier.Opset,
            [KeyValuePair.Create("author", "somebody")]);
    }

    private static string Write(TemporaryFolder folder, string network) => TinyRun.Write(folder, json => json["network"] = JsonNode.Parse(network));
}
