namespace GradientDynamics.Statistics;

/// <summary>How the ends of a bootstrap interval are read from the resampled statistics.</summary>
public enum BootstrapMethod
{
    /// <summary>Quantiles of the resampled statistics.</summary>
    Percentile,

    /// <summary>Bias-corrected and accelerated: quantiles shifted for bias and for a spread that depends on the value.</summary>
    BiasCorrectedAccelerated,
}

/// <summary>Settings of a bootstrap interval.</summary>
public sealed record BootstrapOptions
{
    /// <summary>Seed of the resampling; the same seed gives the same interval everywhere.</summary>
    public required long Seed { get; init; }

    /// <summary>Number of resamples. Default 10000: the ends of a 95 % interval then rest on 250 resamples each.</summary>
    public int Resamples { get; init { ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value); field = value; } } = 10000;

    /// <summary>Confidence level. Default 0.95.</summary>
    public double Confidence { get; init { Distributions.ThrowIfNotConfidence(value); field = value; } } = 0.95;

    /// <summary>How the ends are found. Default bias-corrected and accelerated.</summary>
    public BootstrapMethod Method { get; init; } = BootstrapMethod.BiasCorrectedAccelerated;
}
