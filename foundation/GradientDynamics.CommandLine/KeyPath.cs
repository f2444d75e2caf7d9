namespace GradientDynamics.CommandLine;

/// <summary>Key paths as messages and overrides write them: <c>objective.layers[0].width</c>.</summary>
internal static class KeyPath
{
    public static string Append(string path, object step) => step is int index ? $"{path}[{index}]" : path.Length == 0 ? $"{step}" : $"{path}.{step}";

    /// <summary>True where <paramref name="path"/> is <paramref name="ancestor"/> or lies below it.</summary>
    public static bool IsWithin(string path, string ancestor) =>
        path.StartsWith(ancestor, StringComparison.Ordinal) && (path.Length == ancestor.Length || path[ancestor.Length] is '.' or '[');
}
