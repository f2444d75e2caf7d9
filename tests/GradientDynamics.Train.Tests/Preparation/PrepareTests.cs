using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using GradientDynamics.CommandLine;

namespace GradientDynamics.Train.Tests.Preparation;

public sealed class PrepareTests
{
    [Fact]
    public async Task Prepare_OfWaterbirds_DownloadsUnpacksAndWritesTheMetadata()
    {
        using TemporaryFolder folder = new();
        DrawnData.Write("waterbirds", folder.Combine("drawn"));
        using FileServer server = new() { Content = TarOf(folder.Combine("drawn", "waterbirds")) };
        string checksum = $"waterbird_complete95_forest2water2.tar.gz=sha256:{Convert.ToHexStringLower(SHA256.HashData(server.Content))}";
        string data = folder.Combine("data");

        CommandRun prepared = await CommandRun.Of("datasets", "prepare", "waterbirds", "--output", data, "--mirror", $"{server.Address}mirror", "--checksum", checksum);
        CommandRun again = await CommandRun.Of("datasets", "prepare", "waterbirds", "--output", data, "--mirror", server.Address.ToString());

        prepared.ExitCode.ShouldBe(ExitCode.Done, prepared.Error);
        again.ExitCode.ShouldBe(ExitCode.Done, again.Error);
        again.Error.ShouldContain("prepared already");
        server.Targets.ShouldBe(["/mirror/waterbird_complete95_forest2water2.tar.gz"]);
        File.ReadAllText(Path.Combine(data, "metadata_waterbirds.csv")).ShouldBe(File.ReadAllText(folder.Combine("drawn", "metadata_waterbirds.csv")));
        (await CommandRun.Of("datasets", "describe", "--dataset", "waterbirds", "--set", $"folder={data}")).ExitCode.ShouldBe(ExitCode.Done);
        // These are no published counts, and nothing says that they need not be.
        CommandRun verify = await CommandRun.Of("datasets", "verify", "--dataset", "waterbirds", "--set", $"folder={data}");
        verify.ExitCode.ShouldBe(ExitCode.File);
        verify.ErrorLine.ShouldContain("The train set has 1 examples of 'waterbird, land'; published are 56.");
    }

    [Fact]
    public async Task Prepare_WithAnotherChecksum_KeepsNothing()
    {
        using TemporaryFolder folder = new();
        using FileServer server = new() { Content = [1, 2, 3] };

        CommandRun prepared = await CommandRun.Of(
            "datasets", "prepare", "waterbirds", "--output", folder.Combine("data"), "--mirror", server.Address.ToString(), "--checksum", $"waterbird_complete95_forest2water2.tar.gz=sha256:{new string('0', 64)}");

        prepared.ExitCode.ShouldBe(ExitCode.File);
        prepared.ErrorLine.ShouldContain("039058c6f2c0cb492c533b0a4d14ef77cc0f78abccced5287d84a1a2011cfb81");
        Directory.EnumerateFiles(folder.Combine("data"), "*", SearchOption.AllDirectories).ShouldBeEmpty();
    }

    [Fact]
    public async Task Prepare_OfWhatIsNoArchive_SaysSo()
    {
        using TemporaryFolder folder = new();
        using FileServer server = new() { Content = [1, 2, 3] };

        CommandRun prepared = await CommandRun.Of("datasets", "prepare", "waterbirds", "--output", folder.Combine("data"), "--mirror", server.Address.ToString());

        prepared.ExitCode.ShouldBe(ExitCode.File);
        prepared.ErrorLine.ShouldContain("cannot be unpacked");
        Directory.Exists(folder.Combine("data", "waterbirds", "waterbird_complete95_forest2water2")).ShouldBeFalse();
    }

    [Fact]
    public async Task Prepare_OfCelebA_SaysWhatToFetchByHand()
    {
        using TemporaryFolder folder = new();

        CommandRun prepared = await CommandRun.Of("datasets", "prepare", "celeba", "--output", folder.Path);

        prepared.ExitCode.ShouldBe(ExitCode.File);
        string error = prepared.ErrorLine;
        error.ShouldContain("3 files have to be fetched by hand");
        error.ShouldContain("https://mmlab.ie.cuhk.edu.hk/projects/CelebA.html accept the terms");
        foreach (string name in (string[])["img_align_celeba.zip", "list_attr_celeba.txt", "list_eval_partition.txt"])
        {
            error.ShouldContain($"Put it at {folder.Combine("celeba", name)}.");
        }
    }

