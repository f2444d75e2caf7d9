using GradientDynamics.Train.Training;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Objectives;

/// <summary>Variance risk extrapolation: the mean over environments of the risk R_e plus c times its variance over environments (divided by their number), with R_e the mean cross-entropy in e.</summary>
/// <remarks>Krueger et al., "Out-of-Distribution Generalization via Risk Extrapolation", 2021, https://arxiv.org/abs/2003.00688. With one environment this is ERM.</remarks>
public sealed record VRexOptions : ObjectiveOptions
{
    /// <summary>Penalty coefficient c.</summary>
    public required double Coefficient { get; init { NumberGuards.ThrowIfNegativeOrNotFinite(value, nameof(Coefficient)); field = value; } }

    /// <summary>What an environment is. Default dataset.</summary>
    public EnvironmentSource Environments { get; init; } = EnvironmentSource.Dataset;

    /// <summary>From when on the penalty has its coefficient. Default from the first step.</summary>
    public PenaltyStart Start { get; init; } = new() { Step = 0 };

    /// <summary>Penalty coefficient before <see cref="Start"/>. Default 1, as for irm, whose code the paper's experiments extend.</summary>
    public double CoefficientBeforeStart { get; init { NumberGuards.ThrowIfNegativeOrNotFinite(value, nameof(CoefficientBeforeStart)); field = value; } } = 1;

    /// <summary>
    /// Whether the whole objective, the weight penalty included, is divided by the penalty's coefficient while that is above 1, so that gradients keep their size. Default true, as for irm.
    /// </summary>
    public bool DivideByCoefficient { get; init; } = true;

    /// <summary>Coefficient of the squared norm of all parameters, which is part of the objective and divided with it. Default 0.</summary>
    public double WeightPenalty { get; init { NumberGuards.ThrowIfNegativeOrNotFinite(value, nameof(WeightPenalty)); field = value; } }

    internal override bool IsMeanOverExamples => false;

    internal override PenaltyStart PenaltyStart => Start;

    internal override IObjective Create(ObjectiveContext context)
    {
        Environments environments = new(Environments, context);
        return environments.Exist ? new VRexObjective(this, environments) : throw Refused($"v-rex {environments.Missing}");
    }
}

internal sealed class VRexObjective(VRexOptions options, Environments environments) : IObjective
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
        Tensor average = risks.Average;
        Tensor variance = ((risks.Means - average) * risks.Present).square().sum() / risks.PresentCount;
        double coefficient = _clock.HasStarted(batch.Step) ? options.Coefficient : options.CoefficientBeforeStart;
        double divisor = options.DivideByCoefficient ? Math.Max(1, coefficient) : 1;
        return new(average / divisor, variance * (coefficient / divisor), options.WeightPenalty / divisor);
    }

    public void ObserveValidation(double loss, long nextStep) => _clock.ObserveValidation(loss, nextStep);
}
