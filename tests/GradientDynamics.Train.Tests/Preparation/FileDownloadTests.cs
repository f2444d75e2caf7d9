using System.Security.Cryptography;
using GradientDynamics.CommandLine;
using GradientDynamics.Train.Preparation;

namespace GradientDynamics.Train.Tests.Preparation;

public sealed class FileDownloadTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly FileServer _server = new();
    private readonly HttpClient _client = FileDownload.CreateClient();
    private readonly List<(long Done, long Total)> _progress = [];

    public FileDownloadTests() => _server.Content = RandomNumberGenerator.GetBytes(300_000);

    private string Target => _folder.Combine("deep", "file.bin");

    public void Dispose()
    {
        _client.Dispose();
        _server.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Fetch_OfAFile_HasItsBytesChecksumAndProgress()
    {
        FileChecksum checksum = await Fetch(Published);

        File.ReadAllBytes(Target).ShouldBe(_server.Content);
        checksum.Digest.ShouldBe(Convert.ToHexStringLower(SHA256.HashData(_server.Content)));
        _progress[^1].ShouldBe((300_000, 300_000));
        Directory.GetFiles(Path.GetDirectoryName(Target)!).ShouldBe([Target]);
    }

    [Fact]
    public async Task Fetch_AfterACut_ContinuesWhereItWasCut()
    {
        _server.Cuts.Enqueue(100_000);
        _server.Cuts.Enqueue(50_000);

        await Fetch(Published);

        File.ReadAllBytes(Target).ShouldBe(_server.Content);
        _server.Ranges.ShouldBe([null, "bytes=100000-", "bytes=150000-"]);
    }

    [Fact]
    public async Task Fetch_AfterAnInterruptedCommand_ContinuesWithTheNext()
    {
        for (int i = 0; i < 4; i++)
        {
            _server.Cuts.Enqueue(i == 0 ? 1000 : 0);
        }

        CommandException error = await Should.ThrowAsync<CommandException>(() => Fetch(Published));
        error.ExitCode.ShouldBe(ExitCode.Server);
        error.Message.ShouldContain("1000 bytes have arrived");
        File.Exists(Target).ShouldBeFalse();
        _server.Cuts.Clear();

        await Fetch(Published);

        _server.Ranges[^1].ShouldBe("bytes=1000-");
        File.ReadAllBytes(Target).ShouldBe(_server.Content);
    }

    [Fact]
    public async Task Fetch_OfAFileThatChangedMeanwhile_BeginsAgain()
    {
        _server.Cuts.Enqueue(1000);
        for (int i = 0; i < 3; i++)
        {
            _server.Cuts.Enqueue(0);
        }

        await Should.ThrowAsync<CommandException>(() => Fetch(null));
        _server.Cuts.Clear();
        _server.Content = RandomNumberGenerator.GetBytes(2000);
        _server.Tag = "\"two\"";

        await Fetch(null);

        File.ReadAllBytes(Target).ShouldBe(_server.Content);
    }

    [Fact]
    public async Task Fetch_FromAServerWithoutTags_BeginsAgain()
    {
        _server.Tag = null;
        _server.Cuts.Enqueue(1000);

        await Fetch(Published);

        _server.Ranges.ShouldBe([null, null]);
        File.ReadAllBytes(Target).ShouldBe(_server.Content);
    }

    [Fact]
    public async Task Fetch_OfAnotherFile_SaysWhichChecksumsDiffer()
    {
        FileChecksum other = FileChecksum.Parse("md5:00000000000000000000000000000000");

        CommandException error = await Should.ThrowAsync<CommandException>(() => Fetch(other));

        error.ExitCode.ShouldBe(ExitCode.File);
        error.Message.ShouldContain("md5:00000000000000000000000000000000");
#pragma warning disable CA5351 // The algorithm that some publishers use.
        error.Message.ShouldContain(Convert.ToHexStringLower(MD5.HashData(_server.Content)));
#pragma warning restore CA5351
        Directory.GetFiles(Path.GetDirectoryName(Target)!).ShouldBeEmpty();
    }

    [Fact]
    public async Task Fetch_OfAFileThatIsThere_AsksNobody()
    {
        await Fetch(Published);
        await Fetch(Published);

        _server.Ranges.Count.ShouldBe(1);
        File.WriteAllText(Target, "another");
        (await Should.ThrowAsync<CommandException>(() => Fetch(Published))).ExitCode.ShouldBe(ExitCode.File);
        File.ReadAllText(Target).ShouldBe("another");
    }

    [Theory]
    [InlineData(404, 1)]
    [InlineData(403, 1)]
    [InlineData(503, 4)]
    public async Task Fetch_Refused_TriesAgainOnlyWhereThatMayHelp(int status, int tries)
    {
        _server.Refusal = status;

        CommandException error = await Should.ThrowAsync<CommandException>(() => Fetch(Published));

        error.ExitCode.ShouldBe(ExitCode.Server);
        error.Message.ShouldContain(status.ToString());
        _server.Ranges.Count.ShouldBe(tries);
    }

    [Theory]
    [InlineData("sha256:12")]
    [InlineData("sha1:0000000000000000000000000000000000000000")]
    [InlineData("md5:zz000000000000000000000000000000")]
    [InlineData("")]
    public void ParseChecksum_OfAnythingElse_SaysWhatIsAccepted(string text) =>
        Should.Throw<FormatException>(() => FileChecksum.Parse(text)).Message.ShouldContain("64 hexadecimal digits");

    private FileChecksum Published => new("sha256", Convert.ToHexStringLower(SHA256.HashData(_server.Content)));

    private Task<FileChecksum> Fetch(FileChecksum? checksum) => new FileDownload(_client, TimeSpan.FromMilliseconds(1)).FetchAsync(
        new("file.bin", new(_server.Address, "file.bin")) { Checksum = checksum }, Target, (done, total) => _progress.Add((done, total)), TestContext.Current.CancellationToken);
}
