namespace GradientDynamics.Preprocessing.Tests;

public sealed class PreprocessingFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("gradientdynamics-").FullName;

    public static TheoryData<InputPreprocessing> EveryKind =>
    [
        new ImagePreprocessing { Channels = ImageChannels.Grey, ResizeShortSide = 256, CenterCrop = new ImageSize { Width = 224, Height = 200 } },
        new ImagePreprocessing { Resize = new ImageSize { Width = 64, Height = 32 } },
        new TextPreprocessing { Vocabulary = "vocab.txt", MaximumLength = 220, LowerCase = false, PadToMaximumLength = false },
    ];

    [Theory]
    [MemberData(nameof(EveryKind), DisableDiscoveryEnumeration = true)]
    public void Read_ReturnsWhatWasWritten(InputPreprocessing preprocessing)
    {
        string path = Write(PreprocessingFile.Write(preprocessing));

        PreprocessingFile.Read(path).ShouldBe(preprocessing);
    }

    [Fact]
    public void Write_FillsInTheDefaults()
    {
        PreprocessingFile.Write(new TextPreprocessing { Vocabulary = "vocab.txt" }).ShouldBe("""
            {
              "kind": "text",
              "vocabulary": "vocab.txt",
              "maximumLength": 128,
              "lowerCase": true,
              "padToMaximumLength": true
            }

            """);
    }

    [Theory]
    [InlineData("""{ "kind": "sound" }""")]
    [InlineData("""{ "resizeShortSide": 3 }""")]
    [InlineData("""{ "kind": "image", "size": 3 }""")]
    [InlineData("""{ "kind": "image", "resizeShortSide": 0 }""")]
    [InlineData("""{ "kind": "image", "resizeShortSide": 3, "resize": { "width": 1, "height": 1 } }""")]
    [InlineData("""{ "kind": "image", "resizeShortSide": 100, "centerCrop": { "width": 224, "height": 224 } }""")]
    [InlineData("""{ "kind": "text" }""")]
    [InlineData("""{ "kind": "text", "vocabulary": "v", "maximumLength": 2 }""")]
    [InlineData("null")]
    [InlineData("{")]
    public void Read_OfWhatIsNoPreprocessing_NamesTheFile(string json)
    {
        string path = Write(json);

        InvalidDataException exception = Should.Throw<InvalidDataException>(() => PreprocessingFile.Read(path));

        exception.Message.ShouldStartWith($"{path}: is ");
        exception.Message.ShouldContain("accepted is an object with a 'kind' of 'image' or 'text'");
        exception.Message.ShouldNotContain('\n');
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Write(string json)
    {
        string path = Path.Combine(_folder, "preprocessing.json");
        File.WriteAllText(path, json);
        return path;
    }
}
