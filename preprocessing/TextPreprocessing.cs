namespace GradientDynamics.Preprocessing;

/// <summary>From a text, or a pair of texts, to the token ids of BERT: WordPiece, <c>[CLS] first [SEP]</c> or <c>[CLS] first [SEP] second [SEP]</c>.</summary>
/// <remarks>Devlin et al., "BERT", 2019, https://arxiv.org/abs/1810.04805.</remarks>
public sealed record TextPreprocessing : InputPreprocessing
{
    /// <summary>Vocabulary file, one token per line; a relative path starts at the folder of <c>preprocessing.json</c>.</summary>
    public required string Vocabulary { get; init; }

    /// <summary>Most tokens of one example, special tokens included. Default 128.</summary>
    public int MaximumLength { get; init { ArgumentOutOfRangeException.ThrowIfLessThan(value, TextTokenizer.SpecialTokensOfPair); field = value; } } = 128;

    /// <summary>True for an uncased vocabulary: text is lowercased and loses its accents. Default true.</summary>
    public bool LowerCase { get; init; } = true;

    /// <summary>True where every example is padded to <see cref="MaximumLength"/>; false leaves its own length. Default true.</summary>
    public bool PadToMaximumLength { get; init; } = true;
}
