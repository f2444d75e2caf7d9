using GradientDynamics.CommandLine;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Runtime;
using GradientDynamics.Serve.Tests;

namespace GradientDynamics.Serve.Commands.Tests;

public class NormalizeCommandTests
{
    private const int Channels = 3;
    private const int Side = 2;

    // One division, one subtraction and one product in single precision, in the graph and outside it.
    private const double Rounding = 1e-5;

    private static readonly double[] Mean = [0.485, 0.456, 0.406];
    private static readonly double[] Std = [0.229, 0.224, 0.225];

    [Theory]
    [InlineData("nchw", 1)]
    [InlineData("nhwc", 1)]
    [InlineData("nchw", 255)]
    public async Task The_graph_gives_what_the_model_gives_for_inputs_normalized_outside(string layout, double scale)
    {
        using var folder = new TemporaryFolder();
        string model = Write(folder, layout);
        string normalized = Path.Combine(folder.Path, "normalized.onnx");
        string Text(double[] numbers) => string.Join(",", numbers.Select(number => FormattableString.Invariant($"{number * scale}")));

        (int exitCode, _, string error) = await RunAsync("normalize", model, normalized, "--mean", Text(Mean), "--std", Text(Std), "--layout", layout, "--scale", $"{scale}");

        error.ShouldBeEmpty();
        exitCode.ShouldBe(0);
        float[] pixels = [.. Enumerable.Range(0, 2 * Channels * Side * Side).Select(i => i / 23f)];
        float[] outside = [.. pixels.Select((pixel, i) =>
        {
            int channel = layout == "nchw" ? i / (Side * Side) % Channels : i % Channels;
            return (float)((pixel - Mean[channel]) / Std[channel]);
        })];
        using OnnxSession before = OnnxSession.Load(model);
        using OnnxSession after = OnnxSession.Load(normalized);
        float[] expected = before.Run(outside, Shape(layout));
        float[] actual = after.Run(pixels, Shape(layout));
        actual.Zip(expected, (one, other) => Math.Abs(one - other)).Max().ShouldBeLessThan((float)Rounding * expected.Max(Math.Abs));
        after.Inputs[0].ShouldBeEquivalentTo(before.Inputs[0]);
        ModelMetadata metadata = ModelMetadata.Read(OnnxModelFile.Read(normalized));
        metadata.InputBounds.ShouldBe(new([0], [1]));
        metadata.Layout.ShouldBe(layout == "nchw" ? "CHW" : "HWC");
    }

    [Fact]
    public async Task One_number_is_for_all_channels_and_a_model_is_normalized_once()
    {
        using var folder = new TemporaryFolder();
        string model = Write(folder, "nchw");
        string once = Path.Combine(folder.Path, "once.onnx");
        string twice = Path.Combine(folder.Path, "twice.onnx");

        (int first, _, _) = await RunAsync("normalize", model, once, "--mean", "0.5", "--std", "0.25");
        (int second, _, string error) = await RunAsync("normalize", once, twice, "--mean", "0.5", "--std", "0.25");

        first.ShouldBe(0);
        second.ShouldBe((int)ExitCode.File);
        error.ShouldStartWith($"error: {once}: was normalized before, with ");
        error.ShouldContain("--again");
        File.Exists(twice).ShouldBeFalse();
        (await RunAsync("normalize", once, twice, "--mean", "0.5", "--std", "0.25", "--again")).ExitCode.ShouldBe(0);
        File.Exists(twice).ShouldBeTrue();
    }

    [Fact]
    public async Task The_model_itself_is_not_written_over()
    {
        using var folder = new TemporaryFolder();
        string model = Write(folder, "nchw");
        byte[] before = File.ReadAllBytes(model);
        string link = Path.Combine(folder.Path, "link.onnx");
        File.CreateSymbolicLink(link, model);

        foreach (string output in new[] { model, link })
        {
            (int exitCode, _, string error) = await RunAsync("normalize", model, output, "--mean", "0.5", "--std", "0.25");

            exitCode.ShouldBe((int)ExitCode.Configuration);
            error.ShouldStartWith($"error: {output}: is the model itself");
        }

        File.ReadAllBytes(model).ShouldBe(before);
    }

    // A node whose types fit and which ONNX Runtime has no kernel for: the file that was given is at fault, not the one to be written.
    [Fact]
    public async Task A_model_that_cannot_be_run_is_named_and_not_the_output()
    {
        using var folder = new TemporaryFolder();
        TensorType type = new(ElementType.Float, new(Dimension.Named("batch"), 3, 2, 2));
        string model = folder.Write("model.onnx", OnnxModelFile.ToBytes(new([new("x", type)], [new("y", type)], [new("Levitate", ["x"], ["y"], name: "rise")], [])));
        string output = Path.Combine(folder.Path, "out.onnx");

        (int exitCode, _, string error) = await RunAsync("normalize", model, output, "--mean", "0.5", "--std", "0.25");

        exitCode.ShouldBe((int)ExitCode.File);
        error.ShouldStartWith($"error: {model}: ");
        error.ShouldContain("operator Levitate is not known");
        error.ShouldNotContain("out.onnx");
    }

