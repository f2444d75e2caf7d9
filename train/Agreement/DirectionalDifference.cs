using static TorchSharp.torch;

namespace GradientDynamics.Train.Agreement;

/// <summary>A gradient at a point against central differences along random directions, in double precision.</summary>
/// <param name="LargestError">Largest difference of slopes relative to <c>Σ |gᵢ dᵢ|</c>, what the slope would be if nothing cancelled.</param>
/// <param name="Obstacle">Why differences say nothing here; null where they were taken.</param>
internal readonly record struct DirectionalDifference(double LargestError, string? Obstacle)
{
    /// <summary>
    /// What truncation and rounding may account for: with a step of 1e-5 the third derivative's term is of the order of 1e-10 and rounding of 1e-16 / 1e-5 = 1e-11, both relative to
    /// numbers of the size of 1; strongly curved functions (reciprocals near 0) come to 1e-6.
    /// </summary>
    public const double Tolerance = 1e-5;

    // Among thousands of elements some have a kink within any step. Its share shrinks with the step, an error of the gradient stays: shorter steps are taken until one agrees.
    private static readonly double[] Steps = [1e-5, 1e-6, 1e-7];

    // A direction moves every element, so that an error in any element shows; a second one finds what cancelled along the first.
    private const int Directions = 2;

    // The slopes to both sides of a kink differ by about as much as the slopes themselves, those of a smooth function by the step times its curvature: 1e-5 for curvatures of the size of 1.
    private const double KinkTolerance = 1e-3;

    // Across a jump the slope grows a hundredfold from the first step to the last; elsewhere it stays.
    private const double JumpRatio = 10;

    // Rounding of the function itself, relative to the sum of the magnitudes of its terms; divided by the step it is the noise of a slope.
    private const double Rounding = 1e-14;

    /// <summary>Whether the gradient agrees, or nothing can be said.</summary>
    public bool Holds => Obstacle is not null || LargestError <= Tolerance;

    /// <summary>Takes the differences.</summary>
    /// <param name="point">The point.</param>
    /// <param name="gradient">The gradient there.</param>
    /// <param name="function">The function and the sum of the magnitudes of its terms; null where the point has no value that can be compared.</param>
    /// <param name="random">What the directions are drawn from.</param>
    public static DirectionalDifference Measure(Tensor point, Tensor gradient, Func<Tensor, (double Value, double Magnitude)?> function, Random random)
    {
        if (function(point) is not { } middle || !double.IsFinite(middle.Value))
        {
            return new(0, "the outputs are not finite");
        }

        double largest = 0;
        for (int i = 0; i < Directions; i++)
        {
            using Tensor direction = Direction(point, random);
            DirectionalDifference along = default;
            List<double> slopes = [];
            foreach (double step in Steps)
            {
                (along, double slope) = Along(point, gradient, direction, step, middle, function);
                slopes.Add(Math.Abs(slope));
                if (along.Obstacle is null && along.Holds)
                {
                    break;
                }
            }

            if (along.Obstacle is not null)
            {
                return along;
            }

            if (!along.Holds && slopes[^1] > JumpRatio * slopes[0])
            {
                return new(0, "the point lies at a jump: the slope grows as the step shrinks");
            }

            // Max ignores no NaN: a gradient that is not a number never holds.
            largest = Math.Max(largest, along.LargestError);
        }

        return new(largest, null);
    }

    private static (DirectionalDifference Difference, double Slope) Along(
        Tensor point, Tensor gradient, Tensor direction, double step, (double Value, double Magnitude) middle, Func<Tensor, (double Value, double Magnitude)?> function)
    {
        (double Value, double Magnitude)? At(double distance)
        {
            using Tensor moved = point.add(direction, distance);
            return function(moved);
        }

        if (At(step) is not { } ahead || At(-step) is not { } behind || !double.IsFinite(ahead.Value) || !double.IsFinite(behind.Value))
        {
            return (new(0, "beside the point the outputs have another shape, are not finite, or do not exist"), 0);
        }

        double slope = (ahead.Value - behind.Value) / (2 * step);
        using Tensor terms = gradient * direction;
        using Tensor magnitudes = terms.abs();
        using Tensor sum = terms.sum();
        using Tensor scaleSum = magnitudes.sum();
        double scale = Math.Max(scaleSum.item<double>(), Math.Abs(slope));
        double noise = Rounding / step * middle.Magnitude;
        double asymmetry = Math.Abs(((ahead.Value - middle.Value) / step) - ((middle.Value - behind.Value) / step));
        if (asymmetry > (KinkTolerance * scale) + noise)
        {
            return (new(0, "the point lies at a kink: the slopes to its two sides differ"), slope);
        }

        double error = Math.Max(0, Math.Abs(slope - sum.item<double>()) - noise);
        return (new(error == 0 ? 0 : error / scale, null), slope);
    }

    // Every element moves, by between a half and the whole step, to either side.
    private static Tensor Direction(Tensor point, Random random)
    {
        double[] numbers = new double[point.numel()];
        for (int i = 0; i < numbers.Length; i++)
        {
            double size = 0.5 + (random.NextDouble() / 2);
            numbers[i] = random.Next(2) == 0 ? size : -size;
        }

        using Tensor flat = tensor(numbers, dtype: ScalarType.Float64);
        return flat.reshape(point.shape);
    }
}
