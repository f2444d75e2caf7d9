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

    private static Task<CommandRun> Publish(TemporaryFolder folder) =>
        CommandRun.Of("publish", "--run", folder.Combine("run"), "--repository", folder.Combine("models"), "--name", "digits");
}
