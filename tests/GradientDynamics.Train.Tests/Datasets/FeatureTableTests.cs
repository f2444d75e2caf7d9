using GradientDynamics.Train.Datasets;

namespace GradientDynamics.Train.Tests.Datasets;

public sealed class FeatureTableTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Path => _folder.Combine("own.csv");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Load_OfATable_HasItsNumbersInTheirPlaces()
    {
        File.WriteAllText(Path, "id,b,y,a,split,c\nx,1.5,0,1,train,-2\ny,2.5,1,0,train,-2\nz,-4,1,2,test,-2\n");
        FeatureTableOptions options = new() { File = Path, UsedSplits = [Split.Test, Split.Train] };

        GroupedDataset train = options.Load(Split.Train, 0);
        GroupedDataset test = options.Load(Split.Test, 0);

        train.Inputs.ToArray().ShouldBe([1.5f, -2, 2.5f, -2]);
        train.Labels.ToArray().ShouldBe([0, 1]);
        train.Attributes.ToArray().ShouldBe([1, 0]);
        train.Description.Attributes.ShouldBe(["0", "1", "2"]);
        // Limits of all splits, and room where a feature never changes.
        train.Description.Bounds.ShouldBe(new([-4, -2.5], [2.5, -1.5]));
        test.Inputs.ToArray().ShouldBe([-4, -2]);
        GroupedDataset chosen = (options with { Features = ["c", "b"], Lower = [-9], Upper = [9, 8] }).Load(Split.Train, 0);
        chosen.Inputs.ToArray().ShouldBe([-2, 1.5f, -2, 2.5f]);
        chosen.Description.Bounds.ShouldBe(new([-9, -9], [9, 8]));
    }

    [Theory]
    [InlineData("b,y,split\none,0,train\n", "row 0: column 'b' is 'one'; accepted are finite numbers")]
    [InlineData("b,y,split\nNaN,0,train\n", "column 'b' is 'NaN'")]
    [InlineData("y,split\n0,train\n", "no column of features")]
    [InlineData("b,split\n0,train\n", "has no column 'y'")]
    [InlineData("b,y,split\n", "has no row")]
    [InlineData("b,y,split\n1,0,test\n", "no row of the train split")]
    public void Load_OfAWrongTable_NamesWhatIsWrong(string text, string message)
    {
        File.WriteAllText(Path, text);

        Should.Throw<InvalidDataException>(() => new FeatureTableOptions { File = Path, UsedSplits = [Split.Train] }.Load(Split.Train, 0)).Message.ShouldContain(message);
    }

    [Fact]
    public void Load_WithBoundsOfAnotherNumber_SaysSo()
    {
        File.WriteAllText(Path, "b,c,d,y,split\n1,2,3,0,train\n");

        Should.Throw<InvalidDataException>(() => new FeatureTableOptions { File = Path, UsedSplits = [Split.Train], Lower = [0, 1] }.Load(Split.Train, 0)).Message.ShouldContain("dataset.lower: has 2 numbers, and there are 3 features");
    }
}
