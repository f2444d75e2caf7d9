using System.Text.RegularExpressions;
using GradientDynamics.CommandLine;

namespace GradientDynamics.Train.FineTuning;

/// <summary>Names chosen by patterns, in which * stands for any text and ? for any character.</summary>
internal static class NamePatterns
{
    // More names than one reads on a line.
    private const int MostShown = 5;

    /// <summary>The names that a pattern matches.</summary>
    /// <param name="patterns">Patterns.</param>
    /// <param name="names">Names to choose from.</param>
    /// <param name="key">Key of the configuration that holds the patterns, for messages.</param>
    /// <exception cref="CommandException">A pattern matches no name.</exception>
    public static HashSet<string> Choose(IReadOnlyList<string> patterns, IReadOnlyCollection<string> names, string key)
    {
        HashSet<string> chosen = new(StringComparer.Ordinal);
        foreach ((int index, string pattern) in patterns.Index())
        {
            Regex expression = new($"^{Regex.Escape(pattern).Replace("\\*", ".*", StringComparison.Ordinal).Replace("\\?", ".", StringComparison.Ordinal)}$", RegexOptions.CultureInvariant | RegexOptions.Singleline);
            string[] matched = [.. names.Where(name => expression.IsMatch(name))];
            if (matched.Length == 0)
            {
                throw new CommandException(ExitCode.Configuration, $"{key}[{index}]: no parameter is called '{pattern}'; near are {string.Join(", ", Nearest(pattern, names).Select(name => $"'{name}'"))}.");
            }

            chosen.UnionWith(matched);
        }

        return chosen;
    }

    private static IEnumerable<string> Nearest(string pattern, IReadOnlyCollection<string> names) => names.OrderBy(name => Distance(pattern, name)).Take(MostShown);

    // Levenshtein's: insertions, deletions and replacements; what * stands for costs nothing.
    private static int Distance(string pattern, string name)
    {
        int[] previous = [.. Enumerable.Range(0, name.Length + 1)];
        foreach (char expected in pattern)
        {
            int[] current = new int[name.Length + 1];
            current[0] = previous[0] + (expected == '*' ? 0 : 1);
            for (int i = 1; i <= name.Length; i++)
            {
                current[i] = expected == '*'
                    ? Math.Min(previous[i], current[i - 1])
                    : Math.Min(Math.Min(previous[i], current[i - 1]) + 1, previous[i - 1] + (expected == name[i - 1] || expected == '?' ? 0 : 1));
            }

            previous = current;
        }

        return previous[^1];
    }
}
