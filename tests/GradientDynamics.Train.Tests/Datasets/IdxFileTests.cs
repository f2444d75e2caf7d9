using System.IO.Compression;
using GradientDynamics.Train.Datasets;

namespace GradientDynamics.Train.Tests.Datasets;

public sealed class IdxFileTests
{
    // Two images of 2 x 3.
    private static readonly byte[] Images = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];

    [Fact]
    public void Parse_OfAWholeFile_GivesSizesAndElements()
    {
        IdxFile file = IdxFile.Parse(Images, "images", 3);

        file.Sizes.ShouldBe([2, 2, 3]);
        file.Elements.ToArray().ShouldBe([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    }

    [Fact]
    public void Parse_OfAnyTruncation_SaysWhichFileIsWrong()
    {
        for (int length = 0; length < Images.Length; length++)
        {
            InvalidDataException error = Should.Throw<InvalidDataException>(() => IdxFile.Parse(Images[..length], "images", 3));
            error.Message.ShouldStartWith("images: ");
        }
    }

    [Theory]
    [InlineData(0, 1, "is no IDX file")]
    [InlineData(2, 13, "is no IDX file")]
    [InlineData(3, 1, "has 1 dimensions; 3 are accepted")]
    [InlineData(4, 255, "states the size")]
    [InlineData(4, 127, "states the size")]
    [InlineData(7, 0, "states the size 0")]
    [InlineData(7, 3, "truncated")]
    [InlineData(7, 1, "6 bytes of data; 12 are there")]
    public void Parse_OfAWrongHeader_SaysWhatIsWrong(int position, byte value, string message)
    {
        byte[] bytes = [.. Images];
        bytes[position] = value;

        Should.Throw<InvalidDataException>(() => IdxFile.Parse(bytes, "images", 3)).Message.ShouldContain(message);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Read_OfAPlainOrCompressedFile_GivesTheSame(bool compressed)
    {
        using TemporaryFolder folder = new();
        Write(folder, Images, compressed);

        IdxFile.Read(folder.Path, "images", 3).Elements.Length.ShouldBe(12);
    }

    [Fact]
    public void Read_OfATruncatedCompressedFile_SaysWhichFileIsWrong()
    {
        using TemporaryFolder folder = new();
        Write(folder, [.. Images[..16], .. new byte[2000]], compressed: true);
        string path = Path.Combine(folder.Path, "images.gz");
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..20]);

        Should.Throw<InvalidDataException>(() => IdxFile.Read(folder.Path, "images", 3)).Message.ShouldContain(path);
    }

    [Fact]
    public void Read_OfSomethingThatIsNoGzip_SaysWhichFileIsWrong()
    {
        using TemporaryFolder folder = new();
        string path = Path.Combine(folder.Path, "images.gz");
        File.WriteAllText(path, "<html>404 Not Found</html>");

        Should.Throw<InvalidDataException>(() => IdxFile.Read(folder.Path, "images", 3)).Message.ShouldContain(path);
    }

    [Fact]
    public void Read_OfAMissingFile_SaysWhatIsAccepted()
    {
        using TemporaryFolder folder = new();

        Should.Throw<FileNotFoundException>(() => IdxFile.Read(folder.Path, "images", 3)).Message.ShouldContain("images.gz");
    }

    private static void Write(TemporaryFolder folder, byte[] bytes, bool compressed)
    {
        using FileStream file = File.Create(Path.Combine(folder.Path, compressed ? "images.gz" : "images"));
        using Stream stream = compressed ? new GZipStream(file, CompressionLevel.Fastest) : file;
        stream.Write(bytes);
    }
}
