using System.Text.Json.Serialization;

namespace GradientDynamics.Train.Objectives;

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

/// <summary>Knows whether a penalty has started.</summary>
internal sealed class PenaltyClock(PenaltyStart start)
{
    private long _startStep = start.Step ?? long.MaxValue;
    private double _lowestValidationLoss = double.PositiveInfinity;

    // Only what an event decides is state; a fixed step stands in the options. JSON has no infinity: what has not happened yet is absent.
    public IReadOnlyDictionary<string, double> State
    {
        get
        {
            Dictionary<string, double> state = [];
            if (start.When is not null && _startStep != long.MaxValue)
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
            _startStep = value.TryGetValue("startStep", out double step) ? (long)step : start.Step ?? long.MaxValue;
            _lowestValidationLoss = value.TryGetValue("lowestValidationLoss", out double lowest) ? lowest : double.PositiveInfinity;
        }
    }

    public bool HasStarted(long step) => step >= _startStep;

    public void ObserveValidation(double loss, long nextStep)
    {
        if (start.When != PenaltyStartEvent.ValidationLossRises || _startStep != long.MaxValue)
        {
            return;
        }

        if (loss > _lowestValidationLoss)
        {
            _startStep = nextStep;
        }

        _lowestValidationLoss = Math.Min(_lowestValidationLoss, loss);
    }
}
