namespace GradientDynamics.Statistics;

/// <summary>A confidence interval with both ends included.</summary>
/// <param name="Lower">Lower end.</param>
/// <param name="Upper">Upper end.</param>
public readonly record struct Interval(double Lower, double Upper)
{
    /// <summary>True where the value lies within the interval, ends included.</summary>
    public bool Contains(double value) => value >= Lower && value <= Upper;
}
