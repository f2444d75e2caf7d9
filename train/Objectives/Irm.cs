using GradientDynamics.Train.Training;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace GradientDynamics.Train.Objectives;

/// <summary>
/// Invariant risk minimisation (IRMv1): the mean over environments e of R_e + c·(d/dw R_e(w·f) at w = 1)², with R_e the mean cross-entropy in e: a classifier on top of the network that
/// no single environment would rescale.
/// </summary>
/// <remarks>
/// Arjovsky et al., "Invariant Risk Minimization", 2019, https://arxiv.org/abs/1907.02893. The derivative is computed in closed form, the mean of Σ_k f_k(p_k − y_k), of which ordinary
/// backpropagation gives the penalty's gradient; differentiating twice gives the same at more cost.
/// </remarks>
public sealed record IrmOptions : ObjectiveOptions
{
    /// <summary>Penalty coefficient c.</summary>
    public required double Coefficient { get; init { NumberGuards.ThrowIfNegativeOrNotFinite(value, nameof(Coefficient)); field = value; } }

    /// <summary>What an environment is. Default dataset.</summary>
    public EnvironmentSource Environments { get; init; } = EnvironmentSource.Dataset;

    /// <summary>From when on the penalty has its coefficient. Default from the first step.</summary>
    public PenaltyStart Start { get; init; } = new() { Step = 0 };

    /// <summary>Penalty coefficient before <see cref="Start"/>. Default 1, as in the paper's code.</summary>
    public double CoefficientBeforeStart { get; init { NumberGuards.ThrowIfNegativeOrNotFinite(value, nameof(CoefficientBeforeStart)); field = value; } } = 1;

    /// <summary>
    /// Whether the whole objective, the weight penalty included, is divided by the penalty's coefficient while that is above 1, so that gradients keep their size. Default true, as in the paper's code.
    /// </summary>
    public bool DivideByCoefficient { get; init; } = true;

    /// <summary>Coefficient of the squared norm of all parameters, which is part of the objective and divided with it. Default 0.</summary>
    public double WeightPenalty { get; init { NumberGuards.ThrowIfNegativeOrNotFinite(value, nameof(WeightPenalty)); field = value; } }

    internal override bool IsMeanOverExamples => false;

    internal override PenaltyStart PenaltyStart => Start;

    internal override IObjective Create(ObjectiveContext context)
    {
        Environments environments = new(Environments, context);
        return environments.Exist ? new IrmObjective(this, environments) : throw Refused($"irm {environments.Missing}");
    }
}

internal sealed class IrmObjective(IrmOptions options, Environments environments) : IObjective
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
        PartMeans slopes = environments.Means(RiskSlopes(logits, batch.Labels), batch);
        double coefficient = _clock.HasStarted(batch.Step) ? options.Coefficient : options.CoefficientBeforeStart;
        double divisor = options.DivideByCoefficient ? Math.Max(1, coefficient) : 1;
        return new(risks.Average / divisor, slopes.Means.square().sum() / slopes.PresentCount * (coefficient / divisor), options.WeightPenalty / divisor);
    }

    public void ObserveValidation(double loss, long nextStep) => _clock.ObserveValidation(loss, nextStep);

    // d/dw CE(w·f, y) at w = 1, shape (batch): Σ_k f_k (p_k − y_k), for a single logit f (σ(f) − y).
    private static Tensor RiskSlopes(Tensor logits, Tensor labels)
    {
        if (logits.shape[1] == 1)
        {
            Tensor logit = logits.squeeze(1);
            return logit * (logit.sigmoid() - labels.to(logits.dtype));
        }

        return (logits * (functional.softmax(logits, 1) - functional.one_hot(labels, logits.shape[1]).to(logits.dtype))).sum([1]);
    }
}
