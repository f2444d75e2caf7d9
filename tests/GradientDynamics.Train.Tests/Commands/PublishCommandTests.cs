using System.Text.Json.Nodes;
using GradientDynamics.CommandLine;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Train.Agreement;

namespace GradientDynamics.Train.Tests.Commands;

[Collection(TorchGlobalState.Name)]
public sealed class PublishCommandTests
{
    [Fact]
    public async Task Publish_Twice_WritesVersionsOneAndTwo()
    {
        using TemporaryFolder folder = new();
        await Fit(folder);

        CommandRun first = await Publish(folder);
        CommandRun second = await Publish(folder);

        first.ExitCode.ShouldBe(ExitCode.Done, first.Error);
        second.ExitCode.ShouldBe(ExitCode.Done, second.Error);
        Directory.EnumerateFileSystemEntries(folder.Combine("models", "digits")).Select(Path.GetFileName).Order().ShouldBe(["1", "2"]);
        File.ReadAllBytes(folder.Combine("models", "digits", "2", "model.onnx")).ShouldBe(File.ReadAllBytes(folder.Combine("run", "model.onnx")));
    }

    [Fact]
    public async Task Publish_OfWeightsThatAreNotNumbers_IsRefused()
    {
        using TemporaryFolder folder = new();
        await Fit(folder);
        string path = folder.Combine("run", "model.onnx");
        OnnxGraph model = OnnxModelFile.Read(path);
        (string name, ConstantTensor weights) = model.Initializers.First();
        float[] broken = weights.AsSpan<float>().ToArray();
        broken[0] = float.NaN;
        OnnxModelFile.Write(model.WithInitializers(new Dictionary<string, ConstantTensor> { [name] = ConstantTensor.Of<float>(broken, weights.Sizes) }), path);

        CommandRun publish = await Publish(folder);

        publish.ExitCode.ShouldBe(ExitCode.Numerics);
        publish.ErrorLine.ShouldContain("not finite");
        Directory.Exists(folder.Combine("models")).ShouldBeFalse();
    }

