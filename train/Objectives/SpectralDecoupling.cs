using System.Diagnostics;
using System.Text.Json.Serialization;
using GradientDynamics.Train.Training;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Objectives;

/// <summary>Spectral Decoupling: cross-entropy plus an L2 penalty on the logits, CE(f, y) + c·R((f − γ)²), with R the <see cref="Reduction"/>.</summary>
/// <remarks>
/// Pezeshki et al., "Gradient Starvation: A Learning Proclivity in Neural Networks", 2021, https://arxiv.org/abs/2011.09468. The coefficient multiplies the reduced square as it stands: the
/// theory's (λ/2)‖f‖² has λ = 2c. With c = 0 this is ERM.
/// </remarks>
public sealed record SpectralDecouplingOptions : ObjectiveOptions
{
    /// <summary>Penalty coefficient c; 0 is ERM. Default 0.1.</summary>
    public double Coefficient { get; init { NumberGuards.ThrowIfNegativeOrNotFinite(value, nameof(Coefficient)); field = value; } } = 0.1;

    /// <summary>How the squares (batch, logits) become one number. Default mean.</summary>
    public LogitReduction Reduction { get; init; } = LogitReduction.Mean;

    /// <summary>Logit value γ towards which the penalty pulls. Default 0.</summary>
    public double Target { get; init { NumberGuards.ThrowIfNotFinite(value, nameof(Target)); field = value; } }

    /// <summary>From when on the penalty has its coefficient. Default from the first step.</summary>
    public PenaltyStart Start { get; init; } = new() { Step = 0 };

    /// <summary>Penalty coefficient before <see cref="Start"/>. Default 0.</summary>
    public double CoefficientBeforeStart { get; init { NumberGuards.ThrowIfNegativeOrNotFinite(value, nameof(CoefficientBeforeStart)); field = value; } }

    /// <summary>Factor of the cross-entropy from <see cref="Start"/> on. Default 1; Colored MNIST scales it by the coefficient itself.</summary>
    public double LossScaleFromStart { get; init { NumberGuards.ThrowIfNegativeOrNotFinite(value, nameof(LossScaleFromStart)); field = value; } } = 1;

    internal override IObjective Create() => new SpectralDecouplingObjective(this);
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
}

/// <summary>When a penalty starts: at a step, or at an event. Exactly one of the two is given.</summary>
public sealed record PenaltyStart : IJsonOnDeserialized
{
    /// <summary>The first step, counted from 0, that has the penalty; null where <see cref="When"/> decides.</summary>
    public long? Step
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value ?? 0, nameof(Step));
            field = value;
        }
    }

    /// <summary>The event after which the penalty applies; null where <see cref="Step"/> decides.</summary>
    public PenaltyStartEvent? When { get; init; }

    void IJsonOnDeserialized.OnDeserialized()
    {
        if (Step is null == When is null)
        {
            throw new ArgumentException("""Exactly one is accepted: {"step": n} or {"when": "validation-loss-rises"}.""");
        }
    }
}

/// <summary>An event that starts a penalty.</summary>
public enum PenaltyStartEvent
{
    /// <summary>The cross-entropy on the validation set is above the lowest seen before.</summary>
    ValidationLossRises,
}

internal sealed class SpectralDecouplingObjective(SpectralDecouplingOptions options) : IObjective
{
    private long _startStep = options.Start.Step ?? long.MaxValue;
    private double _lowestValidationLoss = double.PositiveInfinity;

    // Only what an event decides is state; a fixed step stands in the options. JSON has no infinity: what has not happened yet is absent.
    public IReadOnlyDictionary<string, double> State
    {
        get
        {
            Dictionary<string, double> state = [];
            if (options.Start.When is not null && _startStep != long.MaxValue)
            {
                state["startStep"] = _startStep;
            }

            if (double.IsFinite(_lowestValidationLoss))
            {
                state["lowestValidationLoss"] = _lowestValidationLoss;
            }

            return state;
        }

        set
        {
            _startStep = value.TryGetValue("startStep", out double step) ? (long)step : options.Start.Step ?? long.MaxValue;
            _lowestValidationLoss = value.TryGetValue("lowestValidationLoss", out double lowest) ? lowest : double.PositiveInfinity;
        }
    }

    public ObjectiveValue Evaluate(Tensor logits, Batch batch)
    {
        bool started = batch.Step >= _startStep;
        double coefficient = started ? options.Coefficient : options.CoefficientBeforeStart;
        double lossScale = started ? options.LossScaleFromStart : 1;

        Tensor loss = ClassificationLoss.CrossEntropy(logits, batch.Labels);
        Tensor scaled = lossScale == 1 ? loss : loss * lossScale;
        // Without a coefficient nothing is added, so that c = 0 is ERM to the last bit and a huge logit cannot make 0 · ∞.
        return new(scaled, coefficient == 0 ? null : Reduce((options.Target == 0 ? logits : logits - options.Target).square()) * coefficient);
    }

    public void ObserveValidation(double loss, long nextStep)
    {
        if (options.Start.When != PenaltyStartEvent.ValidationLossRises || _startStep != long.MaxValue)
        {
            return;
        }

        if (loss > _lowestValidationLoss)
        {
            _startStep = nextStep;
        }

        _lowestValidationLoss = Math.Min(_lowestValidationLoss, loss);
    }

    private Tensor Reduce(Tensor squares) => options.Reduction switch
    {
        LogitReduction.Mean => squares.mean(),
        LogitReduction.SumPerExample => squares.sum() / squares.shape[0],
        LogitReduction.Sum => squares.sum(),
        _ => throw new UnreachableException(),
    };
}
