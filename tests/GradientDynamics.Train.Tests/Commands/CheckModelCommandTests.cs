using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using GradientDynamics.CommandLine;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Train.Agreement;

namespace GradientDynamics.Train.Tests.Commands;

[Collection(TorchGlobalState.Name)]
public sealed class CheckModelCommandTests
{
    [Fact]
    public async Task A_network_agrees_with_its_gradient()
    {
        using TemporaryFolder folder = new();

        CommandRun check = await CommandRun.Of("check-model", Classifier(folder), "--json");

        check.ExitCode.ShouldBe(ExitCode.Done, check.Error);
        JsonNode set = JsonNode.Parse(check.Output)!["checks"]![0]!;
        ((string?)set["inputs"]!["x"]).ShouldBe("Float[2, 3, 4, 4]"); // a size that varies is 2
        ((bool)set["values"]![0]!["agrees"]!).ShouldBeTrue();
        ((string?)set["gradients"]![0]!["outcome"]).ShouldBe("agrees");
        ((string?)set["gradients"]![0]!["how"]).ShouldBe("ONNX Runtime");
    }

    [Fact]
    public async Task Without_gradients_none_is_checked()
    {
        using TemporaryFolder folder = new();

        CommandRun check = await CommandRun.Of("check-model", Classifier(folder), "--json", "--no-gradient");

        JsonNode.Parse(check.Output)!["checks"]![0]!["gradients"]!.AsArray().ShouldBeEmpty();
    }

    // ONNX Runtime fuses quantized operators into integer ones; that is no fault of either back end.
    [Fact]
    public async Task A_quantized_model_agrees_node_by_node()
    {
        CommandRun check = await CommandRun.Of("check-model", Path.Combine(AppContext.BaseDirectory, "Fixtures", "Exporters", "quantized-ort-opset18", "model.onnx"));

        check.ExitCode.ShouldBe(ExitCode.Done, check.Error);
        check.Output.ShouldContain("agree node by node");
    }

    // Token ids below the rows of their table, a mask that hides not everything, and sizes that two inputs share.
    [Fact]
    public async Task Token_ids_and_masks_are_drawn_as_they_can_be()
    {
        using TemporaryFolder folder = new();
        string path = Embedding(folder, rows: 5);

        OnnxGraph model = OnnxModelFile.Read(path);
        ModelInputs inputs = ModelInputs.Random(model, new(3), new Dictionary<string, long[]> { ["ids"] = [40, 6] }, new Dictionary<string, (double, double)>());
        CommandRun check = await CommandRun.Of("check-model", path, "--shape", "ids=3x7", "--range", "ids=2:4", "--json");

        long[] ids = inputs.Values["ids"].AsSpan<long>().ToArray();
        ids.Distinct().Order().ShouldBe([0, 1, 2, 3, 4]);
        inputs.Values["mask"].Sizes.ToArray().ShouldBe([40, 6]);
        inputs.Values["mask"].AsSpan<long>().ToArray().Where((_, i) => i % 6 == 0).ShouldAllBe(first => first == 1);
        check.ExitCode.ShouldBe(ExitCode.Done, check.Error);
        ((string?)JsonNode.Parse(check.Output)!["checks"]![0]!["inputs"]!["mask"]).ShouldBe("Int64[3, 7]");
    }

    [Fact]
    public async Task Numbers_that_are_not_finite_fail_by_the_output_s_name()
    {
        using TemporaryFolder folder = new();
        GraphBuilder graph = new();
        Value x = graph.Input("x", ElementType.Float, TensorShape.Of(2, 2));
        OnnxModelFile.Write(graph.Output(graph.Add("Log", [graph.Add("Sub", [x, x])], name: "logarithm"), "logits"), folder.Combine("model.onnx"));

        CommandRun check = await CommandRun.Of("check-model", folder.Combine("model.onnx"));

        check.ExitCode.ShouldBe(ExitCode.Numerics);
        check.ErrorLine.ShouldContain("is not finite on random inputs");
        check.Output.ShouldContain("agree"); // what was found is printed all the same
    }

    // A value that the back ends do not share: what ONNX Runtime is given is another graph.
    [Fact]
    public void The_first_node_at_which_values_part_is_the_one_named()
    {
        OnnxGraph graph = Chain(2);
        Dictionary<string, ConstantTensor> inputs = new() { ["x"] = ConstantTensor.Of<float>([1f, 2f], 2) };

        IReadOnlyList<ValueAgreement> values = BackEndRun.CompareValues(graph, Chain(3), inputs);

        values.Select(value => (value.Value, value.Agrees)).ShouldBe([("doubled", true), ("scaled", false), ("shifted", false)]);
    }

    [Fact]
    public async Task What_TorchSharp_cannot_execute_is_named_and_the_rest_compared()
    {
        using TemporaryFolder folder = new();
        GraphBuilder graph = new();
        Value x = graph.Input("x", ElementType.Float, TensorShape.Of(2, 3, 3));
        Value doubled = graph.Add(x, x, "doubled");
        OnnxGraph known = graph.Build(doubled);
        OnnxGraph model = new(known.Inputs, [new("y", new(ElementType.Float, TensorShape.Of(2)))], [.. known.Nodes, new("Det", [doubled.Name], ["y"], name: "volume")], known.Initializers);
        OnnxModelFile.Write(model, folder.Combine("model.onnx"));

        CommandRun check = await CommandRun.Of("check-model", folder.Combine("model.onnx"));

        check.ExitCode.ShouldBe(ExitCode.Done, check.Error);
        check.Error.ShouldContain("TorchSharp's side has no operator Det; what stands before was compared.");
        check.Output.ShouldContain($"{doubled.Name}, TorchSharp and ONNX Runtime");
    }

