namespace GradientDynamics.Onnx.Graph;

/// <summary>Names that nothing has yet; which they are follows from the order of the calls alone.</summary>
internal sealed class FreshNames(IEnumerable<string> taken)
{
    private readonly HashSet<string> _taken = new(taken, StringComparer.Ordinal);

    // The number that the next name of a wish tries first: all below are taken.
    private readonly Dictionary<string, int> _next = new(StringComparer.Ordinal);

    /// <summary><paramref name="wish"/> itself where it is free, else with a number.</summary>
    public string Fresh(string wish)
    {
        if (_taken.Add(wish))
        {
            return wish;
        }

        int number = _next.GetValueOrDefault(wish, 1);
        while (!_taken.Add($"{wish}_{number}"))
        {
            number++;
        }

        _next[wish] = number + 1;
        return $"{wish}_{number}";
    }
}
