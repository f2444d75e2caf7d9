using System.Diagnostics;
using GradientDynamics.Train.Training;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Objectives;

/// <summary>Spectral Decoupling: cross-entropy plus an L2 penalty on the logits, CE(f, y) + c·R((f − γ)²), with R the <see cref="Reduction"/>.</summary>
/// <remarks>
/// Pezeshki et al., "Gradient Starvation: A Learning Proclivity in Neural Networks", 2021, https://arxiv.org/abs/2011.09468. The coefficient multiplies the reduced square as it stands: the
/// theory's (λ/2)‖f‖² has λ = 2c. With c = 0 this is ERM. With several logits, the penalty is on all logits of an example.
/// </remarks>
public sealed record SpectralDecouplingOptions : ObjectiveOptions
{
    /// <summary>Penalty coefficient c; 0 is ERM. Default 0.1.</summary>
    public double Coefficient { get; init { NumberGuards.ThrowIfNegativeOrNotFinite(value, nameof(Coefficient)); field = value; } } = 0.1;

    /// <summary>How the squares (batch, logits) become one number. Default mean.</summary>
    public LogitReduction Reduction { get; init; } = LogitReduction.Mean;

    /// <summary>Logit value γ towards which the penalty pulls. Default 0.</summary>
    public double Target { get; init { NumberGuards.ThrowIfNotFinite(value, nameof(Target)); field = value; } }

    /// <summary>Coefficient and target of the examples of each class, one entry per class in the order of the labels; empty is the same for all. Default empty.</summary>
    public IReadOnlyList<ClassPenalty> PerClass { get; init => field = [.. value]; } = [];

    /// <summary>From when on the penalty has its coefficient. Default from the first step.</summary>
    public PenaltyStart Start { get; init; } = new() { Step = 0 };

    /// <summary>Penalty coefficient before <see cref="Start"/>, of every class. Default 0.</summary>
    public double CoefficientBeforeStart { get; init { NumberGuards.ThrowIfNegativeOrNotFinite(value, nameof(CoefficientBeforeStart)); field = value; } }

    /// <summary>Factor of the cross-entropy from <see cref="Start"/> on. Default 1; Colored MNIST scales it by the coefficient itself.</summary>
    public double LossScaleFromStart { get; init { NumberGuards.ThrowIfNegativeOrNotFinite(value, nameof(LossScaleFromStart)); field = value; } } = 1;

    internal override bool IsMeanOverExamples => Reduction is LogitReduction.Mean or LogitReduction.SumPerExample;

    internal override PenaltyStart PenaltyStart => Start;

    /// <summary>Equal where every setting is.</summary>
    public bool Equals(SpectralDecouplingOptions? other) => base.Equals(other) && Coefficient == other.Coefficient && Reduction == other.Reduction && Target == other.Target
        && PerClass.SequenceEqual(other.PerClass) && Start == other.Start && CoefficientBeforeStart == other.CoefficientBeforeStart && LossScaleFromStart == other.LossScaleFromStart;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(base.GetHashCode(), Coefficient, Reduction, Target, PerClass.Count, Start, CoefficientBeforeStart, LossScaleFromStart);

    internal override IObjective Create(ObjectiveContext context) => PerClass.Count == 0 || PerClass.Count == context.ClassCount
        ? new SpectralDecouplingObjective(this)
        : throw Refused($"spectral-decoupling has {PerClass.Count} entries in perClass, and {context.Dataset} has {context.ClassCount} classes; accepted is one entry per class, or none.");
}

/// <summary>Penalty of the examples of one class.</summary>
public sealed record ClassPenalty
{
    /// <summary>Penalty coefficient of the class; null is the general one. Default null.</summary>
    public double? Coefficient { get; init { NumberGuards.ThrowIfNegativeOrNotFinite(value ?? 0, nameof(Coefficient)); field = value; } }

    /// <summary>Logit value towards which the class is pulled; null is the general one. Default null.</summary>
    public double? Target { get; init { NumberGuards.ThrowIfNotFinite(value ?? 0, nameof(Target)); field = value; } }
}

/// <summary>How the squared logits of a batch become one number.</summary>
public enum LogitReduction
{
    /// <summary>Mean over batch and logits.</summary>
    Mean,

    /// <summary>Sum over logits, mean over the batch.</summary>
    SumPerExample,

    /// <summary>Sum over batch and logits.</summary>
    Sum,

    /// <summary>Mean over the logits and over the batch's examples of each class, summed over the classes: CelebA's form, in which a rare class weighs as much as a frequent one.</summary>
    MeanPerClass,
}

internal sealed class SpectralDecouplingObjective(SpectralDecouplingOptions options) : IObjective
{
    private readonly PenaltyClock _clock = new(options.Start);

    public IReadOnlyDictionary<string, double> State
    {
        get => _clock.State;
        set => _clock.State = value;
    }

    public ObjectiveValue Evaluate(Tensor logits, Batch batch)
    {
        bool started = _clock.HasStarted(batch.Step);
        double lossScale = started ? options.LossScaleFromStart : 1;
        Tensor loss = ClassificationLoss.CrossEntropy(logits, batch.Labels);
        return new(lossScale == 1 ? loss : loss * lossScale, Penalty(logits, batch.Labels, started));
    }

    public void ObserveValidation(double loss, long nextStep) => _clock.ObserveValidation(loss, nextStep);

    // Without a coefficient nothing is added, so that c = 0 is ERM to the last bit and a huge logit cannot make 0 · ∞.
    private Tensor? Penalty(Tensor logits, Tensor labels, bool started)
    {
        if (options.PerClass.Count == 0)
        {
            double coefficient = CoefficientOf(null, started);
            return coefficient == 0 ? null : Reduce((options.Target == 0 ? logits : logits - options.Target).square(), labels) * coefficient;
        }

        if (options.PerClass.All(part => CoefficientOf(part, started) == 0))
        {
            return null;
        }

        Tensor targets = OfLabels([.. options.PerClass.Select(part => part.Target ?? options.Target)], logits, labels);
        Tensor coefficients = OfLabels([.. options.PerClass.Select(part => CoefficientOf(part, started))], logits, labels);
        return Reduce((logits - targets).square() * coefficients, labels);
    }

    private double CoefficientOf(ClassPenalty? part, bool started) => started ? part?.Coefficient ?? options.Coefficient : options.CoefficientBeforeStart;

    private Tensor Reduce(Tensor squares, Tensor labels) => options.Reduction switch
    {
        LogitReduction.Mean => squares.mean(),
        LogitReduction.SumPerExample => squares.sum() / squares.shape[0],
        LogitReduction.Sum => squares.sum(),
        LogitReduction.MeanPerClass => PartMeans.Of(squares.mean([1]), labels, Math.Max(2, squares.shape[1])).Means.sum(),
        _ => throw new UnreachableException(),
    };

    // One value per example, shape (batch, 1).
    private static Tensor OfLabels(double[] values, Tensor logits, Tensor labels) => tensor(values, logits.dtype, logits.device).index_select(0, labels).unsqueeze(1);
}
