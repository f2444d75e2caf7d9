using System.Diagnostics;
using System.Text.Json;
using GradientDynamics.CommandLine;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Networks;
using GradientDynamics.Onnx.Runtime;
using GradientDynamics.Serve.Tests;
using static GradientDynamics.Onnx.Runtime.Tests.SmallModels;

namespace GradientDynamics.Serve.Commands.Tests;

public class ModelFileCommandTests
{
    [Fact]
    public async Task Inspect_prints_what_a_model_is()
    {
        using var folder = new TemporaryFolder();
        OnnxGraph model = OnnxModelFile.Parse(Linear()).WithMetadata([KeyValuePair.Create("gradientdynamics.task", "classification")]);
        string path = folder.Write("model.onnx", OnnxModelFile.ToBytes(model));

        (int exitCode, string output, _) = await RunAsync("inspect", path);

        exitCode.ShouldBe(0);
        output.ShouldContain($"{path}: operator set 20, 9 parameters");
        output.ShouldContain("It can be served.");
        output.ShouldContain("It can be executed and trained by TorchSharp.");
        output.ShouldContain("It can be served with its input gradients.");
        output.ShouldContain("| Gemm     |     1 | yes      | yes     | rule     |");
        output.ShouldContain("[batch, 2]");
        output.ShouldContain("Gemm");
        output.ShouldContain("gradientdynamics.task = classification");
    }

    [Fact]
    public async Task Inspect_prints_JSON()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("model.onnx", Linear());

        (_, string output, _) = await RunAsync("inspect", path, "--json");

