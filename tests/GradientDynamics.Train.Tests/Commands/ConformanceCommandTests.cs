using System.Text.Json.Nodes;
using GradientDynamics.CommandLine;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Train.Tests.Conformance;

namespace GradientDynamics.Train.Tests.Commands;

[Collection(TorchGlobalState.Name)]
public sealed class ConformanceCommandTests
{
    // Issue: "unsupported only where docs/operators.md names a datatype or an operator outside the list, at most 3 % of the cases".
    private const double LargestUnsupportedShare = 0.03;

    private static string? Suite =>
        Environment.GetEnvironmentVariable("GRADIENTDYNAMICS_DATA") is { Length: > 0 } data && Directory.Exists(Path.Combine(data, "onnx-backend-tests"))
            ? Path.Combine(data, "onnx-backend-tests")
            : null;

    [Fact]
    public async Task Onnxs_own_cases_pass()
    {
        Assert.SkipWhen(Suite is null, "GRADIENTDYNAMICS_DATA names no folder with onnx-backend-tests.");

        CommandRun run = await CommandRun.Of("conformance", Suite, "--json");

        JsonObject result = JsonNode.Parse(run.Output)!.AsObject();
        string[] failed = [.. result["cases"]!.AsArray().Where(each => (string?)each!["result"] == "failed").Select(each => $"{each!["name"]}: {each["reason"]}")];
        failed.ShouldBeEmpty();
        run.ExitCode.ShouldBe(ExitCode.Done);
        int count = result["cases"]!.AsArray().Count;
        ((int)result["passed"]! + (int)result["unsupported"]!).ShouldBe(count);
        ((double)result["unsupported"]! / count).ShouldBeLessThanOrEqualTo(LargestUnsupportedShare);
    }

