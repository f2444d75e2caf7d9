using GradientDynamics.Train.Datasets;

namespace GradientDynamics.Train.Tests.Datasets;

public sealed class FeatureFileTests
{
    private const int Length = 8;

    // Fixtures/Text/make_fixtures.py saved them with torch 1.13.0.
    [Theory]
    [InlineData("features-legacy")]
    [InlineData("features-zip")]
    public void ReadAll_OfWhatTorchSaved_GivesThePairsWithoutPadding(string file)
    {
        TokenSequences read = FeatureFile.ReadAll([Fixture(file), Fixture(file)], Length);

        read.Count.ShouldBe(6);
        for (int copy = 0; copy < 2; copy++)
        {
            read.IdsOf(3 * copy).ToArray().ShouldBe([2, 5, 6, 3, 7, 3]);
            read.IdsOf((3 * copy) + 1).ToArray().ShouldBe([2, 300, 3, 9, 4, 70_000, 3]);
            read.IdsOf((3 * copy) + 2).ToArray().ShouldBe([2, 5, 3]);
            Enumerable.Range(3 * copy, 3).Select(read.FirstLengthOf).ShouldBe([4, 3, 3]);
        }
    }

    [Fact]
    public void Write_GivesWhatReadAllReads()
    {
        using TemporaryFolder folder = new();
        TokenSequences sequences = FeatureFile.ReadAll([Fixture("features-zip")], Length);

        FeatureFile.Write(folder.Combine("features"), sequences, [0, 2, 1], Length);

        TokenSequences read = FeatureFile.ReadAll([folder.Combine("features")], Length);
        Enumerable.Range(0, read.Count).Select(i => (string.Join(' ', read.IdsOf(i).ToArray()), read.FirstLengthOf(i)))
            .ShouldBe(Enumerable.Range(0, 3).Select(i => (string.Join(' ', sequences.IdsOf(i).ToArray()), sequences.FirstLengthOf(i))));
    }

    [Fact]
    public void ReadAll_OfAnotherObject_NamesIt()
    {
        string message = Should.Throw<InvalidDataException>(() => FeatureFile.ReadAll([Fixture("features-other")], Length)).Message;

        message.ShouldContain("features-other");
        message.ShouldContain("torch.nn.modules.linear.Linear");
        message.ShouldContain("accepted are lists of InputFeatures");
    }

    [Fact]
    public void ReadAll_OfAnotherLength_NamesTheExample() => Should.Throw<InvalidDataException>(() => FeatureFile.ReadAll([Fixture("features-zip")], 9))
        .Message.ShouldContain("features-zip: example 0: 'input_ids' is no list of 9 whole numbers");

    [Fact]
    public void ReadAll_OfFilesThatAreCutOff_NamesThem()
    {
        using TemporaryFolder folder = new();
        foreach (string file in (string[])["features-legacy", "features-zip"])
        {
            byte[] whole = File.ReadAllBytes(Fixture(file));
            string cut = folder.Combine(file);
            // At every place: whatever is missing, the file is named.
            for (int length = 0; length < whole.Length - 20; length += 7)
            {
                File.WriteAllBytes(cut, whole[..length]);
                Should.Throw<InvalidDataException>(() => FeatureFile.ReadAll([cut], Length), $"{file} cut at {length}").Message.ShouldContain(cut);
            }
        }

        Should.Throw<FileNotFoundException>(() => FeatureFile.ReadAll([folder.Combine("none")], Length)).Message.ShouldContain("none: no such file");
    }

    private static string Fixture(string file) => Path.Combine(AppContext.BaseDirectory, "Fixtures", "Text", file);
}
