using GradientDynamics.EvaluationSets;

namespace GradientDynamics.Attack.Targets;

/// <summary>The limits of every element of an input, from one pair for all or one pair per channel.</summary>
internal static class ElementBounds
{
    /// <summary>Lower and upper limits in row-major order; per-channel limits belong to the first dimension.</summary>
    /// <exception cref="InputShapeException">There are several pairs and the first dimension is another number.</exception>
    public static (float[] Lower, float[] Upper) Expand(InputBounds bounds, IReadOnlyList<int> shape)
    {
        int pairs = Math.Max(bounds.Lower.Count, bounds.Upper.Count);
        if (pairs != 1 && (shape.Count == 0 || shape[0] != pairs))
        {
            throw new InputShapeException($"The bounds have {pairs} channels, the input is [{string.Join(", ", shape)}]; accepted is one pair, or one per entry of the first dimension.");
        }

        int length = shape.Aggregate(1, (product, size) => product * size);
        int channelLength = length / pairs;
        float[] lower = new float[length];
        float[] upper = new float[length];
        for (int channel = 0; channel < pairs; channel++)
        {
            Array.Fill(lower, (float)bounds.LowerOf(channel), channel * channelLength, channelLength);
            Array.Fill(upper, (float)bounds.UpperOf(channel), channel * channelLength, channelLength);
        }

        return (lower, upper);
    }

    /// <summary>The limits as a text.</summary>
    public static string Describe(InputBounds bounds) =>
        string.Join(" ", Enumerable.Range(0, Math.Max(bounds.Lower.Count, bounds.Upper.Count)).Select(channel => $"[{bounds.LowerOf(channel):R}, {bounds.UpperOf(channel):R}]"));
}