    [Fact]
    public async Task An_output_that_cannot_be_written_is_named_by_its_own_name()
    {
        using var folder = new TemporaryFolder();
        string model = Write(folder, "nchw");
        string below = Path.Combine(model, "out.onnx"); // a file is no folder

        (int exitCode, _, string error) = await RunAsync("normalize", model, below, "--mean", "0.5", "--std", "0.25");
        (int folderCode, _, string folderError) = await RunAsync("normalize", model, folder.Path, "--mean", "0.5", "--std", "0.25");

        exitCode.ShouldBe((int)ExitCode.File);
        error.ShouldContain(model);
        error.ShouldNotContain(".tmp");
        folderCode.ShouldBe((int)ExitCode.Configuration);
        folderError.ShouldContain("is a folder; accepted is the name of a file to write");
    }

    [Fact]
    public async Task A_model_that_states_its_bounds_is_refused()
    {
        using var folder = new TemporaryFolder();
        string model = Write(folder, "nchw");
        OnnxModelFile.Write(OnnxModelFile.Read(model).WithMetadata(new ModelMetadata { InputBounds = new([0], [1]) }.ToEntries()), model);

        (int exitCode, _, string error) = await RunAsync("normalize", model, Path.Combine(folder.Path, "out.onnx"), "--mean", "0.5", "--std", "0.25");

        exitCode.ShouldBe((int)ExitCode.File);
        error.ShouldContain("states the bounds of its inputs");
    }

    [Theory]
    [InlineData("--mean 0.1,0.2 --std 0.5", ExitCode.Configuration, "--mean: the input 'x' is Float[batch, 3, 2, 2], with 3 channels in NCHW; mean has 2 numbers, and 3 or one are accepted")]
    [InlineData("--mean 0.1 --std 1,2,3,4", ExitCode.Configuration, "std has 4 numbers, and 3 or one are accepted")]
    [InlineData("--mean 0.1 --std 0", ExitCode.Configuration, "--std: has '0'; positive finite numbers are accepted")]
    [InlineData("--mean a,b --std 1", ExitCode.Configuration, "--mean: has 'a'; finite numbers are accepted")]
    [InlineData("--mean 0.1", ExitCode.Configuration, "--std")]
    [InlineData("--mean 0.1 --std 1 --scale 0", ExitCode.Configuration, "--scale: is '0'; a positive finite number is accepted")]
    [InlineData("--mean 0.1 --std 1 --layout chwn", ExitCode.Configuration, "--layout")]
    [InlineData("--mean 0.1 --std 1 --input y", ExitCode.Configuration, "--input: the model has no input 'y'; its inputs are x: Float[batch, 3, 2, 2]")]
    public async Task Wrong_arguments_are_named_and_nothing_is_written(string arguments, ExitCode expected, string message)
    {
        using var folder = new TemporaryFolder();
        string model = Write(folder, "nchw");

        (int exitCode, _, string error) = await RunAsync(["normalize", model, Path.Combine(folder.Path, "out.onnx"), .. arguments.Split(' ')]);

        exitCode.ShouldBe((int)expected, error);
        error.ShouldContain(message);
        Directory.GetFiles(folder.Path).ShouldBe([model]);
    }

    [Fact]
    public async Task An_input_of_bytes_is_refused_by_name()
    {
        using var folder = new TemporaryFolder();
        GraphBuilder graph = new();
        Value bytes = graph.Input("pixels", ElementType.UInt8, new(Dimension.Named("batch"), 4));
        string model = folder.Write("model.onnx", OnnxModelFile.ToBytes(graph.Output(graph.Add("Cast", [bytes], NodeAttributes.None.With("to", (long)ElementType.Float), "logits"))));

        (int exitCode, _, string error) = await RunAsync("normalize", model, Path.Combine(folder.Path, "out.onnx"), "--mean", "0", "--std", "1", "--input", "pixels");

        exitCode.ShouldBe((int)ExitCode.Configuration);
        error.ShouldContain("the input 'pixels' is UInt8[batch, 4]; a floating-point type is accepted");
    }

    private static long[] Shape(string layout) => layout == "nchw" ? [2, Channels, Side, Side] : [2, Side, Side, Channels];

    private static string Write(TemporaryFolder folder, string layout)
    {
        GraphBuilder graph = new(new Random(3));
        long[] shape = Shape(layout);
        Value x = graph.Input("x", ElementType.Float, new([Dimension.Named("batch"), .. shape.Skip(1).Select(size => Dimension.Fixed(size))]));
        return folder.Write("model.onnx", OnnxModelFile.ToBytes(graph.Output(graph.Gemm(graph.Flatten(x), 4, "logits"))));
    }

    private static async Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        int exitCode = await CommandHost.RunAsync(ServeCommand.CreateRoot(), arguments, output, error, TestContext.Current.CancellationToken);
        return (exitCode, output.ToString(), error.ToString());
    }
}
