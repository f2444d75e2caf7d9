using System.Security.Cryptography;
using GradientDynamics.Preprocessing;

namespace GradientDynamics.Train.Datasets;

/// <summary>How texts become tokens.</summary>
public sealed record TokenOptions
{
    /// <summary>WordPiece vocabulary, one token per line; a relative path is below GRADIENTDYNAMICS_DATA, or below the current folder where that is not set. Default bert-base-uncased's.</summary>
    public string Vocabulary
    {
        get;
        init => field = value.Length > 0 ? value : throw new ArgumentException("It is empty; the path of a vocabulary is accepted.", nameof(Vocabulary));
    } = "bert/bert-base-uncased-vocab.txt";

    /// <summary>Whether the vocabulary is uncased: text is lowercased and loses its accents. Default true.</summary>
    public bool LowerCase { get; init; } = true;

    /// <summary>Most tokens of an example, special tokens included; null is what the dataset's publication has: 128 for MultiNLI, 220 for CivilComments, and 128 elsewhere. Default null.</summary>
    public int? MaximumLength
    {
        get;
        init
        {
            if (value is { } length)
            {
                ArgumentOutOfRangeException.ThrowIfLessThan(length, TextTokenizer.SpecialTokensOfPair, nameof(MaximumLength));
            }

            field = value;
        }
    }

    /// <summary>How far the examples of a batch are padded. Default longest: to the longest of them, which gives the same logits for less work.</summary>
    public TokenPadding Padding { get; init; }

    /// <summary>Folder in which tokens are kept for the next run; a relative path as for the vocabulary. Default none.</summary>
    public string? Cache { get; init; }

    /// <summary>The layout of inputs, and the tokenizer.</summary>
    internal (TokenLayout Layout, TextTokenizer Tokenizer) Open(int publishedLength)
    {
        int length = MaximumLength ?? publishedLength;
        string path = DataFolder.FullPath(Vocabulary);
        TextPreprocessing preprocessing = new() { Vocabulary = path, LowerCase = LowerCase, MaximumLength = length, PadToMaximumLength = false };
        TextTokenizer tokenizer = TextTokenizer.Create(preprocessing, Path.GetDirectoryName(path)!);
        TokenLayout layout = new(length, Padding == TokenPadding.Longest, tokenizer.PaddingId, tokenizer.TokenCount) { Preprocessing = preprocessing with { PadToMaximumLength = Padding == TokenPadding.Maximum } };
        return (layout, tokenizer);
    }

    /// <summary>Tokenizes texts.</summary>
    internal (TokenSequences Sequences, TokenLayout Layout) Tokenize(IReadOnlyList<Text> texts, int publishedLength)
    {
        (TokenLayout layout, TextTokenizer tokenizer) = Open(publishedLength);
        string settings = $"{Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(DataFolder.FullPath(Vocabulary))))} {LowerCase} {layout.Length}";
        return (TokenSequences.Tokenize(texts, tokenizer, settings, Cache is null ? null : DataFolder.FullPath(Cache)), layout);
    }
}

/// <summary>How far the examples of a batch are padded.</summary>
public enum TokenPadding
{
    /// <summary>To the longest of the batch.</summary>
    Longest,

    /// <summary>To the most tokens that an example may have, as the published code does; for networks of a fixed length.</summary>
    Maximum,
}
