namespace GradientDynamics.Analysis.Numerics;

/// <summary>Minima of functions of one variable by golden-section search.</summary>
/// <remarks>Accuracy: the abscissa to about the square root of the rounding (1e-8 relative), which is what values of the function can tell; the value to rounding.</remarks>
public static class ScalarMinimization
{
    private static readonly double Golden = (Math.Sqrt(5) - 1) / 2;

    /// <summary>The minimum of a function that falls, then rises between the bounds.</summary>
    /// <param name="function">The function.</param>
    /// <param name="lower">Lower bound.</param>
    /// <param name="upper">Upper bound.</param>
    /// <param name="tolerance">Width of the interval at which the search ends. Default 1e-9.</param>
    public static (double Argument, double Value) Find(Func<double, double> function, double lower, double upper, double tolerance = 1e-9)
    {
        ArgumentNullException.ThrowIfNull(function);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(lower, upper);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(tolerance);

        double left = upper - (Golden * (upper - lower));
        double right = lower + (Golden * (upper - lower));
        double atLeft = function(left);
        double atRight = function(right);
        while (upper - lower > tolerance && left < right)
        {
            if (atLeft <= atRight)
            {
                (upper, right, atRight) = (right, left, atLeft);
                left = upper - (Golden * (upper - lower));
                atLeft = function(left);
            }
            else
            {
                (lower, left, atLeft) = (left, right, atRight);
                right = lower + (Golden * (upper - lower));
                atRight = function(right);
            }
        }

        return atLeft <= atRight ? (left, atLeft) : (right, atRight);
    }
}
