using GradientDynamics.Statistics;

namespace GradientDynamics.Attack.Attacks;

/// <summary>A stream of random numbers that belongs to a text: the same text gives the same numbers on every machine, in any order of examples and any batch.</summary>
internal sealed class RandomStream(string name)
{
    private readonly SeededRandom _random = SeededRandom.Of(name);

    /// <summary>64 random bits.</summary>
    public ulong NextBits() => _random.NextBits();

    /// <summary>A number in [0, 1), a multiple of 2⁻⁵³.</summary>
    public double NextUniform() => _random.NextDouble();

    /// <summary>Two independent standard normal numbers, by Marsaglia's polar method.</summary>
    public (double First, double Second) NextGaussians()
    {
        while (true)
        {
            double x = (2 * NextUniform()) - 1;
            double y = (2 * NextUniform()) - 1;
            double square = (x * x) + (y * y);
            if (square is > 0 and < 1)
            {
                double scale = Math.Sqrt(-2 * Math.Log(square) / square);
                return (x * scale, y * scale);
            }
        }
    }

    /// <summary>Fills <paramref name="direction"/> with a direction of Euclidean length 1, uniform on the sphere.</summary>
    public void FillDirection(Span<float> direction)
    {
        double[] gaussians = new double[direction.Length + 1];
        double square = 0;
        for (int i = 0; i < direction.Length; i += 2)
        {
            (gaussians[i], gaussians[i + 1]) = NextGaussians();
        }

        for (int i = 0; i < direction.Length; i++)
        {
            square += gaussians[i] * gaussians[i];
        }

        double scale = 1 / Math.Sqrt(square);
        for (int i = 0; i < direction.Length; i++)
        {
            direction[i] = (float)(gaussians[i] * scale);
        }
    }
}
