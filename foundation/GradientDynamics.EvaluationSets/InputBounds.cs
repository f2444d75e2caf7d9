namespace GradientDynamics.EvaluationSets;

/// <summary>Limits of valid input values: one pair for all elements, or one pair per entry of the first dimension (the channels).</summary>
public sealed record InputBounds
{
    /// <summary>Lower limits: one value, or one per channel.</summary>
    public required IReadOnlyList<double> Lower { get; init; }

    /// <summary>Upper limits: one value, or one per channel.</summary>
    public required IReadOnlyList<double> Upper { get; init; }

    /// <summary>The same limits for all elements.</summary>
    public static InputBounds Of(double lower, double upper) => new() { Lower = [lower], Upper = [upper] };

    /// <summary>Lower limit of a channel.</summary>
    public double LowerOf(int channel) => Lower.Count == 1 ? Lower[0] : Lower[channel];

    /// <summary>Upper limit of a channel.</summary>
    public double UpperOf(int channel) => Upper.Count == 1 ? Upper[0] : Upper[channel];

    internal string? Problem(IReadOnlyList<int> shape)
    {
        int channels = shape.Count == 0 ? 1 : shape[0];
        foreach (int count in (int[])[Lower.Count, Upper.Count])
        {
            if (count != 1 && count != channels)
            {
                return $"has bounds of {count} values; accepted is 1, or {channels} (the first dimension)";
            }
        }

        for (int channel = 0; channel < channels; channel++)
        {
            if (!double.IsFinite(LowerOf(channel)) || !double.IsFinite(UpperOf(channel)) || LowerOf(channel) >= UpperOf(channel))
            {
                return $"has bounds [{LowerOf(channel)}, {UpperOf(channel)}]; accepted are finite bounds with the lower below the upper";
            }
        }

        return null;
    }
}
