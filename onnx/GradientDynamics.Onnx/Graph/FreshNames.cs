namespace GradientDynamics.Onnx.Graph;

/// <summary>Names that nothing has yet; which they are follows from the order of the calls alone.</summary>
internal sealed class FreshNames(IEnumerable<string> taken)
{
    private readonly HashSet<string> _taken = new(taken, StringComparer.Ordinal);

    /// <summary><paramref name="wish"/> itself where it is free, else with a number.</summary>
    public string Fresh(string wish)
    {
        string name = wish;
        for (int i = 1; !_taken.Add(name); i++)
        {
            name = $"{wish}_{i}";
        }

        return name;
    }
}
