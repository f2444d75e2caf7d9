using System.Text.Json;
using System.Text.Json.Serialization;
using GradientDynamics.Train.Sampling;

namespace GradientDynamics.Train.Sweeps;

/// <summary>From what a setting is drawn.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(ChoiceDistribution), "choice")]
[JsonDerivedType(typeof(UniformDistribution), "uniform")]
[JsonDerivedType(typeof(LogUniformDistribution), "log-uniform")]
[JsonDerivedType(typeof(NormalDistribution), "normal")]
[JsonDerivedType(typeof(IntegersDistribution), "integers")]
[JsonDerivedType(typeof(LogIntegersDistribution), "log-integers")]
public abstract record SearchDistribution
{
    /// <summary>The next value, as JSON; null is JSON's null.</summary>
    internal abstract JsonElement? Draw(Random random);

    private protected static JsonElement Number(double value) => JsonSerializer.SerializeToElement(value);

    private protected static JsonElement Number(long value) => JsonSerializer.SerializeToElement(value);

    private protected static void ThrowIfNotAbove(double upper, double lower)
    {
        if (!(upper > lower))
        {
            throw new ArgumentException($"upper is {upper} and lower {lower}; accepted is an upper above lower.");
        }
    }
}

/// <summary>One of several values, each equally likely.</summary>
public sealed record ChoiceDistribution : SearchDistribution
{
    /// <summary>The values: numbers, texts, objects or null.</summary>
    public required IReadOnlyList<JsonElement?> Values
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            ArgumentOutOfRangeException.ThrowIfZero(value.Count, nameof(Values));
            field = value;
        }
    }

    internal override JsonElement? Draw(Random random) => Values[random.Next(Values.Count)];
}

/// <summary>A number between two bounds, every one equally likely: the upper bound itself is never drawn.</summary>
public sealed record UniformDistribution : SearchDistribution, IJsonOnDeserialized
{
    /// <summary>Lower bound.</summary>
    public required double Lower { get; init { NumberGuards.ThrowIfNotFinite(value, nameof(Lower)); field = value; } }

    /// <summary>Upper bound.</summary>
    public required double Upper { get; init { NumberGuards.ThrowIfNotFinite(value, nameof(Upper)); field = value; } }

    void IJsonOnDeserialized.OnDeserialized() => ThrowIfNotAbove(Upper, Lower);

    internal override JsonElement? Draw(Random random) => Number(Lower + (random.NextDouble() * (Upper - Lower)));
}

/// <summary>A number whose logarithm is uniform between those of two bounds: every decade is equally likely.</summary>
public sealed record LogUniformDistribution : SearchDistribution, IJsonOnDeserialized
{
    /// <summary>Lower bound, above 0.</summary>
    public required double Lower { get; init { NumberGuards.ThrowIfNotPositive(value, nameof(Lower)); field = value; } }

    /// <summary>Upper bound.</summary>
    public required double Upper { get; init { NumberGuards.ThrowIfNotPositive(value, nameof(Upper)); field = value; } }

    void IJsonOnDeserialized.OnDeserialized() => ThrowIfNotAbove(Upper, Lower);

    internal override JsonElement? Draw(Random random)
    {
        double logarithm = Math.Log(Lower) + (random.NextDouble() * Math.Log(Upper / Lower));
        // The exponential of a logarithm may be off in its last bit.
        return Number(Math.Clamp(Math.Exp(logarithm), Lower, Upper));
    }
}

/// <summary>A normally distributed number.</summary>
public sealed record NormalDistribution : SearchDistribution
{
    /// <summary>Mean.</summary>
    public required double Mean { get; init { NumberGuards.ThrowIfNotFinite(value, nameof(Mean)); field = value; } }

    /// <summary>Standard deviation, above 0.</summary>
    public required double StandardDeviation { get; init { NumberGuards.ThrowIfNotPositive(value, nameof(StandardDeviation)); field = value; } }

    internal override JsonElement? Draw(Random random) => Number(Mean + (StandardDeviation * Gaussian.Next(random)));
}

/// <summary>A whole number between two bounds, both included, every one equally likely.</summary>
public sealed record IntegersDistribution : SearchDistribution, IJsonOnDeserialized
{
    /// <summary>Lower bound.</summary>
    public required int Lower { get; init; }

    /// <summary>Upper bound, included.</summary>
    public required int Upper { get; init; }

    void IJsonOnDeserialized.OnDeserialized() => ThrowIfNotAbove(Upper, Lower);

    internal override JsonElement? Draw(Random random) => Number(random.NextInt64(Lower, (long)Upper + 1));
}

/// <summary>A whole number between two bounds, both included, n as likely as the logarithm of (n + 1)/n: every doubling is about equally likely.</summary>
public sealed record LogIntegersDistribution : SearchDistribution, IJsonOnDeserialized
{
    /// <summary>Lower bound, at least 1.</summary>
    public required int Lower
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value, nameof(Lower));
            field = value;
        }
    }

    /// <summary>Upper bound, included.</summary>
    public required int Upper { get; init; }

    void IJsonOnDeserialized.OnDeserialized() => ThrowIfNotAbove(Upper, Lower);

    internal override JsonElement? Draw(Random random)
    {
        double value = Lower * Math.Exp(random.NextDouble() * Math.Log((Upper + 1.0) / Lower));
        return Number(Math.Clamp((long)value, Lower, Upper));
    }
}
