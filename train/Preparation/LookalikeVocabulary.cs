using GradientDynamics.CommandLine;
using GradientDynamics.Preprocessing;

namespace GradientDynamics.Train.Preparation;

/// <summary>A WordPiece vocabulary of the words of a look-alike: its first tokens are those of bert-base-uncased, [PAD] being 0.</summary>
internal static class LookalikeVocabulary
{
    /// <summary>Name of the file in the look-alike's folder.</summary>
    public const string FileName = "vocab.txt";

    private static readonly string[] Special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];

    /// <summary>Writes the vocabulary of texts of ASCII words, and returns a tokenizer without padding.</summary>
    public static TextTokenizer Open(string folder, IEnumerable<string> texts, int maximumLength)
    {
        SortedSet<string> words = new(StringComparer.Ordinal) { ".", ",", "!" };
        foreach (string text in texts)
        {
            words.UnionWith(text.ToLowerInvariant().Split([' ', '.', ',', '!'], StringSplitOptions.RemoveEmptyEntries));
        }

        AtomicFile.WriteText(Path.Combine(folder, FileName), string.Concat(Special.Concat(words).Select(word => word + "\n")));
        return TextTokenizer.Create(new() { Vocabulary = FileName, MaximumLength = maximumLength, PadToMaximumLength = false }, folder);
    }
}
