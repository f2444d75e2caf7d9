namespace GradientDynamics.CommandLine;

/// <summary>The accepted names nearest to a mistyped one, by Levenshtein distance.</summary>
public static class NearestName
{
    /// <summary>The candidates nearest to a name: first those that hold it, such as <c>/bert/embeddings/Add</c> for <c>embeddings</c>, then by distance.</summary>
    /// <param name="name">The mistyped name.</param>
    /// <param name="candidates">The accepted names.</param>
    /// <param name="count">How many at most.</param>
    public static IReadOnlyList<string> FindSeveral(string name, IEnumerable<string> candidates, int count)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(candidates);
        string plain = Plain(name);
        return
        [
            .. candidates.Distinct(StringComparer.Ordinal)
                .OrderBy(candidate => plain.Length > 0 && Plain(candidate).Contains(plain, StringComparison.Ordinal) ? 0 : 1)
                .ThenBy(candidate => Distance(plain, Plain(candidate)))
                .ThenBy(candidate => candidate, StringComparer.Ordinal)
                .Take(count),
        ];
    }

    /// <summary>The nearest candidate, or null where none is near: at most one edit per three letters, and at least two.</summary>
    public static string? Find(string name, IEnumerable<string> candidates)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(candidates);
        string plain = Plain(name);
        string? nearest = null;
        int smallest = Math.Max(2, plain.Length / 3) + 1;
        foreach (string candidate in candidates)
        {
            int distance = Distance(plain, Plain(candidate));
            if (distance < smallest && distance < plain.Length)
            {
                (nearest, smallest) = (candidate, distance);
            }
        }

        return nearest;
    }

    /// <summary><c>; did you mean 'x'?</c>, or nothing.</summary>
    public static string Suggest(string name, IEnumerable<string> candidates) =>
        Find(name, candidates) is { } nearest ? $"; did you mean '{nearest}'?" : "";

    // learning_rate, learning-rate and LearningRate are all slips for learningRate.
    private static string Plain(string name) => name.Replace("_", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal).ToLowerInvariant();

    private static int Distance(string a, string b)
    {
        int[] previous = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 1; i <= a.Length; i++)
        {
            int[] current = new int[b.Length + 1];
            current[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int substitution = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                current[j] = Math.Min(substitution, Math.Min(previous[j], current[j - 1]) + 1);
            }

            previous = current;
        }

        return previous[b.Length];
    }
}
