namespace GradientDynamics.Preprocessing.Tests;

public sealed class TextTokenizerTests : IDisposable
{
    private const long Pad = 0;
    private const long Unknown = 1;
    private const long Start = 2;
    private const long Separator = 3;

    private readonly string _folder = Directory.CreateTempSubdirectory("gradientdynamics-").FullName;

    public TextTokenizerTests()
    {
        File.WriteAllText(Path.Combine(_folder, "vocab.txt"), "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nb\nc\n##c\n!\ncafe\n");
    }

    [Fact]
    public void Tokenize_OfOneText_StandsBetweenSpecialTokens()
    {
        TokenizedText text = Tokenizer(maximumLength: 8).Tokenize("A bc!");

        text.Ids.ShouldBe([Start, 5, 6, 8, 9, Separator, Pad, Pad]);
        text.Mask.ShouldBe([1, 1, 1, 1, 1, 1, 0, 0]);
        text.Segments.ShouldBe([0, 0, 0, 0, 0, 0, 0, 0]);
    }

    [Fact]
    public void Tokenize_OfAPair_MarksTheSecondSegment()
    {
        TokenizedText text = Tokenizer(maximumLength: 8).Tokenize("a", "b c");

        text.Ids.ShouldBe([Start, 5, Separator, 6, 7, Separator, Pad, Pad]);
        text.Mask.ShouldBe([1, 1, 1, 1, 1, 1, 0, 0]);
        text.Segments.ShouldBe([0, 0, 0, 1, 1, 1, 0, 0]);
    }

    [Theory]
    [InlineData("a a a a a", "b", 6, new long[] { Start, 5, 5, Separator, 6, Separator })]
    [InlineData("a", "b b b b b", 6, new long[] { Start, 5, Separator, 6, 6, Separator })]
    [InlineData("a a a", "b b b", 8, new long[] { Start, 5, 5, 5, Separator, 6, 6, Separator })]
    [InlineData("a a a", "b b b", 3, new long[] { Start, Separator, Separator })]
    public void Tokenize_OfALongPair_ShortensTheLongerFirst(string first, string second, int length, long[] ids)
    {
        Tokenizer(length).Tokenize(first, second).Ids.ShouldBe(ids);
    }

    [Fact]
    public void Tokenize_OfALongText_KeepsItsBeginning()
    {
        Tokenizer(maximumLength: 5).Tokenize("a b c a b c").Ids.ShouldBe([Start, 5, 6, 7, Separator]);
    }

    [Fact]
    public void Tokenize_OfUnknownAndEmptyText()
    {
        Tokenizer(maximumLength: 4).Tokenize("zebra").Ids.ShouldBe([Start, Unknown, Separator, Pad]);
        Tokenizer(maximumLength: 4).Tokenize("").Ids.ShouldBe([Start, Separator, Pad, Pad]);
    }

    [Fact]
    public void Tokenize_LowersCaseAndDropsAccents_OnlyWhereAsked()
    {
        TextPreprocessing cased = new() { Vocabulary = "vocab.txt", MaximumLength = 3, LowerCase = false };

        Tokenizer(maximumLength: 3).Tokenize("CAFÉ").Ids.ShouldBe([Start, 10, Separator]);
        TextTokenizer.Create(cased, _folder).Tokenize("Café").Ids.ShouldBe([Start, Unknown, Separator]);
        TextTokenizer.Create(cased, _folder).Tokenize("cafe").Ids.ShouldBe([Start, 10, Separator]);
    }

    [Fact]
    public void Tokenize_WithoutPadding_HasItsOwnLength()
    {
        TextPreprocessing options = new() { Vocabulary = "vocab.txt", PadToMaximumLength = false };

        TextTokenizer.Create(options, _folder).Tokenize("a b").Ids.ShouldBe([Start, 5, 6, Separator]);
    }

    [Theory]
    [InlineData("[PAD]\n[UNK]\n[CLS]\na\n", "has no token '[SEP]'")]
    [InlineData("[PAD]\n[UNK]\n[CLS]\n[SEP]\na\na\n", "line 6 repeats the token 'a'")]
    [InlineData("[PAD]\n[UNK]\n\n[CLS]\n[SEP]\n", "line 3 is empty")]
    public void Create_OfAForeignFile_SaysWhatIsWrong(string content, string what)
    {
        string path = Path.Combine(_folder, "foreign.txt");
        File.WriteAllText(path, content);

        Should.Throw<InvalidDataException>(() => TextTokenizer.Create(new TextPreprocessing { Vocabulary = "foreign.txt" }, _folder)).Message.ShouldStartWith($"{path}: {what}");
        Should.Throw<FileNotFoundException>(() => TextTokenizer.Create(new TextPreprocessing { Vocabulary = "none.txt" }, _folder));
    }

    // The first five as documentation of BERT prints them, the rest by its rules: control characters vanish, accents and case go, each ideograph and sign stands alone.
    [Theory]
    [InlineData("hello world", "hello world")]
    [InlineData("Hello, y'all! How are you 😁 ?", "hello , y ' all ! how are you [UNK] ?")]
    [InlineData("John Johanson's house", "john johan ##son ' s house")]
    [InlineData("Here is the sentence I want embeddings for.", "here is the sentence i want em ##bed ##ding ##s for .")]
    [InlineData("unaffable", "una ##ffa ##ble")]
    [InlineData("Café naïve\t RÉSUMÉ", "cafe naive resume")]
    [InlineData("中国", "中 国")]
    [InlineData("a\u0000b\u200dc\uFFFDd", "abc ##d")]
    [InlineData("x\u00A0y\u3000z", "x y z")]
    [InlineData("[SEP] $5^2", "[ sep ] $ 5 ^ 2")]
    [InlineData("İstanbul", "istanbul")]
    [InlineData("Ệ Ǖ ΐ й", "e u ι и")]
    [InlineData("한", "ᄒ ##ᅡ ##ᆫ")]
    public void Tokenize_WithBertsVocabulary_GivesBertsPieces(string text, string pieces)
    {
        string? data = Environment.GetEnvironmentVariable("GRADIENTDYNAMICS_DATA");
        string folder = Path.Combine(data ?? "", "bert");
        Assert.SkipUnless(File.Exists(Path.Combine(folder, "bert-base-uncased-vocab.txt")), "GRADIENTDYNAMICS_DATA names no folder with bert/bert-base-uncased-vocab.txt.");
        string[] vocabulary = File.ReadAllLines(Path.Combine(folder, "bert-base-uncased-vocab.txt"));
        TextTokenizer tokenizer = TextTokenizer.Create(new TextPreprocessing { Vocabulary = "bert-base-uncased-vocab.txt", PadToMaximumLength = false }, folder);

        TokenizedText tokenized = tokenizer.Tokenize(text);

        string.Join(' ', tokenized.Ids.Select(id => vocabulary[id])).ShouldBe($"[CLS] {pieces} [SEP]");
    }

    [Fact]
    public void Defaults_AreThoseDocumented()
    {
        TextPreprocessing options = new() { Vocabulary = "vocab.txt" };

        options.MaximumLength.ShouldBe(128);
        options.LowerCase.ShouldBeTrue();
        options.PadToMaximumLength.ShouldBeTrue();
        (options with { MaximumLength = options.MaximumLength }).ShouldBe(options);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private TextTokenizer Tokenizer(int maximumLength) => TextTokenizer.Create(new TextPreprocessing { Vocabulary = "vocab.txt", MaximumLength = maximumLength }, _folder);
}
