using System.Text.Json.Serialization;

namespace GradientDynamics.Train.Optimizers;

/// <summary>How the learning rate changes in the course of a run: the factor of the optimizer's learning rate at each step.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(ConstantScheduleOptions), "constant")]
[JsonDerivedType(typeof(StepScheduleOptions), "step")]
[JsonDerivedType(typeof(CosineScheduleOptions), "cosine")]
[JsonDerivedType(typeof(LinearScheduleOptions), "linear")]
public abstract record ScheduleOptions
{
    /// <summary>Steps over which the learning rate first rises linearly from 0; the schedule proper begins after them. Default 0.</summary>
    public long WarmupSteps
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value, nameof(WarmupSteps));
            field = value;
        }
    }

    /// <summary>Whether the schedule depends on the number of epochs, so that a run cannot be continued beyond them.</summary>
    internal virtual bool EndsWithTheRun => false;

    /// <summary>The factor of step <paramref name="step"/>, counted from 0.</summary>
    internal double FactorAt(long step, RunLength run) => step < WarmupSteps ? (double)step / WarmupSteps : AfterWarmup(step, run);

    private protected abstract double AfterWarmup(long step, RunLength run);

    /// <summary>The part of the way from the end of the warm-up to the end of the run.</summary>
    private protected double Progress(long step, RunLength run) => Math.Clamp((double)(step - WarmupSteps) / Math.Max(1, run.Steps - WarmupSteps), 0, 1);
}

/// <summary>How long a run is.</summary>
/// <param name="StepsPerEpoch">Steps of one epoch.</param>
/// <param name="Epochs">Epochs of the run.</param>
internal readonly record struct RunLength(long StepsPerEpoch, int Epochs)
{
    /// <summary>Steps of the run.</summary>
    public long Steps => StepsPerEpoch * Epochs;
}

/// <summary>The learning rate stays as it is.</summary>
public sealed record ConstantScheduleOptions : ScheduleOptions
{
    private protected override double AfterWarmup(long step, RunLength run) => 1;
}

/// <summary>The learning rate is multiplied by a factor after certain epochs.</summary>
public sealed record StepScheduleOptions : ScheduleOptions
{
    /// <summary>Epochs after which the learning rate is multiplied, in order.</summary>
    public required IReadOnlyList<int> Epochs
    {
        get;
        init
        {
            if (value.Any(epoch => epoch < 1) || value.Zip(value.Skip(1)).Any(pair => pair.First >= pair.Second))
            {
                throw new ArgumentException("Accepted are epochs from 1, each larger than the one before.", nameof(Epochs));
            }

            field = [.. value];
        }
    }

    /// <summary>What the learning rate is multiplied by. Default 0.1, as in the CIFAR experiments of Pezeshki et al., 2021.</summary>
    public double Factor { get; init { NumberGuards.ThrowIfNotPositive(value, nameof(Factor)); field = value; } } = 0.1;

    /// <summary>Equal where every setting is.</summary>
    public bool Equals(StepScheduleOptions? other) => base.Equals(other) && Epochs.SequenceEqual(other.Epochs) && Factor == other.Factor;

    /// <inheritdoc/>
    public override int GetHashCode() => Epochs.Aggregate(HashCode.Combine(base.GetHashCode(), Factor), HashCode.Combine);

    private protected override double AfterWarmup(long step, RunLength run) => Math.Pow(Factor, Epochs.Count(epoch => step >= epoch * run.StepsPerEpoch));
}

/// <summary>The learning rate falls along half a cosine to the end of the run.</summary>
/// <remarks>Loshchilov and Hutter, "SGDR", 2017, https://arxiv.org/abs/1608.03983, without restarts.</remarks>
public sealed record CosineScheduleOptions : ScheduleOptions
{
    /// <summary>Factor of the learning rate at the end. Default 0.</summary>
    public double Floor { get; init { NumberGuards.ThrowIfNoProbability(value, nameof(Floor)); field = value; } }

    internal override bool EndsWithTheRun => true;

    private protected override double AfterWarmup(long step, RunLength run) => Floor + ((1 - Floor) * (1 + Math.Cos(Math.PI * Progress(step, run))) / 2);
}

/// <summary>The learning rate falls linearly to 0 at the end of the run, as BERT is fine-tuned.</summary>
public sealed record LinearScheduleOptions : ScheduleOptions
{
    internal override bool EndsWithTheRun => true;

    private protected override double AfterWarmup(long step, RunLength run) => 1 - Progress(step, run);
}
