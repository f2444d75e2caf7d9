using GradientDynamics.CommandLine;
using GradientDynamics.Train.Datasets;
using GradientDynamics.Train.Preparation;
using GradientDynamics.Train.Training;
using Parquet.Schema;

namespace GradientDynamics.Train.Tests.Datasets;

public sealed class TextDatasetTests
{
    [Theory]
    [InlineData("He never slept.", true)]
    [InlineData("Nothing!", true)]
    [InlineData("There was no one, nobody at all", true)]
    [InlineData("No", true)]
    [InlineData("He did not sleep, none did.", false)]
    [InlineData("The knob was nowhere, noone noticed.", false)]
    [InlineData("line\nno", false)]
    [InlineData("a n-o", true)]
    public void Negation_IsAWordBetweenSpaces_WithoutPunctuation(string sentence, bool expected) => MultiNli.HasNegation(sentence).ShouldBe(expected);

    [Fact]
    public void MultiNli_Synthesized_IsTheSameThroughFeaturesAndSentences()
    {
        using TemporaryFolder folder = new();
        MultiNliOptions features = (MultiNliOptions)Synthesize("multinli", folder, 240);
        MultiNliOptions sentences = features with { Source = MultiNliReading.Text };
        List<MultiNliPair> pairs = MultiNli.ReadPairs(folder.Path);

        foreach (Split split in features.Splits)
        {
            GroupedDataset read = features.Load(split, 0);
            GroupedDataset tokenized = sentences.Load(split, 0);

            tokenized.ContentHash().ShouldBe(read.ContentHash());
            List<GroupMetadata> rows = GroupMetadata.Read(folder.Combine(MultiNli.MetadataFile), split);
            rows.Select(row => pairs[int.Parse(row.FileName)].Label).ShouldBe(read.Labels.ToArray());
            rows.Select(row => MultiNli.HasNegation(pairs[int.Parse(row.FileName)].Hypothesis) ? 1 : 0).ShouldBe(read.Attributes.ToArray());
        }
    }

    [Fact]
    public void MultiNli_Synthesized_HasThePublishedShares()
    {
        using TemporaryFolder folder = new();
        GroupedDataset train = Synthesize("multinli", folder, 2062).Load(Split.Train, 0);

        // Table 1 of Idrissi et al., a hundredth of it.
        double[] published = [574.98, 111.58, 673.76, 15.21, 666.3, 19.92];
        train.GroupCounts().Zip(published).ShouldAllBe(pair => Math.Abs(pair.First - pair.Second) <= 1);
        train.Count.ShouldBe(2062);
    }

    [Fact]
    public void CivilComments_Versions_AreExpandedAsPublished()
    {
        AnnotatedComment[] comments =
        [
            new(Split.Validation, 1, [0, 4], "a"), new(Split.Train, 0, [], "b"), new(Split.Train, 1, [1, 7], "c"), new(Split.Test, 0, [4], "d"), new(Split.Validation, 0, [], "e"), new(Split.Train, 0, [1], "f"),
        ];

        CivilComments.Rows(comments, CivilCommentsVersion.Coarse).Select(row => $"{row.Text}{(int)row.Split}{row.Label}{row.Attribute}")
            .ShouldBe(["b001", "c010", "f000", "d204", "a110", "a114"]);
        CivilComments.Rows(comments, CivilCommentsVersion.Fine).Select(row => $"{row.Text}{(int)row.Split}{row.Label}{row.Attribute}")
            .ShouldBe(["d204", "c011", "f001", "c017", "a110", "a114"]);
    }

    [Fact]
    public void CivilComments_Original_IsReadByHalfOfTheAnnotators()
    {
        using TemporaryFolder folder = new();
        string path = folder.Combine("all.csv");
        File.WriteAllText(path, ",white,black,muslim,LGBTQ,other_religions,christian,female,male,toxicity,split,comment_text\n"
            + "0,0.5,,0.0,0.49,0.0,0.0,1.0,0.0,0.5,train,\"two\nlines, \"\"quoted\"\"\"\n"
            + "1,0,0,0,0,0,0,0,0,0.4999,val,plain\n");

        List<AnnotatedComment> comments = CivilComments.ReadOriginal(path);

        (comments[0].Split, comments[0].Label, comments[0].Text).ShouldBe((Split.Train, 1, "two\nlines, \"quoted\""));
        comments[0].Identities.ShouldBe([1, 7]);
        (comments[1].Split, comments[1].Label, comments[1].Identities.Count).ShouldBe((Split.Validation, 0, 0));
        File.WriteAllText(path, File.ReadAllText(path).Replace(",val,", ",dev,", StringComparison.Ordinal));
        Should.Throw<InvalidDataException>(() => CivilComments.ReadOriginal(path)).Message.ShouldContain("all.csv: row 1: column 'split' is 'dev'; accepted are train, val and test");
        File.WriteAllText(path, File.ReadAllText(path).Replace("muslim", "other", StringComparison.Ordinal));
        Should.Throw<InvalidDataException>(() => CivilComments.ReadOriginal(path)).Message.ShouldContain("has no column 'muslim'");
    }