    [Fact]
    public async Task A_case_whose_outputs_are_as_expected_passes_with_its_gradient()
    {
        using TemporaryFolder folder = new();
        SmallCase.Exp(folder.Combine("test_exp")).Write([0f, 1f], [1f, MathF.E]);

        CommandRun run = await CommandRun.Of("conformance", folder.Path);

        run.ExitCode.ShouldBe(ExitCode.Done, run.Error);
        run.Output.ShouldStartWith("passed test_exp: ");
        run.Output.ShouldContain("gradient checked (ONNX Runtime) of x");
        run.Output.ShouldContain("|      1 |      0 |           0 |                1 |");
        run.Error.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_wrong_output_fails_with_its_error_and_the_exit_code_of_a_gate()
    {
        using TemporaryFolder folder = new();
        SmallCase.Exp(folder.Combine("deep", "test_exp")).Write([0f, 1f], [1f, 3f]);

        CommandRun run = await CommandRun.Of("conformance", folder.Path, "--json");

        run.ExitCode.ShouldBe(ExitCode.GateFailed);
        JsonNode each = JsonNode.Parse(run.Output)!["cases"]![0]!;
        ((string?)each["name"]).ShouldBe("deep/test_exp");
        ((string?)each["result"]).ShouldBe("failed");
        ((double)each["largestError"]!).ShouldBe(3 - Math.E, 1e-6); // float32
        ((string?)each["reason"])!.ShouldContain("element 1 of output 'y' is 2.71828");
        each["operators"]!.AsArray().Select(name => (string?)name).ShouldBe(["Exp"]);
        run.Error.ShouldContain("conformance 1/1: failed deep/test_exp");
    }

    [Fact]
    public async Task Every_data_set_is_compared()
    {
        using TemporaryFolder folder = new();
        SmallCase each = SmallCase.Exp(folder.Combine("test_exp"));
        each.Write([0f, 0f], [1f, 1f]);
        each.Write([1f, 0f], [1f, 1f], dataSet: 1);

        CommandRun run = await CommandRun.Of("conformance", folder.Path);

        run.ExitCode.ShouldBe(ExitCode.GateFailed);
        run.Output.ShouldContain("test_data_set_1: element 0");
    }

    // Within ONNX's own tolerance, outside of it, and what is no number.
    [Theory]
    [InlineData(1.0005f, true)]
    [InlineData(1.002f, false)]
    [InlineData(float.NaN, false)]
    [InlineData(float.PositiveInfinity, false)]
    public async Task Floats_are_compared_with_Onnxs_tolerance(float expected, bool passes)
    {
        using TemporaryFolder folder = new();
        SmallCase.Exp(folder.Combine("test_exp")).Write([0f, 0f], [expected, 1f]);

        CommandRun run = await CommandRun.Of("conformance", folder.Path);

        run.ExitCode.ShouldBe(passes ? ExitCode.Done : ExitCode.GateFailed, run.Output);
    }

    [Fact]
    public async Task NaN_equals_NaN_and_the_gradient_there_is_not_checked()
    {
        using TemporaryFolder folder = new();
        SmallCase.Exp(folder.Combine("test_exp")).Write([float.NaN, float.NegativeInfinity], [float.NaN, 0f]);

        CommandRun run = await CommandRun.Of("conformance", folder.Path);

        run.ExitCode.ShouldBe(ExitCode.Done, run.Output);
        run.Output.ShouldContain("gradient not checked (the outputs are not finite) of x");
    }

    [Fact]
    public async Task Integers_are_compared_exactly()
    {
        using TemporaryFolder folder = new();
        SmallCase.Of(folder.Combine("test_neg"), "Neg", ElementType.Int64).Write(ConstantTensor.Vector(100_000, 2), ConstantTensor.Vector(-100_000, -3));

        CommandRun run = await CommandRun.Of("conformance", folder.Path);

        run.ExitCode.ShouldBe(ExitCode.GateFailed);
        run.Output.ShouldContain("element 1 of output 'y' is -2, expected -3");
    }

    [Theory]
    [InlineData("StringNormalizer", ElementType.Float, "operator StringNormalizer")]
    [InlineData("Identity", ElementType.String, "datatype: ")]
    public async Task What_is_not_supported_is_named(string @operator, ElementType element, string reason)
    {
        using TemporaryFolder folder = new();
        ConstantTensor data = element == ElementType.String
            ? new([2], [new byte[] { 1 }, new byte[] { 2 }])
            : new(element, [2], new byte[2 * element.Size]);
        SmallCase.Of(folder.Combine("test_case"), @operator, element).Write(data, data);

        CommandRun run = await CommandRun.Of("conformance", folder.Path);

        run.ExitCode.ShouldBe(ExitCode.Done, run.Output);
        run.Output.ShouldStartWith($"unsupported test_case: {reason}");
    }

    [Fact]
    public async Task A_broken_model_fails_and_the_other_cases_run()
    {
        using TemporaryFolder folder = new();
        SmallCase.Exp(folder.Combine("a")).Write([0f, 0f], [1f, 1f]);
        File.WriteAllBytes(folder.Combine("a", "model.onnx"), [1, 2, 3]);
        SmallCase.Exp(folder.Combine("b")).Write([0f, 0f], [1f, 1f]);
        SmallCase.Exp(folder.Combine("c")).Write([0f, 0f], [1f, 1f]);
        File.Delete(folder.Combine("c", "test_data_set_0", "input_0.pb"));

        CommandRun run = await CommandRun.Of("conformance", folder.Path);

        run.ExitCode.ShouldBe(ExitCode.GateFailed);
        string[] lines = run.Output.Split('\n');
        lines[0].ShouldStartWith("failed a: ");
        lines[1].ShouldStartWith("passed b: ");
        lines[2].ShouldBe("failed c: test_data_set_0 has 0 inputs; the graph has 1");
    }

    // A tensor of a type that is not computed with is not supported; data that are not there are a fault of the case.
    [Theory]
    [InlineData("input_0.pb", 0, "it states no element type: the data are empty or cut off")]
    [InlineData("output_0.pb", 0, "it states no element type: the data are empty or cut off")]
    [InlineData("input_0.pb", 2, "it states no element type: the data are empty or cut off")] // after the shape
    [InlineData("output_0.pb", 4, "Tensor '': ")] // after the type
    [InlineData("input_0.pb", 9, "this is no ONNX tensor: ")] // within the data
    public async Task A_tensor_that_is_empty_or_cut_off_fails_by_its_file(string file, int length, string message)
    {
        using TemporaryFolder folder = new();
        SmallCase.Exp(folder.Combine("a")).Write([0f, 0f], [1f, 1f]);
        string path = folder.Combine("a", "test_data_set_0", file);
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..length]);

        CommandRun run = await CommandRun.Of("conformance", folder.Path);

