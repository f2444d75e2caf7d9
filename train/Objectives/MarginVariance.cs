using GradientDynamics.Train.Training;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Objectives;

/// <summary>
/// The Q penalty of double descent: cross-entropy plus c(t) times the variance over the batch of the logit margin (y·f for a single logit, else the true logit minus the largest other), with
/// c(t) = c·ln(1 + e^(−rt)) / ln 2 at step t.
/// </summary>
/// <remarks>
/// Pezeshki et al., "Multi-scale Feature Learning Dynamics: Insights for Double Descent", 2022, section 4.3.4 and figure 6, https://arxiv.org/abs/2112.03215. The variance divides by the number
/// of examples, so that a batch of one has it; torch's default divides by one less, 128/127 of this at the paper's batch size.
/// </remarks>
public sealed record MarginVarianceOptions : ObjectiveOptions
{
    /// <summary>Coefficient c; 0 is ERM. Default 1, as in the paper's code.</summary>
    public double Coefficient { get; init { NumberGuards.ThrowIfNegativeOrNotFinite(value, nameof(Coefficient)); field = value; } } = 1;

    /// <summary>Rate r at which the coefficient decays per step. Default 0: it does not; the paper's linear model has 0.001.</summary>
    public double DecayRate { get; init { NumberGuards.ThrowIfNegativeOrNotFinite(value, nameof(DecayRate)); field = value; } }

    internal override bool IsMeanOverExamples => false;

    internal override IObjective Create(ObjectiveContext context) => new MarginVarianceObjective(this);
}

internal sealed class MarginVarianceObjective(MarginVarianceOptions options) : StatelessObjective
{
    public override ObjectiveValue Evaluate(Tensor logits, Batch batch)
    {
        Tensor loss = ClassificationLoss.CrossEntropy(logits, batch.Labels);
        double coefficient = options.Coefficient * Math.Log(1 + Math.Exp(-options.DecayRate * batch.Step)) / Math.Log(2);
        return new(loss, coefficient == 0 ? null : Variance(ClassificationLoss.Margins(logits, batch.Labels)) * coefficient);
    }

    private static Tensor Variance(Tensor values) => (values - values.mean()).square().mean();
}
