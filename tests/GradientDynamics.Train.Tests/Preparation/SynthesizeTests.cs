using System.Text.Json.Nodes;
using GradientDynamics.CommandLine;
using GradientDynamics.Train.Datasets;
using GradientDynamics.Train.Preparation;
using GradientDynamics.Train.Sampling;

namespace GradientDynamics.Train.Tests.Preparation;

public sealed class SynthesizeTests
{
    public static TheoryData<string> Kinds => [.. DatasetSource.All.Where(source => source.CanSynthesize).Select(source => source.Kind)];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Synthesize_OfEveryKind_IsReadByWhatItPrints(string kind)
    {
        using TemporaryFolder folder = new();

        CommandRun drawn = await CommandRun.Of("datasets", "synthesize", kind, "--output", folder.Combine("data"), "--size", "16", "--json");

        drawn.ExitCode.ShouldBe(ExitCode.Done, drawn.Error);
        JsonNode result = JsonNode.Parse(drawn.Output)!;
        DatasetOptions options = ConfigurationFile.Parse<DatasetOptions>(result["dataset"]!.ToJsonString(), "printed", []);
        foreach (Split split in options.Splits)
        {
            GroupedDataset data = options.Load(split, 0);
            data.GroupCounts().ShouldBe(result["splits"]![(int)split]!["groups"]!.AsArray().Select(group => group!["examples"]!.GetValue<long>()));
            options.Load(split, 0).ContentHash().ShouldBe(data.ContentHash());
            data.Source.FindBroken(_ => { }, CancellationToken.None).ShouldBeEmpty();
        }

        CommandRun verify = await CommandRun.Of("datasets", "verify", "--dataset", kind, "--decode", "--set", kind == "csv" ? $"file={folder.Combine("data", "features.csv")}" : $"folder={folder.Combine("data")}");
        verify.ExitCode.ShouldBe(ExitCode.Done, verify.Error);
        verify.Error.ShouldContain("published counts are not compared");
    }

    [Theory]
    [InlineData("waterbirds")]
    [InlineData("celeba")]
    public void Synthesize_WithTheSameSeed_WritesTheSameBytes(string kind)
    {
        using TemporaryFolder folder = new();

        DrawnData.Write(kind, folder.Combine("one"), size: 6);
        DrawnData.Write(kind, folder.Combine("two"), size: 6);
        DrawnData.Write(kind, folder.Combine("other"), size: 6, seed: 1);

        Dictionary<string, string> one = Bytes("one");
        one.ShouldBe(Bytes("two"));
        Bytes("other").Where(pair => pair.Key.EndsWith(".jpg", StringComparison.Ordinal)).Any(pair => pair.Value == one.GetValueOrDefault(pair.Key)).ShouldBeFalse();

        Dictionary<string, string> Bytes(string name) => Directory.EnumerateFiles(folder.Combine(name), "*", SearchOption.AllDirectories)
            .ToDictionary(path => Path.GetRelativePath(folder.Combine(name), path), path => Convert.ToHexString(File.ReadAllBytes(path)));
    }

    // Idrissi et al. read exactly this header and these values.
    [Fact]
    public void Synthesize_OfWaterbirdsAndCelebA_HasTheLayoutOfTheBenchmarks()
    {
        using TemporaryFolder folder = new();

        DrawnData.Write("waterbirds", folder.Combine("data"), size: 40);
        DrawnData.Write("celeba", folder.Combine("data2"), size: 40);

        string[] birds = File.ReadAllLines(folder.Combine("data", "metadata_waterbirds.csv"));
        birds[0].ShouldBe("id,filename,split,y,a");
        birds.Length.ShouldBe(1 + 40 + 10 + 20);
        birds[1].ShouldMatch("^1,train/00000.jpg,0,[01],[01]$");
        birds[^1].ShouldMatch("^70,test/00019.jpg,2,[01],[01]$");
        birds.Skip(1).Select(line => line.Split(',')[1]).ShouldAllBe(name => File.Exists(folder.Combine("data", "waterbirds", "waterbird_complete95_forest2water2", name)));
        File.ReadLines(folder.Combine("data", "waterbirds", "waterbird_complete95_forest2water2", "metadata.csv")).First().ShouldBe("img_id,img_filename,y,split,place,place_filename");

        string[] faces = File.ReadAllLines(folder.Combine("data2", "metadata_celeba.csv"));
        faces[0].ShouldBe("id,filename,split,y,a");
        faces[1].ShouldMatch("^1,000001.jpg,0,[01],[01]$");
        File.ReadAllLines(folder.Combine("data2", "celeba", "list_attr_celeba.txt"))[..2].ShouldBe(["70", "Blond_Hair Male "]);
        File.Exists(folder.Combine("data2", "celeba", "img_align_celeba", "000070.jpg")).ShouldBeTrue();
    }

    [Theory]
    [InlineData(4795, new long[] { 3498, 184, 56, 1057 })]
    [InlineData(960, new long[] { 700, 37, 11, 212 })]
    [InlineData(10, new long[] { 7, 1, 1, 1 })]
    public void Groups_HaveThePublishedShares(int count, long[] expected)
    {
        int[] groups = SynthesizedGroups.Of([3498, 184, 56, 1057], count, Split.Train, new RunSeed(3));

        Enumerable.Range(0, 4).Select(group => (long)groups.Count(own => own == group)).ShouldBe(expected);
    }

    [Fact]
    public async Task Synthesize_IntoAFolderWithFiles_IsRefused()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.Combine("mine"), "");

        CommandRun drawn = await CommandRun.Of("datasets", "synthesize", "csv", "--output", folder.Path);

        drawn.ExitCode.ShouldBe(ExitCode.Configuration);
        drawn.ErrorLine.ShouldContain("not empty");
    }

    [Theory]
    [InlineData("two-moons", "has no look-alike; accepted are waterbirds, celeba")]
    [InlineData("waterbird", "no such kind of dataset; accepted are waterbirds")]
    public async Task Synthesize_OfAnotherKind_SaysWhatIsAccepted(string kind, string message)
    {
        using TemporaryFolder folder = new();

        CommandRun drawn = await CommandRun.Of("datasets", "synthesize", kind, "--output", folder.Combine("data"));

        drawn.ExitCode.ShouldBe(ExitCode.Configuration);
        drawn.ErrorLine.ShouldContain(message);
    }
}
