using Microsoft.ML.Tokenizers;

namespace GradientDynamics.Preprocessing;

/// <summary>Tokenizes texts as <see cref="TextPreprocessing"/> says.</summary>
public sealed class TextTokenizer
{
    /// <summary>Special tokens that a pair needs: [CLS] and twice [SEP].</summary>
    public const int SpecialTokensOfPair = 3;

    private readonly WordPieceTokenizer _tokenizer;
    private readonly TextPreprocessing _options;
    private readonly int _padding;
    private readonly int _start;
    private readonly int _separator;

    private TextTokenizer(WordPieceTokenizer tokenizer, TextPreprocessing options, Dictionary<string, int> vocabulary)
    {
        _tokenizer = tokenizer;
        _options = options;
        _padding = vocabulary["[PAD]"];
        _start = vocabulary["[CLS]"];
        _separator = vocabulary["[SEP]"];
        TokenCount = vocabulary.Count;
    }

    /// <summary>Number of tokens of the vocabulary: all ids are below it.</summary>
    public int TokenCount { get; }

    /// <summary>Id that stands where a text has ended.</summary>
    public int PaddingId => _padding;

    /// <summary>Reads the vocabulary; a relative path starts at <paramref name="folder"/>.</summary>
    /// <exception cref="FileNotFoundException">There is no such file; the message names it.</exception>
    /// <exception cref="InvalidDataException">The file is no WordPiece vocabulary.</exception>
    public static TextTokenizer Create(TextPreprocessing options, string folder)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(folder);
        string path = Path.Combine(folder, options.Vocabulary);
        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"{path}: no such file; accepted is a WordPiece vocabulary, one token per line, such as bert-base-uncased's vocab.txt.", path);
        }

        Dictionary<string, int> vocabulary = [];
        foreach ((int line, string token) in File.ReadLines(path).Index())
        {
            // An empty or repeated line would shift the ids after it, unseen.
            if (token.Length == 0 || !vocabulary.TryAdd(token, line))
            {
                string what = token.Length == 0 ? "is empty" : $"repeats the token '{token}'";
                throw new InvalidDataException($"{path}: line {line + 1} {what}; accepted is each token once, one per line.");
            }
        }

        if (((string[])["[PAD]", "[UNK]", "[CLS]", "[SEP]"]).FirstOrDefault(special => !vocabulary.ContainsKey(special)) is { } missing)
        {
            throw new InvalidDataException($"{path}: has no token '{missing}'; accepted is a WordPiece vocabulary with [PAD], [UNK], [CLS] and [SEP], one token per line.");
        }

        WordPieceOptions pieces = new() { PreTokenizer = PreTokenizer.CreateWhiteSpace(), UnknownToken = "[UNK]" };
        return new TextTokenizer(WordPieceTokenizer.Create(path, pieces), options, vocabulary);
    }

    /// <summary>Tokenizes a text, or a pair; what is too long loses tokens at its end, the longer text first (of equal ones the second).</summary>
    public TokenizedText Tokenize(string first, string? second = null)
    {
        ArgumentNullException.ThrowIfNull(first);
        List<int> a = Pieces(first);
        List<int>? b = second is null ? null : Pieces(second);
        Truncate(a, b);

        int length = a.Count + 2 + (b is null ? 0 : b.Count + 1);
        int padded = _options.PadToMaximumLength ? _options.MaximumLength : length;
        TokenizedText text = new(new long[padded], new long[padded], new long[padded]);
        Array.Fill(text.Ids, _padding);
        Array.Fill(text.Mask, 1, 0, length);
        int position = 0;
        text.Ids[position++] = _start;
        foreach (int id in a)
        {
            text.Ids[position++] = id;
        }

        text.Ids[position++] = _separator;
        if (b is not null)
        {
            Array.Fill(text.Segments, 1, position, b.Count + 1);
            foreach (int id in b)
            {
                text.Ids[position++] = id;
            }

            text.Ids[position] = _separator;
        }

        return text;
    }

    private List<int> Pieces(string text) => [.. _tokenizer.EncodeToIds(BertWords.Separate(text, _options.LowerCase))];

    private void Truncate(List<int> first, List<int>? second)
    {
        if (second is null)
        {
            int kept = _options.MaximumLength - 2;
            first.RemoveRange(Math.Min(first.Count, kept), Math.Max(0, first.Count - kept));
            return;
        }

        while (first.Count + second.Count > _options.MaximumLength - SpecialTokensOfPair)
        {
            List<int> longer = first.Count > second.Count ? first : second;
            longer.RemoveAt(longer.Count - 1);
        }
    }
}
