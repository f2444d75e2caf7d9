using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using GradientDynamics.CommandLine;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Train.Agreement;
using GradientDynamics.Train.Commands;

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

        JsonNode set = JsonNode.Parse(check.Output)!["checks"]![0]!;
        set["gradients"]!.AsArray().ShouldBeEmpty();
        ((string?)set["gradientsNotChecked"]).ShouldBe("--no-gradient was given");
    }

    // Whether the fused operators round elsewhere depends on the processor's instructions.
    [Fact]
    public async Task A_quantized_model_agrees()
    {
        CommandRun check = await CommandRun.Of("check-model", Path.Combine(AppContext.BaseDirectory, "Fixtures", "Exporters", "quantized-ort-opset18", "model.onnx"));

        check.ExitCode.ShouldBe(ExitCode.Done, check.Error);
        check.Output.ShouldContain("agree");
    }

    // ONNX Runtime fuses quantized operators into integer ones; that is no fault of either back end. Without quantization, or with a node at which they part, it is.
    [Theory]
    [InlineData(true, false, true)]
    [InlineData(false, false, false)]
    [InlineData(true, true, false)]
    public void What_fusion_of_quantized_operators_rounds_elsewhere_is_no_failure(bool isQuantized, bool parts, bool passes)
    {
        ValueAgreement apart = new("logits", 0.5, 1e-4, Agrees: false);
        CheckedInputs check = new("random", new Dictionary<string, string>(), [apart], parts ? new("QuantizeLinear", "q", apart) : null, null, [], "the outputs differ") { IsQuantized = isQuantized };

        CheckResult result = CheckResult.Of("model.onnx", [], [check]);

        (result.Failure is null).ShouldBe(passes);
        result.ToTable().ToMarkdown().Contains("agree node by node", StringComparison.Ordinal).ShouldBe(passes);
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

        IReadOnlyList<ValueAgreement> values = BackEndRun.CompareValues(graph, Chain(3), "chain", inputs);

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

    // A gradient with respect to token ids does not exist; with respect to their embeddings it does.
    [Fact]
    public async Task Integer_inputs_have_no_gradient_to_check_but_at_a_cut()
    {
        using TemporaryFolder folder = new();
        string path = Embedding(folder, rows: 5);

        CommandRun table = await CommandRun.Of("check-model", path);
        CommandRun whole = await CommandRun.Of("check-model", path, "--json");
        CommandRun cut = await CommandRun.Of("check-model", path, "--cut", "embeddings", "--json");

        table.ExitCode.ShouldBe(ExitCode.Done, table.Error);
        table.Output.ShouldContain("not checked: the model has no input of floating point, and a gradient with respect to ids: Int64[batch, tokens], mask: Int64[batch, tokens] does not exist; --cut NAME");
        JsonNode of = JsonNode.Parse(whole.Output)!;
        ((int)of["gradientsChecked"]!).ShouldBe(0);
        ((string?)of["checks"]![0]!["gradientsNotChecked"])!.ShouldContain("no input of floating point");
        cut.ExitCode.ShouldBe(ExitCode.Done, cut.Error);
        JsonNode at = JsonNode.Parse(cut.Output)!;
        ((int)at["gradientsChecked"]!).ShouldBe(1);
        at["checks"]![0]!["gradientsNotChecked"].ShouldBeNull();
        ((string?)at["checks"]![0]!["gradients"]![0]!["input"]).ShouldBe("embeddings");
        ((string?)at["checks"]![0]!["gradients"]![0]!["outcome"]).ShouldBe("agrees");
        ((string?)at["checks"]![0]!["gradients"]![0]!["comparedWith"]).ShouldBe("finite differences");
    }

    [Theory]
    [InlineData("embedings", "--cut: The model has no value 'embedings' to cut the graph at. Near are 'embeddings', ")]
    [InlineData("ids", "--cut: The graph cannot be cut at 'ids', which is Int64[batch, tokens]")]
    public async Task A_cut_that_does_not_fit_is_the_option_s_fault(string cut, string message)
    {
        using TemporaryFolder folder = new();

        CommandRun check = await CommandRun.Of("check-model", Embedding(folder, rows: 5), "--cut", cut);

        check.ExitCode.ShouldBe(ExitCode.Configuration);
        check.ErrorLine.ShouldContain(message);
    }

    // Differences of a rounded function are 0 or a jump: what was compared is autograd's gradient, and the table says so.
    [Fact]
    public async Task A_gradient_that_passes_straight_through_is_labelled_by_what_it_was_compared_with()
    {
        using TemporaryFolder folder = new();
        GraphBuilder graph = new(new Random(4));
        Value x = graph.Input("x", ElementType.Float, TensorShape.Of(2, 3));
        OnnxModelFile.Write(graph.Output(graph.Gemm(graph.Add("Round", [graph.Add(x, x)], name: "levels"), 4, "logits")), folder.Combine("model.onnx"));

        CommandRun check = await CommandRun.Of("check-model", folder.Combine("model.onnx"));

        check.ExitCode.ShouldBe(ExitCode.Done, check.Error);
        check.Output.ShouldContain("gradient of x, ONNX Runtime and autograd ");
        check.Output.ShouldContain("passes gradients straight through");
        check.Output.ShouldNotContain("finite differences");
    }

    [Theory]
    [InlineData("cut.pb", "it states no element type: the data are empty or cut off")]
    [InlineData("noise.pb", "this is no ONNX tensor")]
    [InlineData("wide.npy", "'x' is Float[2, 4, 4, 4]; the model's input is x: Float[batch, 3, 4, 4]")]
    [InlineData("short.npy", "the file is cut off")]
    [InlineData("noise.npz", "")]
    public async Task A_broken_file_of_inputs_is_named(string name, string message)
    {
        using TemporaryFolder folder = new();
        string file = folder.Combine(name);
        byte[] wide = Npy("<f4", "(2, 4, 4, 4)", new int[128]);
        File.WriteAllBytes(file, name switch { "cut.pb" => [], "noise.pb" => [255, 255, 255], "wide.npy" => wide, "short.npy" => wide[..40], _ => [1, 2, 3] });

        CommandRun check = await CommandRun.Of("check-model", Classifier(folder), "--inputs", file);

        check.ExitCode.ShouldBe(ExitCode.File, check.Error);
        check.ErrorLine.ShouldStartWith($"error: {file}");
        check.ErrorLine.ShouldContain(message);
    }

    // Inputs of the right type and shape on which the model does not run: token ids beyond their table, and two inputs that share a size.
    [Theory]
    [InlineData("(2, 3)", "does not run on it")]
    [InlineData("(3, 2)", "another input has 2 for 'batch'")]
    public async Task Inputs_on_which_a_model_does_not_run_are_named(string shape, string message)
    {
        using TemporaryFolder folder = new();
        string path = Embedding(folder, rows: 5);
        string arrays = folder.Combine("inputs.npz");
        using (ZipArchive archive = ZipFile.Open(arrays, ZipArchiveMode.Create))
        {
            Add(archive, "ids.npy", Npy("<i4", "(2, 3)", [4, 0, 1, 2, 3, 99]));
            Add(archive, "mask.npy", Npy("<i4", shape, [1, 1, 0, 1, 0, 0]));
        }

        CommandRun check = await CommandRun.Of("check-model", path, "--inputs", arrays);

        check.ExitCode.ShouldBe(ExitCode.File, check.Error);
        check.ErrorLine.ShouldStartWith($"error: {arrays}: ");
        check.ErrorLine.ShouldContain(message);
    }

    // The file and its own opset, not the name of its graph and the opset to which it was raised.
    [Fact]
    public async Task An_operator_that_nobody_knows_is_the_file_s_fault()
    {
        using TemporaryFolder folder = new();
        string path = folder.Combine("model.onnx");
        TensorType type = new(ElementType.Float, TensorShape.Of(2));
        OnnxModelFile.Write(new([new("x", type)], [new("y", type)], [new("Levitate", ["x"], ["y"], name: "rise")], [], opset: 21, name: "main_graph"), path);

        CommandRun check = await CommandRun.Of("check-model", path);

        check.ExitCode.ShouldBe(ExitCode.File);
        check.ErrorLine.ShouldContain($"{path}: ");
        check.ErrorLine.ShouldContain("node 'rise': operator Levitate is not known in operator set 21");
        check.ErrorLine.ShouldNotContain("main_graph");
    }

    [Fact]
    public async Task An_opset_that_is_not_known_is_named_with_the_accepted_ones()
    {
        using TemporaryFolder folder = new();
        string path = folder.Combine("model.onnx");
        TensorType type = new(ElementType.Float, TensorShape.Of(2));
        OnnxModelFile.Write(new([new("x", type)], [new("y", type)], [new("Relu", ["x"], ["y"])], [], opset: 25), path);

        CommandRun check = await CommandRun.Of("check-model", path);

        check.ExitCode.ShouldBe(ExitCode.File);
        check.ErrorLine.ShouldContain($"'{path}': the model follows opset 25; opsets 9 to 24 are accepted");
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
        Value looked = graph.Add("Gather", [table, ids], name: "embeddings");
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
