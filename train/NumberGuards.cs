namespace GradientDynamics.Train;

/// <summary>Guards of options that are real numbers. A comparison alone lets NaN or infinity through.</summary>
internal static class NumberGuards
{
    /// <summary>Refuses NaN and infinity.</summary>
    public static void ThrowIfNotFinite(double value, string name)
    {
        if (!double.IsFinite(value))
        {
            throw new ArgumentOutOfRangeException(name, value, "A finite number is accepted.");
        }
    }

    /// <summary>Refuses negative numbers, NaN and infinity.</summary>
    public static void ThrowIfNegativeOrNotFinite(double value, string name)
    {
        ThrowIfNotFinite(value, name);
        ArgumentOutOfRangeException.ThrowIfNegative(value, name);
    }

    /// <summary>Refuses zero, negative numbers, NaN and infinity.</summary>
    public static void ThrowIfNotPositive(double value, string name)
    {
        ThrowIfNotFinite(value, name);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value, name);
    }

    /// <summary>Refuses what is not in [0, 1], NaN included.</summary>
    public static void ThrowIfNoProbability(double value, string name)
    {
        if (value is not (>= 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(name, value, "A number from 0 to 1 is accepted.");
        }
    }
}