    [Fact]
    public async Task Prepare_OfCelebAFromItsCsvForm_WritesTheSameMetadata()
    {
        using TemporaryFolder folder = new();
        DrawnData.Write("celeba", folder.Combine("drawn"));
        string data = folder.Combine("data");
        Directory.CreateDirectory(Path.Combine(data, "celeba"));
        Directory.Move(folder.Combine("drawn", "celeba", "img_align_celeba"), Path.Combine(data, "celeba", "img_align_celeba"));
        string[] attributes = File.ReadAllLines(folder.Combine("drawn", "celeba", "list_attr_celeba.txt"));
        File.WriteAllLines(Path.Combine(data, "celeba", "list_attr_celeba.csv"), ["image_id,Bald,Male,Blond_Hair", .. attributes.Skip(2).Select(Row)]);
        File.WriteAllLines(Path.Combine(data, "celeba", "list_eval_partition.csv"), ["image_id,partition", .. File.ReadLines(folder.Combine("drawn", "celeba", "list_eval_partition.txt")).Select(line => line.Replace(' ', ','))]);

        CommandRun prepared = await CommandRun.Of("datasets", "prepare", "celeba", "--output", data);

        prepared.ExitCode.ShouldBe(ExitCode.Done, prepared.Error);
        File.ReadAllText(Path.Combine(data, "metadata_celeba.csv")).ShouldBe(File.ReadAllText(folder.Combine("drawn", "metadata_celeba.csv")));

        static string Row(string line)
        {
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            return $"{words[0]},-1,{words[2]},{words[1]}";
        }
    }

    [Fact]
    public async Task Prepare_OfAChangedFile_NamesBothChecksums()
    {
        using TemporaryFolder folder = new();
        DrawnData.Write("celeba", folder.Path);
        File.Delete(folder.Combine("metadata_celeba.csv"));

        CommandRun prepared = await CommandRun.Of("datasets", "prepare", "celeba", "--output", folder.Path);

        prepared.ExitCode.ShouldBe(ExitCode.File);
        prepared.ErrorLine.ShouldContain("list_attr_celeba.txt: has the checksum md5:");
        prepared.ErrorLine.ShouldContain("md5:75e246fa4810816ffd6ee81facbd244c");
    }

    [Theory]
    [InlineData("two-moons", "nothing to fetch")]
    [InlineData("cats", "no such kind")]
    public async Task Prepare_OfAKindWithoutFiles_SaysSo(string kind, string message)
    {
        using TemporaryFolder folder = new();

        CommandRun prepared = await CommandRun.Of("datasets", "prepare", kind, "--output", folder.Combine("data"));

        prepared.ExitCode.ShouldBe(ExitCode.Configuration);
        prepared.ErrorLine.ShouldContain(message);
    }

    [Theory]
    [InlineData("--mirror", "ftp://example.org")]
    [InlineData("--checksum", "other=sha256:00")]
    [InlineData("--checksum", "waterbird_complete95_forest2water2.tar.gz=sha256:00")]
    public async Task Prepare_WithAWrongOption_NamesIt(string option, string value)
    {
        using TemporaryFolder folder = new();

        CommandRun prepared = await CommandRun.Of("datasets", "prepare", "waterbirds", "--output", folder.Combine("data"), option, value);

        prepared.ExitCode.ShouldBe(ExitCode.Configuration);
        prepared.ErrorLine.ShouldContain(option);
    }

    private static byte[] TarOf(string folder)
    {
        using MemoryStream bytes = new();
        using (GZipStream gzip = new(bytes, CompressionLevel.Fastest, leaveOpen: true))
        {
            TarFile.CreateFromDirectory(folder, gzip, includeBaseDirectory: false);
        }

        return bytes.ToArray();
    }
}