        run.ExitCode.ShouldBe(ExitCode.GateFailed);
        run.Output.ShouldStartWith("failed a: ");
        run.Output.ShouldContain($"test_data_set_0/{file}: ");
        run.Output.ShouldContain(message);
    }

    // Alone as among others, a case that lacks a part of its layout is one that failed.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_case_without_data_or_without_a_model_fails(bool alone)
    {
        using TemporaryFolder folder = new();
        SmallCase.Exp(folder.Combine("a"));
        if (!alone)
        {
            SmallCase.Exp(folder.Combine("b")).Write([0f, 0f], [1f, 1f]);
            SmallCase.Exp(folder.Combine("c")).Write([0f, 0f], [1f, 1f]);
            File.Delete(folder.Combine("c", "model.onnx"));
        }

        CommandRun run = await CommandRun.Of("conformance", folder.Path);

        run.ExitCode.ShouldBe(ExitCode.GateFailed);
        run.Output.ShouldStartWith("failed a: it has no test_data_set_0\n");
        run.Error.TrimEnd().ShouldBe(alone ? "1 of 1 cases failed: a." : "2 of 3 cases failed: a, c.");
        if (!alone)
        {
            run.Output.ShouldContain("failed c: it has no model.onnx\n");
        }
    }

    [Fact]
    public async Task A_gap_in_the_tensors_of_a_data_set_fails()
    {
        using TemporaryFolder folder = new();
        SmallCase.Exp(folder.Combine("a")).Write([0f, 0f], [1f, 1f]);
        File.Copy(folder.Combine("a", "test_data_set_0", "input_0.pb"), folder.Combine("a", "test_data_set_0", "input_2.pb"));

        CommandRun run = await CommandRun.Of("conformance", folder.Path);

        run.ExitCode.ShouldBe(ExitCode.GateFailed);
        run.Output.ShouldContain("test_data_set_0 has no input_1.pb, and others after it");
    }

    [Fact]
    public async Task An_opset_that_is_not_known_is_not_supported()
    {
        using TemporaryFolder folder = new();
        SmallCase.Exp(folder.Combine("a")).Write([0f, 0f], [1f, 1f]);
        TensorType type = new(ElementType.Float, TensorShape.Of(2));
        OnnxModelFile.Write(new([new("x", type)], [new("y", type)], [new("Exp", ["x"], ["y"])], [], opset: 25), folder.Combine("a", "model.onnx"));

        CommandRun run = await CommandRun.Of("conformance", folder.Path);

        run.ExitCode.ShouldBe(ExitCode.Done, run.Output);
        run.Output.ShouldStartWith("unsupported a: the model follows opset 25; opsets 9 to 24 are accepted");
    }

    [Fact]
    public async Task Random_masks_are_held_to_what_is_certain()
    {
        using TemporaryFolder folder = new();
        SmallCase.Dropout(folder.Combine("test_training_dropout"));

        CommandRun run = await CommandRun.Of("conformance", folder.Path);

        run.ExitCode.ShouldBe(ExitCode.Done, run.Output);
        run.Output.ShouldContain("which elements Dropout drops is random");
    }

    [Fact]
    public async Task A_folder_without_cases_says_what_is_accepted()
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder.Combine("empty"));

        CommandRun run = await CommandRun.Of("conformance", folder.Path);

        run.ExitCode.ShouldBe(ExitCode.File);
        run.ErrorLine.ShouldBe($"error: {folder.Path}: there is no case in it; accepted is a folder of cases, each CASE/model.onnx and CASE/test_data_set_0/{{input,output}}_0.pb, as ONNX's backend tests are laid out.");
    }

    [Fact]
    public async Task A_missing_folder_and_a_file_are_named()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.Combine("file"), "");

        (await CommandRun.Of("conformance", folder.Combine("missing"))).ErrorLine.ShouldContain("missing: there is no such folder");
        (await CommandRun.Of("conformance", folder.Combine("file"))).ErrorLine.ShouldContain("file: this is a file");
    }

    [Fact]
    public async Task An_interrupt_stops_it()
    {
        using TemporaryFolder folder = new();
        SmallCase.Exp(folder.Combine("test_exp")).Write([0f, 1f], [1f, MathF.E]);

        CommandRun run = await CommandRun.Of(new CancellationToken(canceled: true), "conformance", folder.Path);

        run.ExitCode.ShouldBe(ExitCode.Interrupted);
        run.Output.ShouldBeEmpty();
    }
}
