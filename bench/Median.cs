namespace GradientDynamics.Bench;

/// <summary>The median of measurements: what a busy moment does not move.</summary>
internal static class Median
{
    /// <summary>The middle number, of an even count the mean of the two.</summary>
    public static double Of(IEnumerable<double> numbers)
    {
        double[] sorted = [.. numbers.Order()];
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2;
    }
}