        JsonElement json = JsonDocument.Parse(output).RootElement;
        json.GetProperty("opset").GetInt32().ShouldBe(20);
        json.GetProperty("parameters").GetInt64().ShouldBe(9);
        json.GetProperty("operators").GetProperty("Gemm").GetInt32().ShouldBe(1);
        json.GetProperty("operatorSupport").GetProperty("Gemm").GetProperty("gradient").GetString().ShouldBe("rule");
        json.GetProperty("cannotBeTrained").ValueKind.ShouldBe(JsonValueKind.Null);
        json.GetProperty("inputs")[0].GetProperty("shape")[0].GetString().ShouldBe("batch");
    }

    [Fact]
    public async Task Inspect_says_why_a_model_cannot_be_served()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("model.onnx", Of([Value("x", ElementType.Float, 1)], [Value("y", ElementType.Float, 1)], [new GraphNode("Levitate", ["x"], ["y"], name: "rise")]));

        (int exitCode, string output, _) = await RunAsync("inspect", path);

        exitCode.ShouldBe(0);
        output.ShouldContain("It cannot be served: ");
        output.ShouldContain("node 'rise': operator Levitate is not known in operator set 20");
        output.ShouldContain("It cannot be executed and trained by TorchSharp: TorchSharp's side has no operator Levitate");
        output.ShouldContain("It cannot be served with its input gradients: ");
        output.ShouldContain("| Levitate |     1 | no       | no      | none     |");
    }

    [Theory]
    [InlineData("inspect")]
    [InlineData("derive-gradient")]
    public async Task A_file_that_is_no_model_is_named_with_exit_code_3(string command)
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("text.onnx", "this is no model"u8);
        string output = Path.Combine(folder.Path, "out.onnx");

        (int exitCode, _, string error) = await RunAsync(command == "inspect" ? [command, path] : [command, path, output]);

        exitCode.ShouldBe((int)ExitCode.File);
        error.TrimEnd().ShouldNotContain("\n");
        error.ShouldContain(path);
        File.Exists(output).ShouldBeFalse();
    }

    [Fact]
    public async Task Derive_gradient_writes_a_companion_that_runs()
    {
        using var folder = new TemporaryFolder();
        string model = folder.Write("model.onnx", Linear());
        string companion = Path.Combine(folder.Path, "companion.onnx");

        (int exitCode, _, string error) = await RunAsync("derive-gradient", model, companion);

        error.ShouldBeEmpty();
        exitCode.ShouldBe(0);
        using OnnxSession session = OnnxSession.Load(companion);
        session.Inputs.Select(input => input.Name).ShouldBe(["x", "labels", "targets", "loss_kind"]);
        session.Outputs.Select(output => output.Name).ShouldBe(["logits", "loss", "input_gradient"]);
    }

    [Fact]
    public async Task Derive_gradient_cuts_the_graph_where_it_is_told()
    {
        using var folder = new TemporaryFolder();
        string model = folder.Write("model.onnx", Tokens());
        string companion = Path.Combine(folder.Path, "companion.onnx");

        (int exitCode, _, string error) = await RunAsync("derive-gradient", model, companion, "--cut", "embedding");

        error.ShouldBeEmpty();
        exitCode.ShouldBe(0);
        using OnnxSession session = OnnxSession.Load(companion);
        session.Inputs.Select(input => input.Name).ShouldBe(["embedding", "labels", "targets", "loss_kind"]);
    }

    [Fact]
    public async Task Derive_gradient_in_another_process_writes_the_same_bytes()
    {
        // Strings hash differently in every process: an order that comes from a hash table would show.
        using var folder = new TemporaryFolder();
        string model = folder.Write("model.onnx", OnnxModelFile.ToBytes(new ResNet18Options { Width = 4 }.Create(new([3, 16, 16]), 5, new(1))));
        string here = Path.Combine(folder.Path, "here.onnx");
        string there = Path.Combine(folder.Path, "there.onnx");

        (await RunAsync("derive-gradient", model, here)).ExitCode.ShouldBe(0);
        using Process process = Process.Start("dotnet", [Path.Combine(AppContext.BaseDirectory, "gd-serve.dll"), "derive-gradient", model, there]);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        process.ExitCode.ShouldBe(0);
        (await File.ReadAllBytesAsync(there, TestContext.Current.CancellationToken)).ShouldBe(await File.ReadAllBytesAsync(here, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Derive_gradient_names_the_operator_without_a_rule_and_writes_nothing()
    {
        using var folder = new TemporaryFolder();
        string model = folder.Write("model.onnx", Of(
            [Value("x", ElementType.Float, Dimension.Named("batch"), 3, 1, 1)], [Value("z", ElementType.Float, Dimension.Named("batch"), 3)], [new GraphNode("Det", ["x"], ["z"], name: "volume")]));
        string companion = Path.Combine(folder.Path, "companion.onnx");

        (int exitCode, _, string error) = await RunAsync("derive-gradient", model, companion);

        exitCode.ShouldBe((int)ExitCode.File);
        error.ShouldContain("Det");
        Directory.GetFiles(folder.Path).ShouldBe([model]);
    }

    [Theory]
    [InlineData("--cut embeddings", "--cut: The model has no value 'embeddings' to cut the graph at. Near are 'embedding', 'z'.")]
    [InlineData("--cut tokens", "--cut: The graph cannot be cut at 'tokens', which is Int64[batch, 3]")]
    [InlineData("--cut z", "--cut: The graph cannot be cut at 'z': these are the logits themselves")]
    [InlineData("--cut embedding --logits zz", "--logits: The model has no value 'zz' to take as logits. Near are 'z', 'embedding'.")]
    [InlineData("--input nope", "--input: The model has no input 'nope' of floating point to differentiate")]
    [InlineData("--input tokens --cut embedding", "--input: The input 'tokens' and the cut 'embedding' are both named")]
    public async Task Derive_gradient_names_the_option_that_does_not_fit(string options, string message)
    {
        using var folder = new TemporaryFolder();
        string model = folder.Write("model.onnx", Tokens());

        (int exitCode, _, string error) = await RunAsync(["derive-gradient", model, Path.Combine(folder.Path, "out.onnx"), .. options.Split(' ')]);

        exitCode.ShouldBe((int)ExitCode.Configuration);
        error.ShouldStartWith($"error: {message}");
        Directory.GetFiles(folder.Path).ShouldBe([model]);
    }

    // Neither the model nor the file that holds its weights is written over.
    [Fact]
    public async Task Derive_gradient_keeps_the_model()
    {
        using var folder = new TemporaryFolder();
        string model = Path.Combine(folder.Path, "model.onnx");
        OnnxModelFile.WriteWithData(new MlpOptions { HiddenWidths = [64] }.Create(new([64]), 3, new(1)), model);
        byte[] weights = File.ReadAllBytes(model + ".data");

        (int onModel, _, string modelError) = await RunAsync("derive-gradient", model, model);
        (int onWeights, _, string weightsError) = await RunAsync("derive-gradient", model, model + ".data");

        onModel.ShouldBe((int)ExitCode.Configuration);
        modelError.ShouldStartWith($"error: {model}: is the model itself");
        onWeights.ShouldBe((int)ExitCode.Configuration);
        weightsError.ShouldContain("the model's weights are in 'model.onnx.data' beside it");
        File.ReadAllBytes(model + ".data").ShouldBe(weights);
    }

    // ONNX Runtime may know an opset before this library does: the file is served, and nothing else.
    [Fact]
    public async Task An_opset_that_is_not_known_is_named_with_the_accepted_ones()
    {
        using var folder = new TemporaryFolder();
        TensorType type = new(ElementType.Float, new(Dimension.Named("batch"), 3));
        string model = folder.Write("model.onnx", OnnxModelFile.ToBytes(new([new("x", type)], [new("y", type)], [new("Relu", ["x"], ["y"])], [], opset: 25)));
        const string Obstacle = "the model follows opset 25; opsets 9 to 24 are accepted";

        (int exitCode, string output, _) = await RunAsync("inspect", model);
        (int derived, _, string error) = await RunAsync("derive-gradient", model, Path.Combine(folder.Path, "out.onnx"));

        exitCode.ShouldBe(0);
        output.ShouldContain("operator set 25");
        output.ShouldContain($"It cannot be executed and trained by TorchSharp: {Obstacle}");
        output.ShouldContain($"It cannot be served with its input gradients: {Obstacle}");
        output.ShouldContain("| Relu     |     1 | no       | no      | none     |");
        derived.ShouldBe((int)ExitCode.File);
        error.ShouldContain(Obstacle);
        error.ShouldContain(model);
    }

    // The mean of the embeddings of a few tokens.
    private static byte[] Tokens() => Of(
        [Value("tokens", ElementType.Int64, Dimension.Named("batch"), 3)],
        [Value("z", ElementType.Float, Dimension.Named("batch"), 2)],
        [
            new GraphNode("Gather", ["table", "tokens"], ["embedding"]),
            new GraphNode("ReduceMean", ["embedding", "axes"], ["z"], NodeAttributes.None.With("keepdims", 0)),
        ],
        ("table", ConstantTensor.Of<float>([1, 2, 3, 4, 5, 6, 7, 8], 4, 2)),
        ("axes", ConstantTensor.Vector(1)));

    private static async Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        int exitCode = await CommandHost.RunAsync(ServeCommand.CreateRoot(), arguments, output, error, TestContext.Current.CancellationToken);
        return (exitCode, output.ToString(), error.ToString());
    }
}
