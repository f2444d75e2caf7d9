using GradientDynamics.Train.Training;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Objectives;

/// <summary>Focal loss: the mean of (1 − p)^γ·(−log p), with p the probability of the true class, so that examples which are already right count less.</summary>
/// <remarks>Lin et al., "Focal Loss for Dense Object Detection", 2017, https://arxiv.org/abs/1708.02002. With γ = 0 this is the cross-entropy.</remarks>
public sealed record FocalLossOptions : ObjectiveOptions
{
    /// <summary>Exponent γ. Default 2, the paper's.</summary>
    public double Focus { get; init { NumberGuards.ThrowIfNegativeOrNotFinite(value, nameof(Focus)); field = value; } } = 2;

    internal override IObjective Create(ObjectiveContext context) => new FocalLossObjective(this);
}

internal sealed class FocalLossObjective(FocalLossOptions options) : StatelessObjective
{
    // The smallest normal float32: where 1 − p is below it the loss is 0 anyway, and an exponent below 1 has no finite derivative at 0.
    private const double SmallestNormal = 1.17549435e-38;

    public override ObjectiveValue Evaluate(Tensor logits, Batch batch)
    {
        if (options.Focus == 0)
        {
            return new(ClassificationLoss.CrossEntropy(logits, batch.Labels), Penalty: null);
        }

        Tensor entropies = ClassificationLoss.PerExample(logits, batch.Labels);
        // 1 − p = 1 − exp(−CE), without the cancellation where p is close to 1.
        Tensor wrong = (-(-entropies).expm1()).clamp(min: SmallestNormal);
        return new((wrong.pow(options.Focus) * entropies).mean(), Penalty: null);
    }
}
