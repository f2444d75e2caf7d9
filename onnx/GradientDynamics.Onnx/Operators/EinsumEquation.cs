namespace GradientDynamics.Onnx.Operators;

/// <summary>
/// An equation in Einstein's notation, such as "bij,bjk->bik": a letter for each dimension of each operand and of the result; "..." stands
/// for any number of dimensions. What a result that is not given has: the dimensions of "...", then in alphabetical order (capitals first)
/// the letters that stand once.
/// </summary>
public sealed class EinsumEquation
{
    private const string Ellipsis = "...";

    private EinsumEquation(IReadOnlyList<string> operands, string result)
    {
        Operands = operands;
        Result = result;
    }

    /// <summary>The letters of each operand.</summary>
    public IReadOnlyList<string> Operands { get; }

    /// <summary>The letters of the result.</summary>
    public string Result { get; }

    /// <summary>Reads an equation.</summary>
    /// <exception cref="FormatException">It is no equation; the message says why.</exception>
    public static EinsumEquation Parse(string equation)
    {
        ArgumentNullException.ThrowIfNull(equation);
        string compact = equation.Replace(" ", "", StringComparison.Ordinal);
        string[] sides = compact.Split("->");
        if (sides.Length > 2)
        {
            throw Error(equation, "it has more than one '->'");
        }

        string[] operands = sides[0].Split(',');
        foreach (string letters in operands)
        {
            Check(equation, letters);
        }

        if (sides.Length == 1)
        {
            return new(operands, ImplicitResult(operands));
        }

        string result = sides[1];
        Check(equation, result);
        string plain = WithoutEllipsis(result);
        foreach (char letter in plain)
        {
            if (plain.Count(other => other == letter) > 1)
            {
                throw Error(equation, $"its result has '{letter}' twice");
            }

            if (!operands.Any(operand => operand.Contains(letter, StringComparison.Ordinal)))
            {
                throw Error(equation, $"its result has '{letter}', which no operand has");
            }
        }

        return result.Contains(Ellipsis, StringComparison.Ordinal) && !operands.Any(operand => operand.Contains(Ellipsis, StringComparison.Ordinal))
            ? throw Error(equation, "its result has '...', which no operand has")
            : new(operands, result);
    }

    /// <summary>The equation with letters in place of "...", for operands of the ranks given.</summary>
    /// <exception cref="FormatException">An operand has not the rank that the equation asks for, "..." stands for different numbers of dimensions, or there are not enough letters.</exception>
    public EinsumEquation SpelledOut(IReadOnlyList<int> ranks)
    {
        ArgumentNullException.ThrowIfNull(ranks);
        int? hidden = null;
        for (int i = 0; i < Operands.Count; i++)
        {
            bool open = Operands[i].Contains(Ellipsis, StringComparison.Ordinal);
            int rest = ranks[i] - WithoutEllipsis(Operands[i]).Length;
            if (rest < 0 || (rest > 0 && !open))
            {
                throw Error(ToString(), $"operand {i} has {ranks[i]} dimensions; {(open ? "at least " : "")}{WithoutEllipsis(Operands[i]).Length} are accepted");
            }

            if (open && (hidden ??= rest) != rest)
            {
                throw Error(ToString(), $"'...' stands for {hidden} dimensions and, in operand {i}, for {rest}; the same number is accepted");
            }
        }

        char[] free = [.. Letters().Where(letter => !Operands.Any(operand => operand.Contains(letter, StringComparison.Ordinal)))];
        if (hidden > free.Length)
        {
            throw Error(ToString(), $"'...' stands for {hidden} dimensions and {free.Length} letters are left");
        }

        string letters = new(free.AsSpan(0, hidden ?? 0));
        return new([.. Operands.Select(operand => operand.Replace(Ellipsis, letters, StringComparison.Ordinal))], Result.Replace(Ellipsis, letters, StringComparison.Ordinal));
    }

    /// <summary>Every letter that an equation can have: small ones, then capitals.</summary>
    public static IEnumerable<char> Letters() => Enumerable.Range('a', 26).Concat(Enumerable.Range('A', 26)).Select(code => (char)code);

    /// <inheritdoc/>
    public override string ToString() => $"{string.Join(",", Operands)}->{Result}";

    private static string ImplicitResult(string[] operands)
    {
        string all = string.Concat(operands.Select(WithoutEllipsis));
        string once = string.Concat(all.Where(letter => all.Count(other => other == letter) == 1).Order());
        return (operands.Any(operand => operand.Contains(Ellipsis, StringComparison.Ordinal)) ? Ellipsis : "") + once;
    }

    private static void Check(string equation, string letters)
    {
        string plain = WithoutEllipsis(letters);
        if (plain.Any(letter => !char.IsAsciiLetter(letter)))
        {
            throw Error(equation, $"'{letters}' is no list of dimensions; letters and one '...' are accepted");
        }
    }

    // Without the first "..."; a second one is left and is no letter.
    private static string WithoutEllipsis(string letters)
    {
        int at = letters.IndexOf(Ellipsis, StringComparison.Ordinal);
        return at < 0 ? letters : letters.Remove(at, Ellipsis.Length);
    }

    private static FormatException Error(string equation, string reason) => new($"equation '{equation}' cannot be read: {reason}");
}