    [Fact]
    public async Task Given_inputs_are_read_from_NumPy_s_files()
    {
        using TemporaryFolder folder = new();
        string path = Embedding(folder, rows: 5);
        string arrays = folder.Combine("inputs.npz");
        using (ZipArchive archive = ZipFile.Open(arrays, ZipArchiveMode.Create))
        {
            Add(archive, "ids.npy", Npy("<i4", "(2, 3)", [4, 0, 1, 2, 3, 3])); // a 32-bit array for a 64-bit input
            Add(archive, "mask.npy", Npy("<i4", "(2, 3)", [1, 1, 0, 1, 0, 0]));
        }

        CommandRun check = await CommandRun.Of("check-model", path, "--inputs", arrays, "--json");

        check.ExitCode.ShouldBe(ExitCode.Done, check.Error);
        JsonNode.Parse(check.Output)!["checks"]!.AsArray().Select(set => (string?)set!["source"]).ShouldBe(["random", arrays]);
    }

    [Theory]
    [InlineData("--shape y=2", ExitCode.Configuration, "--shape: the model has no input 'y'; its inputs are x: Float[batch, 3, 4, 4]")]
    [InlineData("--shape x=2x3", ExitCode.Configuration, "--shape: x is given as 2x3; the model's input is x: Float[batch, 3, 4, 4]")]
    [InlineData("--shape x=2xa", ExitCode.Configuration, "--shape: is 'x=2xa'; accepted is NAME=2x16")]
    [InlineData("--range x=3:1", ExitCode.Configuration, "--range: is 'x=3:1'; accepted is NAME=0:100")]
    [InlineData("--inputs missing.npy", ExitCode.File, "missing.npy")]
    [InlineData("--inputs words.txt", ExitCode.File, "words.txt: inputs are accepted as .npz")]
    public async Task Wrong_arguments_are_named(string arguments, ExitCode exitCode, string message)
    {
        using TemporaryFolder folder = new();

        CommandRun check = await CommandRun.Of(["check-model", Classifier(folder), .. arguments.Split(' ')]);

        check.ExitCode.ShouldBe(exitCode, check.Error);
        check.ErrorLine.ShouldContain(message);
    }

    [Fact]
    public async Task A_folder_is_no_model()
    {
        using TemporaryFolder folder = new();

        CommandRun check = await CommandRun.Of("check-model", folder.Path);

        check.ExitCode.ShouldBe(ExitCode.File);
        check.ErrorLine.ShouldContain("this is a folder");
    }

    private static OnnxGraph Chain(float factor)
    {
        GraphBuilder graph = new();
        Value x = graph.Input("x", ElementType.Float, TensorShape.Of(2));
        Value doubled = graph.Add(x, x, "doubled");
        Value scaled = graph.Mul(doubled, graph.Parameter("factor", ConstantTensor.Scalar(factor)), "scaled");
        return graph.Build(graph.Add(scaled, doubled, "shifted"));
    }

    private static string Classifier(TemporaryFolder folder)
    {
        GraphBuilder graph = new(new Random(4));
        Value x = graph.Input("x", ElementType.Float, new(Dimension.Named("batch"), 3, 4, 4));
        string path = folder.Combine("classifier.onnx");
        OnnxModelFile.Write(graph.Output(graph.Gemm(graph.Relu(graph.Gemm(graph.Flatten(x), 8, "hidden")), 4, "logits")), path);
        return path;
    }

    private static string Embedding(TemporaryFolder folder, int rows)
    {
        GraphBuilder graph = new(new Random(4));
        TensorShape tokens = new(Dimension.Named("batch"), Dimension.Named("tokens"));
        Value ids = graph.Input("ids", ElementType.Int64, tokens);
        Value mask = graph.Input("mask", ElementType.Int64, tokens);
        Value table = graph.Parameter("table", ConstantTensor.Of<float>([.. Enumerable.Range(0, rows * 2).Select(i => i / 7f)], rows, 2));
        Value looked = graph.Add("Gather", [table, ids]);
        Value weights = graph.Add("Unsqueeze", [graph.Add("Cast", [mask], NodeAttributes.None.With("to", (long)ElementType.Float)), graph.Constant(ConstantTensor.Vector(-1))]);
        string path = folder.Combine("embedding.onnx");
        OnnxModelFile.Write(graph.Output(graph.Mul(looked, weights), "features"), path);
        return path;
    }

    private static void Add(ZipArchive archive, string name, byte[] bytes)
    {
        using Stream stream = archive.CreateEntry(name).Open();
        stream.Write(bytes);
    }

    private static byte[] Npy(string description, string shape, int[] numbers)
    {
        string header = $"{{'descr': '{description}', 'fortran_order': False, 'shape': {shape}, }}".PadRight(117) + "\n";
        return [0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, 0, .. Encoding.ASCII.GetBytes(header), .. numbers.SelectMany(BitConverter.GetBytes)];
    }
}
