using GradientDynamics.Train.Training;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Objectives;

/// <summary>The mean over environments e of the risk R_e, the mean cross-entropy in e, plus c times a penalty on how the environments differ.</summary>
public abstract record EnvironmentPenaltyOptions : ObjectiveOptions
{
    /// <summary>Penalty coefficient c.</summary>
    public required double Coefficient { get; init { NumberGuards.ThrowIfNegativeOrNotFinite(value, nameof(Coefficient)); field = value; } }

    /// <summary>What an environment is. Default dataset.</summary>
    public EnvironmentSource Environments { get; init; } = EnvironmentSource.Dataset;

    /// <summary>From when on the penalty has its coefficient. Default from the first step.</summary>
    public PenaltyStart Start { get; init; } = new() { Step = 0 };

    /// <summary>Penalty coefficient before <see cref="Start"/>. Default 1, as in the code of Arjovsky et al., 2019, which the experiments of Krueger et al., 2021, extend.</summary>
    public double CoefficientBeforeStart { get; init { NumberGuards.ThrowIfNegativeOrNotFinite(value, nameof(CoefficientBeforeStart)); field = value; } } = 1;

    /// <summary>
    /// Whether the whole objective, the weight penalty included, is divided by the penalty's coefficient while that is above 1, so that gradients keep their size. Default true, as in that code.
    /// </summary>
    public bool DivideByCoefficient { get; init; } = true;

    /// <summary>Coefficient of the squared norm of all parameters, which is part of the objective and divided with it. Default 0.</summary>
    public double WeightPenalty { get; init { NumberGuards.ThrowIfNegativeOrNotFinite(value, nameof(WeightPenalty)); field = value; } }

    internal override bool IsMeanOverExamples => false;

    internal override PenaltyStart PenaltyStart => Start;

    internal override IObjective Create(ObjectiveContext context)
    {
        Environments environments = new(Environments, context);
        return environments.Exist ? new EnvironmentPenaltyObjective(this, environments) : throw Refused($"{ConfigurationKind.Of(this)} {environments.Missing}");
    }

    /// <summary>The penalty of a batch without its coefficient, a scalar.</summary>
    /// <param name="risks">Risk of each environment.</param>
    /// <param name="environments">The environments.</param>
    /// <param name="logits">Logits (batch, logits).</param>
    /// <param name="batch">The batch.</param>
    internal abstract Tensor Penalty(PartMeans risks, Environments environments, Tensor logits, Batch batch);
}

internal sealed class EnvironmentPenaltyObjective(EnvironmentPenaltyOptions options, Environments environments) : IObjective
{
    private readonly PenaltyClock _clock = new(options.Start);

    public IReadOnlyDictionary<string, double> State
    {
        get => _clock.State;
        set => _clock.State = value;
    }

    public ObjectiveValue Evaluate(Tensor logits, Batch batch)
    {
        PartMeans risks = environments.Means(ClassificationLoss.PerExample(logits, batch.Labels), batch);
        double coefficient = _clock.HasStarted(batch.Step) ? options.Coefficient : options.CoefficientBeforeStart;
        double divisor = options.DivideByCoefficient ? Math.Max(1, coefficient) : 1;
        return new(risks.Average / divisor, options.Penalty(risks, environments, logits, batch) * (coefficient / divisor), options.WeightPenalty / divisor);
    }

    public void ObserveValidation(double loss, long nextStep) => _clock.ObserveValidation(loss, nextStep);
}
