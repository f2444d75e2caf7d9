using System.Globalization;
using System.Text;

namespace GradientDynamics.Preprocessing;

/// <summary>The step of BERT's tokenization before WordPiece: words, punctuation marks and ideographs, separated by spaces.</summary>
/// <remarks>
/// The rules of BERT's <c>BasicTokenizer</c> (Devlin et al., 2019). They stand here because the tokenizer library's own drop characters beyond U+FFFF (an emoji must become [UNK]) and keep
/// accents where a program has no globalization data. Special tokens written in a text, such as [SEP], are text: whoever writes it cannot end a segment.
/// </remarks>
internal static class BertWords
{
    public static string Separate(string text, bool lowerCase)
    {
        StringBuilder spaced = new(text.Length + 16);
        foreach (Rune character in text.EnumerateRunes())
        {
            // A lone surrogate is enumerated as the replacement character.
            if (character.Value is 0 or 0xFFFD || IsControl(character))
            {
                continue;
            }

            if (IsWhiteSpace(character))
            {
                spaced.Append(' ');
            }
            else if (IsIdeograph(character.Value))
            {
                spaced.Append(' ').Append(character.ToString()).Append(' ');
            }
            else
            {
                spaced.Append(character.ToString());
            }
        }

        return SeparatePunctuation(lowerCase ? RemoveAccents(spaced.ToString()).ToLowerInvariant() : spaced.ToString());
    }

    private static string RemoveAccents(string text)
    {
        if (Ascii.IsValid(text))
        {
            return text;
        }

        StringBuilder plain = new(text.Length);
        foreach (Rune character in text.EnumerateRunes())
        {
            AccentRemoval.Append(plain, character);
        }

        return plain.ToString();
    }

    private static string SeparatePunctuation(string text)
    {
        StringBuilder separated = new(text.Length + 16);
        foreach (Rune character in text.EnumerateRunes())
        {
            if (IsPunctuation(character))
            {
                separated.Append(' ').Append(character.ToString()).Append(' ');
            }
            else
            {
                separated.Append(character.ToString());
            }
        }

        return separated.ToString();
    }

    private static bool IsWhiteSpace(Rune character) =>
        character.Value is '\t' or '\n' or '\r' || Rune.GetUnicodeCategory(character) == UnicodeCategory.SpaceSeparator;

    private static bool IsControl(Rune character) =>
        character.Value is not ('\t' or '\n' or '\r') && Rune.GetUnicodeCategory(character) is UnicodeCategory.Control or UnicodeCategory.Format;

    // Every ASCII sign that is neither letter, digit nor space counts, also those that Unicode calls symbols: $ ^ ` and the like.
    private static bool IsPunctuation(Rune character) =>
        character.Value is (>= 33 and <= 47) or (>= 58 and <= 64) or (>= 91 and <= 96) or (>= 123 and <= 126)
        || Rune.GetUnicodeCategory(character) is UnicodeCategory.ConnectorPunctuation or UnicodeCategory.DashPunctuation or UnicodeCategory.OpenPunctuation
            or UnicodeCategory.ClosePunctuation or UnicodeCategory.InitialQuotePunctuation or UnicodeCategory.FinalQuotePunctuation or UnicodeCategory.OtherPunctuation;

    // The CJK Unified Ideographs blocks and their compatibility forms; Hangul, Hiragana and Katakana are written with spaces or kept as words.
    private static bool IsIdeograph(int value) =>
        value is (>= 0x4E00 and <= 0x9FFF) or (>= 0x3400 and <= 0x4DBF) or (>= 0x20000 and <= 0x2A6DF) or (>= 0x2A700 and <= 0x2B73F)
            or (>= 0x2B740 and <= 0x2B81F) or (>= 0x2B820 and <= 0x2CEAF) or (>= 0xF900 and <= 0xFAFF) or (>= 0x2F800 and <= 0x2FA1F);
}
