using System.Globalization;
using System.Text.Json.Nodes;
using GradientDynamics.CommandLine;
using GradientDynamics.Train.Datasets;
using GradientDynamics.Train.Preparation;

namespace GradientDynamics.Train.Tests.Preparation;

public sealed class PublishedCountsTests
{
    // Sizes of the splits as the datasets' authors state them.
    [Theory]
    [InlineData("waterbirds", 4795, 1199, 5794)]
    [InlineData("celeba", 162_770, 19_867, 19_962)]
    public void Counts_AddUpToThePublishedSizes(string kind, long train, long validation, long test)
    {
        IReadOnlyList<PublishedCounts> counts = DatasetSource.All.Single(source => source.Kind == kind).CountsOf(new TwoMoonsOptions());

        counts.Select(split => (split.Split, split.Groups.Sum())).ShouldBe([(Split.Train, train), (Split.Validation, validation), (Split.Test, test)]);
    }

    // Table 1 of Idrissi et al.: P(y|a) and P(y) in percent, as printed (for Waterbirds with the rows and columns put right).
    [Theory]
    [InlineData(new long[] { 71629, 66874, 22880, 1387 }, new[] { 75.8, 98.0, 24.2, 2.0 }, new[] { 85.1, 14.9 })]
    [InlineData(new long[] { 3498, 184, 56, 1057 }, new[] { 98.4, 14.8, 1.6, 85.2 }, new[] { 76.8, 23.2 })]
    [InlineData(new long[] { 148186, 90337, 12731, 17784 }, new[] { 92.1, 83.6, 7.9, 16.4 }, new[] { 88.7, 11.3 })]
    public void Table_IsThePapers(long[] groups, double[] given, double[] shares)
    {
        GroupTable table = new(TwoByTwo, groups);

        Enumerable.Range(0, 4).Select(group => Math.Round(100 * table.ShareGiven(group / 2, group % 2)!.Value, 1)).ShouldBe(given);
        Enumerable.Range(0, 2).Select(label => Math.Round(100 * table.ClassShare(label), 1)).ShouldBe(shares);
    }

    // 11,788 rows that all name one image: what counts is the metadata.
    [Fact]
    public async Task Verify_OfThePublishedCounts_IsContent_AndOfOneRowLessIsNot()
    {
        using TemporaryFolder folder = new();
        DrawnData.Write("waterbirds", folder.Path, size: 4);
        File.Delete(folder.Combine("synthesized.json"));
        string metadata = folder.Combine("metadata_waterbirds.csv");
        List<string> rows = [.. WaterbirdsSource.Published.SelectMany(split => split.Groups.SelectMany((count, group) =>
            Enumerable.Repeat(string.Create(CultureInfo.InvariantCulture, $"7,train/00000.jpg,{(int)split.Split},{group / 2},{group % 2}"), (int)count)))];
        File.WriteAllLines(metadata, ["id,filename,split,y,a", .. rows]);

        CommandRun equal = await CommandRun.Of("datasets", "verify", "--dataset", "waterbirds", "--set", $"folder={folder.Path}", "--json");
        CommandRun described = await CommandRun.Of("datasets", "describe", "--dataset", "waterbirds", "--set", $"folder={folder.Path}", "--json");
        File.WriteAllLines(metadata, ["id,filename,split,y,a", .. rows.Skip(1)]);
        CommandRun different = await CommandRun.Of("datasets", "verify", "--dataset", "waterbirds", "--set", $"folder={folder.Path}");

        equal.ExitCode.ShouldBe(ExitCode.Done, equal.Error);
        JsonNode.Parse(equal.Output)!.AsArray().Select(split => split!["examples"]!.GetValue<int>()).ShouldBe([4795, 1199, 5794]);
        JsonNode table = JsonNode.Parse(described.Output)!;
        Math.Round(table["classes"]![1]!["shareGivenAttribute"]![0]!.GetValue<double>(), 3).ShouldBe(0.016);
        table["advice"]!["baseline"]!.GetValue<string>().ShouldBe("SUBG");
        different.ExitCode.ShouldBe(ExitCode.File);
        different.ErrorLine.ShouldContain("1 problems. The train set has 3497 examples of 'landbird, land'; published are 3498.");
        different.Output.ShouldContain("differs");
    }

    [Theory]
    [InlineData(new long[] { 3498, 184, 56, 1057 }, "SUBG", "group-subsampling", "224 of 4795")]
    [InlineData(new long[] { 3498, 184, 20, 1057 }, "RWG", "group-reweighting", "20 examples")]
    [InlineData(new long[] { 1000, 1010, 300, 310 }, "RWY", "class-reweighting", "class weights do all")]
    [InlineData(new long[] { 1000, 1010, 990, 1005 }, "ERM", "shuffle", "nothing is imbalanced")]
    [InlineData(new long[] { 500, 100, 100, 500 }, "SUBG", "group-subsampling", "400 of 1200")]
    public void Advice_FollowsTheFindings(long[] groups, string baseline, string sampler, string reason)
    {
        BaselineAdvice advice = BaselineAdvice.Of(TwoByTwo, groups);

        (advice.Baseline, advice.Sampler, advice.Selection).ShouldBe((baseline, sampler, "validation-worst-group"));
        advice.Reason.ShouldContain(reason);
    }

    [Fact]
    public void Advice_WithoutAttributes_BalancesClasses()
    {
        DatasetDescription data = new("own", [1], ["cat", "dog"], [], new([0], [1]));

        BaselineAdvice advice = BaselineAdvice.Of(data, [900, 100]);

        (advice.Baseline, advice.Sampler, advice.Selection).ShouldBe(("RWY", "class-reweighting", "validation-worst-class"));
        advice.Findings.ShouldHaveSingleItem().ShouldContain("'cat', has 900 examples, 9.0 times as many as the smallest, 'dog', with 100");
    }

    [Fact]
    public void Advice_WithAnEmptyGroup_NamesIt()
    {
        BaselineAdvice advice = BaselineAdvice.Of(TwoByTwo, [500, 0, 400, 300]);

        advice.Findings.ShouldContain(finding => finding.Contains("group 'no, there' has no training example", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Describe_PrintsTheTableAndTheAdvice()
    {
        using TemporaryFolder folder = new();

        CommandRun described = await CommandRun.Of("datasets", "describe", "--config", TinyRun.Write(folder));

        described.ExitCode.ShouldBe(ExitCode.Done, described.Error);
        described.Output.ShouldContain("| class  | red | green | count | P(y\\|red) | P(y\\|green) |   P(y) |");
        described.Output.ShouldContain("The attribute predicts the class");
        described.Output.ShouldContain("Try ");
        described.Output.ShouldContain("docs/choosing.md");
    }

    [Theory]
    [InlineData()]
    [InlineData("--dataset", "two-moons", "--config", "x.json")]
    public async Task Describe_WithoutOneDataset_SaysWhatIsAccepted(params string[] options)
    {
        CommandRun described = await CommandRun.Of(["datasets", "describe", .. options]);

        described.ExitCode.ShouldBe(ExitCode.Configuration);
        described.ErrorLine.ShouldContain("--config and --dataset");
    }

    private static DatasetDescription TwoByTwo { get; } = new("own", [1], ["no", "yes"], ["here", "there"], new([0], [1]));
}
