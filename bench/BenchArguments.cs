using System.Globalization;

namespace GradientDynamics.Bench;

/// <summary>Arguments of a comparison, as <c>--name value</c>.</summary>
internal static class BenchArguments
{
    /// <summary>The value of an option, or null.</summary>
    public static string? Option(this string[] args, string name)
    {
        int index = Array.IndexOf(args, name);
        return index >= 0 && index + 1 < args.Length ? args[index + 1] : null;
    }

    /// <summary>The value of <c>--rounds</c>, or the default.</summary>
    public static int Rounds(this string[] args, int absent) => args.Option("--rounds") is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : absent;
}
