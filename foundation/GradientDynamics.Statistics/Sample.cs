namespace GradientDynamics.Statistics;

/// <summary>Count, mean and variance of a sample of finite numbers.</summary>
public readonly record struct Sample
{
    private Sample(int count, double mean, double variance)
    {
        Count = count;
        Mean = mean;
        Variance = variance;
    }

    /// <summary>Number of values.</summary>
    public int Count { get; }

    /// <summary>Arithmetic mean.</summary>
    public double Mean { get; }

    /// <summary>Sample variance: squared deviations over n − 1; not a number for a single value.</summary>
    public double Variance { get; }

    /// <summary>Sample standard deviation (ddof 1); not a number for a single value.</summary>
    public double StandardDeviation => Math.Sqrt(Variance);

    /// <summary>Standard error of the mean, s/√n.</summary>
    public double StandardError => Math.Sqrt(Variance / Count);

    /// <summary>Summarises the values in two passes, so that a large mean costs the variance no digits.</summary>
    public static Sample Of(ReadOnlySpan<double> values)
    {
        ArgumentOutOfRangeException.ThrowIfZero(values.Length, nameof(values));
        double sum = 0;
        for (int i = 0; i < values.Length; i++)
        {
            ThrowIfNotFinite(values[i], i);
            sum += values[i];
        }

        double mean = sum / values.Length;
        double squares = 0;
        double rest = 0;
        foreach (double value in values)
        {
            double deviation = value - mean;
            squares += deviation * deviation;
            rest += deviation;
        }

        // The deviations of a rounded mean do not sum to 0: their sum corrects both moments.
        return new Sample(values.Length, mean + (rest / values.Length), (squares - (rest * rest / values.Length)) / (values.Length - 1));
    }

    internal static Sample OfAtLeastTwo(ReadOnlySpan<double> values, string name)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(values.Length, 2, name);
        return Of(values);
    }

    internal static void ThrowIfNotFinite(double value, int index)
    {
        if (!double.IsFinite(value))
        {
            throw new ArgumentOutOfRangeException(nameof(value), value, $"Value {index} is not finite.");
        }
    }
}
