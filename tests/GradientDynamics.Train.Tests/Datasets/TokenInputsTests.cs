using GradientDynamics.Preprocessing;
using GradientDynamics.Train.Datasets;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Tests.Datasets;

public sealed class TokenInputsTests
{
    private static readonly TokenSequences Sequences = TokenSequences.Of([([2, 5, 3], 3), ([2, 5, 6, 3, 7, 3], 4), ([2, 3, 8, 3], 2), ([2, 9, 3], 3)]);

    [Fact]
    public void Read_PadsToTheLongestOfTheBatch()
    {
        Long(Inputs(varies: true).Read([0, 2])).ShouldBe(
        [
            [[2, 5, 3, 1], [2, 3, 8, 3]],
            [[1, 1, 1, 0], [1, 1, 1, 1]],
            [[0, 0, 0, 0], [0, 0, 1, 1]],
        ]);
    }

    [Fact]
    public void ReadWhole_AndReadOfAFixedLength_PadToTheMostTokens()
    {
        long[][][] whole = Long(Inputs(varies: true).ReadWhole([1]));

        whole.ShouldBe([[[2, 5, 6, 3, 7, 3, 1, 1]], [[1, 1, 1, 1, 1, 1, 0, 0]], [[0, 0, 0, 0, 1, 1, 0, 0]]]);
        Long(Inputs(varies: false).Read([1])).ShouldBe(whole);
    }

    [Fact]
    public void CheapestOrder_IsFromTheLongest_AndNoneWhereAllAreAsLong()
    {
        Inputs(varies: true).CheapestOrder.ShouldBe([1, 2, 0, 3]);
        Inputs(varies: false).CheapestOrder.ShouldBeNull();
    }

    [Fact]
    public void ContentHash_IsOfTheTokens_NotOfTheirPadding()
    {
        string hash = Split(varies: true, [0, 1]).ContentHash();

        Split(varies: false, [0, 1]).ContentHash().ShouldBe(hash);
        Split(varies: true, [1, 0]).ContentHash().ShouldNotBe(hash);
    }

    [Fact]
    public void Tokenize_WithACache_ReadsWhatItWrote_AndNothingElse()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.Combine("vocab.txt"), "[PAD]\n[UNK]\n[CLS]\n[SEP]\na\nb\n");
        TextTokenizer tokenizer = TextTokenizer.Create(new() { Vocabulary = "vocab.txt", PadToMaximumLength = false }, folder.Path);
        Text[] texts = [new("a b", "b"), new("b c")];
        string cache = folder.Combine("cache");
        TokenSequences fresh = TokenSequences.Tokenize(texts, tokenizer, "vocabulary 1", cache);
        string file = Directory.GetFiles(cache).Single();
        byte[] whole = File.ReadAllBytes(file);

        Ids(TokenSequences.Tokenize(texts, tokenizer, "vocabulary 1", cache)).ShouldBe(Ids(fresh));
        Ids(fresh).ShouldBe([[2, 4, 5, 3, 5, 3], [2, 5, 1, 3]]);
        fresh.FirstLengthOf(0).ShouldBe(4);
        // A cache whose tokens say something else is believed where it is whole, which shows that it is read, and not where it is damaged.
        byte[] damaged = [.. whole];
        damaged[^4] = 4;
        File.WriteAllBytes(file, damaged);
        Ids(TokenSequences.Tokenize(texts, tokenizer, "vocabulary 1", cache)).ShouldBe(Ids(fresh));
        File.ReadAllBytes(file).ShouldBe(whole);
        TokenSequences.Tokenize(texts, tokenizer, "vocabulary 2", cache);
        TokenSequences.Tokenize([texts[0]], tokenizer, "vocabulary 1", cache);
        Directory.GetFiles(cache).Length.ShouldBe(3);
    }

    // Ids as documentation and model cards of bert-base-uncased print them.
    [Theory]
    [InlineData("hello world", null, new long[] { 101, 7592, 2088, 102 })]
    [InlineData("Hello, my dog is cute", null, new long[] { 101, 7592, 1010, 2026, 3899, 2003, 10140, 102 })]
    [InlineData("Replace me by any text you'd like.", null, new long[] { 101, 5672, 2033, 2011, 2151, 3793, 2017, 1005, 1040, 2066, 1012, 102 })]
    [InlineData("This is the first sentence.", "This is the second one.", new long[] { 101, 2023, 2003, 1996, 2034, 6251, 1012, 102, 2023, 2003, 1996, 2117, 2028, 1012, 102 })]
    public void Tokens_OfBertsVocabulary_AreThePublishedIds(string first, string? second, long[] ids)
    {
        string? data = Environment.GetEnvironmentVariable("GRADIENTDYNAMICS_DATA");
        Assert.SkipUnless(data is not null && File.Exists(Path.Combine(data, new TokenOptions().Vocabulary)), "GRADIENTDYNAMICS_DATA names no folder with bert/bert-base-uncased-vocab.txt.");

        (TokenSequences sequences, TokenLayout layout) = new TokenOptions().Tokenize([new(first, second)], 128);

        sequences.IdsOf(0).ToArray().ShouldBe([.. ids.Select(id => (int)id)]);
        sequences.FirstLengthOf(0).ShouldBe(second is null ? ids.Length : 8);
        layout.TokenCount.ShouldBe(30_522);
        layout.PaddingId.ShouldBe(0);
    }

    [Fact]
    public void TokenOptions_NameAMissingVocabulary_AndItsDefaults()
    {
        TokenOptions options = new();
        (options with { Vocabulary = "bert/bert-base-uncased-vocab.txt", LowerCase = true, MaximumLength = null, Padding = TokenPadding.Longest, Cache = null }).ShouldBe(options);

        Should.Throw<FileNotFoundException>(() => (options with { Vocabulary = "/nowhere/vocab.txt" }).Open(128)).Message.ShouldContain("/nowhere/vocab.txt: no such file; accepted is a WordPiece vocabulary");
        Should.Throw<ArgumentException>(() => options with { Vocabulary = "" });
        Should.Throw<ArgumentOutOfRangeException>(() => options with { MaximumLength = 2 });
    }

    private static TokenInputs Inputs(bool varies) => new(Sequences, [0, 1, 2, 3], new(8, varies, PaddingId: 1, TokenCount: 10));

    private static GroupedDataset Split(bool varies, int[] examples) => TextDatasetOptions.Of("tiny", Train.Datasets.Split.Train, ["no", "yes"], [], (Sequences, new(8, varies, 1, 10)), [.. examples.Select(example => (example, 0, 0))]);

    private static int[][] Ids(TokenSequences sequences) => [.. Enumerable.Range(0, sequences.Count).Select(i => sequences.IdsOf(i).ToArray())];

    private static long[][][] Long(Tensor[] columns)
    {
        long[][][] values = [.. columns.Select(column => column.data<long>().ToArray().Chunk((int)column.shape[1]).ToArray())];
        foreach (Tensor column in columns)
        {
            column.Dispose();
        }

        return values;
    }
}
