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

    /// <summary>The arguments without an option and its value.</summary>
    public static string[] Without(this string[] args, string name)
    {
        int index = Array.IndexOf(args, name);
        return index >= 0 && index + 1 < args.Length ? [.. args[..index], .. args[(index + 2)..]] : args;
    }

    /// <summary>The value of <c>--rounds</c>, or the default.</summary>
    public static int Rounds(this string[] args, int absent) => args.Option("--rounds") is { } text ? Count(text) : absent;

    /// <summary>A whole number from 1 at a place of the arguments, or the default where there are fewer.</summary>
    public static int CountAt(this IReadOnlyList<string> args, int place, int absent) => place < args.Count ? Count(args[place]) : absent;


    /// <summary>Reads names of what is compared and a number of rounds, in any order; says so where an argument is neither.</summary>
    /// <param name="args">The arguments.</param>
    /// <param name="known">Names that there are.</param>
    /// <param name="rounds">The rounds; left as it is where none are given.</param>
    /// <param name="chosen">The names given, all where none is.</param>
    public static bool TryReadChoice(this IEnumerable<string> args, IReadOnlyCollection<string> known, ref int rounds, out IReadOnlyList<string> chosen)
    {
        List<string> names = [];
        foreach (string argument in args)
        {
            if (known.Contains(argument))
            {
                names.Add(argument);
            }
            else if (!int.TryParse(argument, NumberStyles.None, CultureInfo.InvariantCulture, out rounds) || rounds == 0)
            {
                Console.Error.WriteLine($"'{argument}' is neither a number of rounds nor one of {string.Join(", ", known)}.");
                chosen = names;
                return false;
            }
        }

        chosen = names.Count > 0 ? names : [.. known];
        return true;
    }

    private static int Count(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0
        ? number
        : throw new WrongArgumentException($"'{text}' is not accepted; whole numbers from 1 are.");
}

/// <summary>An argument is wrong; the message says which and what is accepted.</summary>
internal sealed class WrongArgumentException(string message) : Exception(message);
