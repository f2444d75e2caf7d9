using System.Reflection;
using System.Text.Json.Serialization;
using GradientDynamics.Train.Datasets;

namespace GradientDynamics.Train.Tests.Datasets;

public sealed class GroupedDatasetTests
{
    private static readonly DatasetDescription Description = new("test", [2], ["a", "b"], ["x", "y", "z"], new([0], [1]));

    [Fact]
    public void Groups_Always_AreLabelTimesAttributesPlusAttribute()
    {
        GroupedDataset data = new(Description, Split.Train, new float[8], [0, 1, 1, 0], [2, 0, 2, 2]);

        data.Groups().ShouldBe([2, 3, 5, 2]);
        data.GroupCounts().ShouldBe([0, 0, 2, 1, 0, 1]);
        Description.GroupName(5).ShouldBe("b, z");
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Inputs_ThatAreNotFinite_AreRefusedWithTheirPlace(float value) =>
        Should.Throw<InvalidDataException>(() => new GroupedDataset(Description, Split.Test, [0, 0, 0, value], [0, 1], [0, 0])).Message.ShouldContain("example 1 has the input");

    [Fact]
    public void LabelsAndAttributes_WithoutAName_AreRefused()
    {
        Should.Throw<InvalidDataException>(() => new GroupedDataset(Description, Split.Test, new float[2], [2], [0])).Message.ShouldContain("label 2");
        Should.Throw<InvalidDataException>(() => new GroupedDataset(Description, Split.Test, new float[2], [0], [3])).Message.ShouldContain("attribute 3");
    }

    [Fact]
    public void ContentHash_Always_ChangesWithEveryPart()
    {
        string[] hashes =
        [
            new GroupedDataset(Description, Split.Test, [0, 1], [0], [0]).ContentHash(),
            new GroupedDataset(Description, Split.Test, [1, 1], [0], [0]).ContentHash(),
            new GroupedDataset(Description, Split.Test, [0, 1], [1], [0]).ContentHash(),
            new GroupedDataset(Description, Split.Test, [0, 1], [0], [1]).ContentHash(),
            new GroupedDataset(Description, Split.Test, [0, 1], [0], [0], [0]).ContentHash(),
            new GroupedDataset(Description with { Classes = ["a", "c"] }, Split.Test, [0, 1], [0], [0]).ContentHash(),
        ];

        hashes.Distinct().Count().ShouldBe(hashes.Length);
        new GroupedDataset(Description, Split.Test, [0, 1], [0], [0]).ContentHash().ShouldBe(hashes[0]);
    }

    [Fact]
    public void Kinds_ThatAreListed_AreThoseThatAConfigurationMayName() =>
        DatasetKind.All.Select(kind => kind.Kind).ShouldBe(typeof(DatasetOptions).GetCustomAttributes<JsonDerivedTypeAttribute>().Select(attribute => (string)attribute.TypeDiscriminator!));
}