    [Fact]
    public void CivilComments_Coarse_HasOtherGroupsInTrainingThanInEvaluation()
    {
        using TemporaryFolder folder = new();
        CivilCommentsOptions coarse = (CivilCommentsOptions)Synthesize("civilcomments", folder, 400);
        CivilCommentsOptions fine = coarse with { Version = CivilCommentsVersion.Fine };
        TrainingData data = TrainingData.Load(coarse, 0);

        data.Train.GroupCounts().Zip([134.3, 220.3, 26.4, 18.9]).ShouldAllBe(pair => Math.Abs(pair.First - pair.Second) <= 1);
        data.Splits[Split.Test].Description.GroupCount.ShouldBe(16);
        data.TrainingSharesFor(data.Splits[Split.Test].Description).ShouldBeEmpty();
        foreach (Split split in (Split[])[Split.Validation, Split.Test])
        {
            // In the metadata of the two versions the same comments have other numbers; the comments are the same.
            fine.Load(split, 0).ContentHash().ShouldBe(data.Splits[split].ContentHash());
            data.Splits[split].GroupCounts().ShouldAllBe(count => count >= 20);
        }

        fine.Load(Split.Train, 0).Description.GroupCount.ShouldBe(16);
    }

    [Fact]
    public void Metadata_WithANumberWithoutText_NamesTheExample()
    {
        using TemporaryFolder folder = new();
        DatasetOptions options = Synthesize("civilcomments", folder, 100);
        string path = folder.Combine("metadata_civilcomments_coarse.csv");
        File.AppendAllText(path, "900,1000000,0,1,0\n");

        Should.Throw<InvalidDataException>(() => options.Load(Split.Train, 0)).Message.ShouldContain($"{path}: example 900 has the filename '1000000'; accepted are 0 to ");
        File.WriteAllText(path, "id,filename,split,y,a\n0,0,0,2,0\n");
        Should.Throw<InvalidDataException>(() => options.Load(Split.Train, 0)).Message.ShouldContain("label 2");
        Should.Throw<InvalidDataException>(() => options.Load(Split.Test, 0)).Message.ShouldContain("has no row of split 2");
        File.Delete(path);
        Should.Throw<FileNotFoundException>(() => options.Load(Split.Train, 0)).Message.ShouldContain(path);
    }

    [Fact]
    public async Task TextTables_FromCsvAndParquet_AreTheSame()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.Combine("vocab.txt"), "[PAD]\n[UNK]\n[CLS]\n[SEP]\ngood\nbad\n");
        File.WriteAllText(folder.Combine("train.csv"), "kind,premise,hypothesis,from\n10,good,bad,web\n2,bad,\"good, good\",news\n10,bad bad,good,news\n");
        File.WriteAllText(folder.Combine("test.csv"), "kind,premise,hypothesis,from\n2,good,bad,news\n");
        DataField<long> kind = new("kind");
        DataField<string> first = new("premise");
        DataField<string> second = new("hypothesis");
        DataField<string> from = new("from");
        await using (FileStream stream = File.Create(folder.Combine("train.parquet")))
        {
            await using Parquet.ParquetWriter writer = await Parquet.ParquetWriter.CreateAsync(new ParquetSchema(kind, first, second, from), stream, cancellationToken: TestContext.Current.CancellationToken);
            using Parquet.ParquetRowGroupWriter rows = writer.CreateRowGroup();
            await rows.WriteAsync<long>(kind, new long[] { 10, 2, 10 }, cancellationToken: TestContext.Current.CancellationToken);
            await rows.WriteAsync(first, ["good", "bad", "bad bad"]);
            await rows.WriteAsync(second, ["bad", "good, good", "good"]);
            await rows.WriteAsync(from, ["web", "news", "news"]);
        }

        DatasetOptions Options(string kind, string extension, string test) => ConfigurationFile.Parse<DatasetOptions>(
            $$$"""{"kind":"{{{kind}}}","train":["{{{folder.Combine($"train.{extension}")}}}"]{{{test}}},"text":"premise","secondText":"hypothesis","label":"kind","attribute":"from","tokens":{"vocabulary":"{{{folder.Combine("vocab.txt")}}}","maximumLength":9}}""",
            "test",
            []);
        DatasetOptions csv = Options("text-csv", "csv", $""","test":["{folder.Combine("test.csv")}"]""");
        GroupedDataset train = csv.Load(Split.Train, 0);

        csv.Splits.ShouldBe([Split.Train, Split.Test]);
        train.Description.Classes.ShouldBe(["2", "10"]);
        train.Description.Attributes.ShouldBe(["news", "web"]);
        train.Labels.ToArray().ShouldBe([1, 0, 1]);
        train.Attributes.ToArray().ShouldBe([1, 0, 0]);
        csv.Load(Split.Test, 0).Description.Classes.ShouldBe(["2", "10"]);
        Options("text-parquet", "parquet", "").Load(Split.Train, 0).ContentHash().ShouldBe(train.ContentHash());
        File.WriteAllText(folder.Combine("test.csv"), "kind,premise,hypothesis,from\n3,good,bad,news\n");
        Should.Throw<InvalidDataException>(() => csv.Load(Split.Test, 0)).Message.ShouldContain("test.csv: row 0: column 'kind' is '3'; accepted are '2', '10'");
        File.WriteAllText(folder.Combine("train.parquet"), "PAR0");
        Should.Throw<InvalidDataException>(() => Options("text-parquet", "parquet", "").Load(Split.Train, 0)).Message.ShouldContain("train.parquet: cannot be read");
    }

    private static DatasetOptions Synthesize(string kind, TemporaryFolder folder, int size) =>
        DatasetSource.Of(kind, source => source.CanSynthesize, "").Synthesize(new(folder.Path, folder.Path, size, Seed: 3), CancellationToken.None);
}
