namespace GradientDynamics.Train.Sampling;

/// <summary>Standard normal numbers by Box and Muller's transform: two uniform numbers a draw whatever came before.</summary>
internal static class Gaussian
{
    /// <summary>The next number.</summary>
    // 1 - u is in (0, 1], so the logarithm is finite.
    public static double Next(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