    [Fact]
    public async Task Publish_OfAFileThatIsNoModel_NamesIt()
    {
        using TemporaryFolder folder = new();
        await Fit(folder);
        string path = folder.Combine("run", "model.onnx");
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..500]);

        CommandRun publish = await Publish(folder);

        publish.ExitCode.ShouldBe(ExitCode.File);
        publish.ErrorLine.ShouldContain(path);
    }

    [Theory]
    [InlineData("../digits")]
    [InlineData("a/b")]
    [InlineData("")]
    [InlineData(".hidden")]
    public async Task Publish_UnderANameThatIsNone_IsRefused(string name)
    {
        using TemporaryFolder folder = new();

        CommandRun publish = await CommandRun.Of("publish", "--run", folder.Path, "--repository", folder.Combine("models"), "--name", name);

        publish.ExitCode.ShouldBe(ExitCode.Configuration);
        publish.ErrorLine.ShouldContain("--name");
    }

    [Fact]
    public async Task Publish_OfAFolderWithoutARun_SaysSo()
    {
        using TemporaryFolder folder = new();

        CommandRun publish = await CommandRun.Of("publish", "--run", folder.Path, "--repository", folder.Combine("models"), "--name", "digits");

        publish.ExitCode.ShouldBe(ExitCode.File);
        publish.ErrorLine.ShouldContain("run.json");
    }

    [Fact]
    public async Task CheckModel_OfAPublishedModel_FindsTheBackEndsInAgreement()
    {
        using TemporaryFolder folder = new();
        await Fit(folder);

        CommandRun check = await CommandRun.Of("check-model", folder.Combine("run", "model.onnx"), "--json");

        check.ExitCode.ShouldBe(ExitCode.Done, check.Error);
        check.Output.ShouldContain("largestDifference");
    }

    [Fact]
    public async Task Publish_ChecksTheInputGradient_AndSaysWhereThereIsNone()
    {
        using TemporaryFolder folder = new();
        await Fit(folder);

        CommandRun publish = await Publish(folder, "--json");
        string path = folder.Combine("run", "model.onnx");
        OnnxGraph model = OnnxModelFile.Read(path);
        GraphNode first = model.Nodes[0];
        GraphNode sign = new("Sign", [model.Inputs[0].Name], ["sign"], name: "sign");
        GraphNode behind = new(first.Operator, first.Inputs.Select(input => input == model.Inputs[0].Name ? "sign" : input), first.Outputs, first.Attributes, first.Name);
        OnnxModelFile.Write(new(model.Inputs, model.Outputs, [sign, behind, .. model.Nodes.Skip(1)], model.Initializers, model.Opset, model.Metadata), path);
        CommandRun flat = await Publish(folder, "--json");

        JsonNode result = JsonNode.Parse(publish.Output)!;
        ((double)result["gradientDifference"]!).ShouldBeInRange(0, GradientAgreement.Tolerance);
        result["gradientNotChecked"].ShouldBeNull();
        publish.Error.ShouldBeEmpty();
        flat.ExitCode.ShouldBe(ExitCode.Done, flat.Error);
        JsonNode.Parse(flat.Output)!["gradientDifference"].ShouldBeNull();
        ((string?)JsonNode.Parse(flat.Output)!["gradientNotChecked"])!.ShouldContain("do not depend on the input");
        flat.Error.ShouldContain("its input gradient was not checked");
    }

    // Rounding passes, a wrong factor or sign does not, and what is no number never does.
    [Theory]
    [InlineData(1f, 1.0001f, true)]
    [InlineData(1f, 1.5f, false)]
    [InlineData(1f, -1f, false)]
    [InlineData(0f, 1e-6f, true)]
    [InlineData(0f, 0.1f, false)]
    [InlineData(1f, float.NaN, false)]
    public void Compare_OfGradients_HoldsWithinRoundingOnly(float autograd, float companion, bool holds)
    {
        GradientAgreement agreement = GradientAgreement.Compare([autograd, 0], [companion, 0]);

        agreement.Holds.ShouldBe(holds);
        if (!holds)
        {
            Should.Throw<CommandException>(() => agreement.ThrowIfDifferent("model")).ExitCode.ShouldBe(ExitCode.Numerics);
        }
    }

    // A rounding difference passes, a wrong operator does not, and what is no number never does.
    [Theory]
    [InlineData(10f, 10.0005f, true)]
    [InlineData(10f, 10.01f, false)]
    [InlineData(0f, 0.00005f, true)]
    [InlineData(0f, 0.001f, false)]
    [InlineData(float.NaN, float.NaN, false)]
    [InlineData(1f, float.NaN, false)]
    [InlineData(float.PositiveInfinity, float.PositiveInfinity, false)]
    public void Compare_OfLogits_HoldsWithinRoundingOnly(float left, float right, bool holds)
    {
        BackEndAgreement agreement = BackEndAgreement.Compare([left, 1], [right, 1]);

        agreement.Holds.ShouldBe(holds);
        if (!holds)
        {
            Should.Throw<CommandException>(() => agreement.ThrowIfDifferent("model")).ExitCode.ShouldBe(ExitCode.Numerics);
        }
    }

    private static async Task Fit(TemporaryFolder folder)
    {
        CommandRun fit = await CommandRun.Of("fit", "--config", TinyRun.Write(folder), "--output", folder.Combine("run"), "--set", "epochs=1");
        fit.ExitCode.ShouldBe(ExitCode.Done, fit.Error);
    }

    private static Task<CommandRun> Publish(TemporaryFolder folder, params string[] options) =>
        CommandRun.Of(["publish", "--run", folder.Combine("run"), "--repository", folder.Combine("models"), "--name", "digits", .. options]);
}
