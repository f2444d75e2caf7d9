using System.Globalization;
using System.Text;

namespace GradientDynamics.Preprocessing;

/// <summary>Canonical decomposition without the non-spacing marks: é becomes e, and a Hangul syllable its letters.</summary>
/// <remarks>
/// <see cref="string.Normalize(NormalizationForm)"/> leaves everything but ASCII as it is where the program or the system has no globalization data; tokens must not depend on that.
/// The decompositions come from <c>UnicodeBases.txt</c>; Hangul follows the arithmetic of the Unicode standard, section 3.12.
/// </remarks>
internal static class AccentRemoval
{
    private const int FirstSyllable = 0xAC00;
    private const int SyllableCount = 11172;
    private const int FirstLeading = 0x1100;
    private const int FirstVowel = 0x1161;
    private const int BeforeFirstTrailing = 0x11A7;
    private const int TrailingCount = 28;
    private const int VowelAndTrailingCount = 21 * TrailingCount;

    private static readonly Dictionary<int, string> Bases = ReadBases();

    public static void Append(StringBuilder text, Rune character)
    {
        int value = character.Value;
        int syllable = value - FirstSyllable;
        if (syllable is >= 0 and < SyllableCount)
        {
            text.Append((char)(FirstLeading + (syllable / VowelAndTrailingCount)));
            text.Append((char)(FirstVowel + (syllable % VowelAndTrailingCount / TrailingCount)));
            if (syllable % TrailingCount != 0)
            {
                text.Append((char)(BeforeFirstTrailing + (syllable % TrailingCount)));
            }
        }
        else if (Bases.TryGetValue(value, out string? bases))
        {
            text.Append(bases);
        }
        else if (Rune.GetUnicodeCategory(character) != UnicodeCategory.NonSpacingMark)
        {
            text.Append(character.ToString());
        }
    }

    private static Dictionary<int, string> ReadBases()
    {
        Dictionary<int, string> bases = [];
        using Stream stream = typeof(AccentRemoval).Assembly.GetManifestResourceStream("UnicodeBases.txt")!;
        using StreamReader reader = new(stream);
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith('#'))
            {
                continue;
            }

            string[] parts = line.Split(';');
            string result = string.Concat(parts[0].Split(' ').Select(ToCharacter));
            foreach (string code in parts[1].Split(' '))
            {
                bases.Add(int.Parse(code, NumberStyles.HexNumber, CultureInfo.InvariantCulture), result);
            }
        }

        return bases;

        static string ToCharacter(string code) => char.ConvertFromUtf32(int.Parse(code, NumberStyles.HexNumber, CultureInfo.InvariantCulture));
    }
}
