namespace GradientDynamics.Analysis.Figures;

/// <summary>Equally and logarithmically spaced abscissas.</summary>
internal static class Grid
{
    public static double[] Linear(double first, double last, int count)
        => [.. Enumerable.Range(0, count).Select(i => first + ((last - first) * i / (count - 1)))];

    public static double[] Logarithmic(double first, double last, int count)
        => [.. Linear(Math.Log10(first), Math.Log10(last), count).Select(exponent => Math.Pow(10, exponent))];
}
