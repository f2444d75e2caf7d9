using GradientDynamics.Attack.Attacks;
using GradientDynamics.EvaluationSets;

namespace GradientDynamics.Attack.Audits;

/// <summary>Settings of an audit or a comparison.</summary>
public sealed record AuditOptions
{
    /// <summary>Seed of random starts and of resampling. Default 0.</summary>
    public long Seed { get; init; }

    /// <summary>What attackers may do, each reported on its own. Default L∞ and L2.</summary>
    public IReadOnlyList<ThreatModelOptions> ThreatModels
    {
        get;
        init => field = value.Count > 0 ? value : throw new ArgumentException("At least one threat model is accepted.", nameof(value));
    }

    = [new ThreatModelOptions { Norm = PerturbationNorm.Linf }, new ThreatModelOptions { Norm = PerturbationNorm.L2 }];

    /// <summary>Limits of valid inputs. Default: the evaluation set's, else the model's own; without any of them an audit does not begin.</summary>
    public InputBounds? Bounds { get; init; }

    /// <summary>Examples attacked together. Default 256: enough to keep every core busy until the last few are left.</summary>
    public int BatchSize { get; init { ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value); field = value; } } = 256;

    /// <summary>Level of every interval. Default 0.95.</summary>
    public double Confidence
    {
        get;
        init => field = value > 0 && value < 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "The value must lie between 0 and 1.");
    }

    = 0.95;

    /// <summary>Resamples of every bootstrap interval. Default 10000: the ends of a 95 % interval then rest on 250 resamples each.</summary>
    public int Resamples { get; init { ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value); field = value; } } = 10000;

    /// <summary>How many of the examples with the smallest margins the report shows. Default 8.</summary>
    public int SmallestMargins { get; init { ArgumentOutOfRangeException.ThrowIfNegative(value); field = value; } } = 8;

    /// <summary>What an audit must find to pass. Default: nothing is demanded.</summary>
    public GateOptions Gates { get; init; } = new();
}

/// <summary>What every target must reach; a command whose gates fail exits with 1.</summary>
public sealed record GateOptions
{
    /// <summary>Lowest acceptable accuracy, unperturbed, of the worst group.</summary>
    public double? MinimumWorstGroupAccuracy { get; init => field = Share(value, nameof(value)); }

    /// <summary>Lowest acceptable accuracy, unperturbed, over all examples.</summary>
    public double? MinimumAverageAccuracy { get; init => field = Share(value, nameof(value)); }

    /// <summary>Lowest acceptable robust accuracy, over all examples, at every radius of every threat model.</summary>
    public double? MinimumRobustAccuracy { get; init => field = Share(value, nameof(value)); }

    private static double? Share(double? value, string name) =>
        value is null or (>= 0 and <= 1) ? value : throw new ArgumentOutOfRangeException(name, value, "The value must lie between 0 and 1.");
}
