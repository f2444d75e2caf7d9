namespace GradientDynamics.Train.Sweeps;

/// <summary>Text as a POSIX shell reads it back.</summary>
internal static class ShellText
{
    /// <summary>One word, in single quotes.</summary>
    public static string Quote(string text) => $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    /// <summary>Several words.</summary>
    public static string Quote(IEnumerable<string> words) => string.Join(' ', words.Select(Quote));
}
