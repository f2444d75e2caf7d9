namespace GradientDynamics.Attack.Margins;

/// <summary>How the margin of an example is bracketed: growth until an attack succeeds, then smaller radii until it fails.</summary>
public sealed record MarginOptions
{
    /// <summary>First radius tried, in input units, where no grid of radii comes first. Default: the distance to the boundary of the model linearised at the input, times the growth factor.</summary>
    public double? InitialEpsilon { get; init { RequirePositive(value, nameof(value)); field = value; } }

    /// <summary>Factor by which the radius grows until an attack succeeds. Default 2.</summary>
    public double GrowthFactor
    {
        get;
        init
        {
            RequirePositive(value, nameof(value));
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(value, 1);
            field = value;
        }
    } = 2;

    /// <summary>
    /// Largest radius tried, in input units; where nothing is found up to it, the margin is open above. Default: the box of the bounds, its side for L∞ and its diagonal for L2,
    /// beyond which a ball holds every valid input.
    /// </summary>
    public double? MaximumEpsilon { get; init { RequirePositive(value, nameof(value)); field = value; } }

    /// <summary>Width of a bracket, as a share of its upper end, at which bisection stops. Default 0.05: finer than what separates two attacks of different strength.</summary>
    public double RelativeWidth
    {
        get;
        init
        {
            RequirePositive(value, nameof(value));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(value, 1);
            field = value;
        }
    } = 0.05;

    /// <summary>Radii tried after the first success, at most. Default 24: six doublings from the relative width on, and as many again after a failure.</summary>
    public int MaximumBisections { get; init { ArgumentOutOfRangeException.ThrowIfNegative(value); field = value; } } = 24;

    /// <summary>
    /// Predictions spent on each adversarial to move it along the straight line towards its input, to the last point that is still adversarial. Default 6: a prediction costs about a third of a
    /// gradient, and one round often saves a whole attack.
    /// </summary>
    public int LineBisections { get; init { ArgumentOutOfRangeException.ThrowIfNegative(value); field = value; } } = 6;

    private static void RequirePositive(double? value, string name)
    {
        if (value is double number && !(double.IsFinite(number) && number > 0))
        {
            throw new ArgumentOutOfRangeException(name, number, "The value must be a finite number above 0.");
        }
    }
}
