namespace GradientDynamics.Train.Datasets;

/// <summary>Checks of the lists of names that configurations give.</summary>
internal static class NamedValues
{
    /// <summary>The names, or null; each must be there once and not be empty.</summary>
    public static IReadOnlyList<string>? Checked(IReadOnlyList<string>? names, string key) => names switch
    {
        null => null,
        { Count: 0 } => throw new ArgumentException("A list without names; accepted is one name for each value, or null.", key),
        _ when names.Any(string.IsNullOrWhiteSpace) || names.Distinct(StringComparer.Ordinal).Count() != names.Count => throw new ArgumentException("A name is empty or there twice; accepted are different names.", key),
        _ => [.. names],
    };

    /// <summary>The splits, of which training must be one, each once.</summary>
    public static IReadOnlyList<Split> CheckedSplits(IReadOnlyList<Split> splits, string key) => splits.Contains(Split.Train) && splits.Distinct().Count() == splits.Count
        ? [.. splits.Order()]
        : throw new ArgumentException("Accepted are train and, each once, validation and test.", key);

    /// <summary>The names that are given, or the numbers below a count as names.</summary>
    public static IReadOnlyList<string> OrNumbers(IReadOnlyList<string>? names, int count) => names ?? [.. Enumerable.Range(0, count).Select(number => number.ToString())];
}
