using GradientDynamics.Train.Datasets;

namespace GradientDynamics.Train.Tests.Datasets;

public sealed class DataFolderTests
{
    [Fact]
    public void Resolve_OfARelativeFolder_LiesBelowTheRoot()
    {
        using TemporaryFolder root = new();
        Directory.CreateDirectory(root.Combine("mnist"));

        DataFolder.Resolve("mnist", root.Path).ShouldBe(root.Combine("mnist"));
    }

    [Fact]
    public void Resolve_OfAnAbsoluteFolder_IsThatFolder()
    {
        using TemporaryFolder root = new();
        using TemporaryFolder elsewhere = new();

        DataFolder.Resolve(elsewhere.Path, root.Path).ShouldBe(elsewhere.Path);
        DataFolder.Resolve(elsewhere.Path, null).ShouldBe(elsewhere.Path);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public void Resolve_WithoutARoot_LooksBelowTheCurrentFolder(string? root) =>
        Should.Throw<DirectoryNotFoundException>(() => DataFolder.Resolve("no-such-folder", root)).Message.ShouldStartWith(Path.Combine(Directory.GetCurrentDirectory(), "no-such-folder"));
}
