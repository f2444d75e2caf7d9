using GradientDynamics.Train.Training;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace GradientDynamics.Train.Objectives;

/// <summary>Cross-entropy with smoothed labels: the true class has the probability 1 − s + s/K instead of 1, every other class s/K, with K classes.</summary>
/// <remarks>Szegedy et al., "Rethinking the Inception Architecture for Computer Vision", 2016, https://arxiv.org/abs/1512.00567. With s = 0 this is the cross-entropy.</remarks>
public sealed record LabelSmoothingOptions : ObjectiveOptions
{
    /// <summary>Share s of the label that all classes receive in equal parts. Default 0.1, the paper's.</summary>
    public double Smoothing { get; init { NumberGuards.ThrowIfNoProbability(value, nameof(Smoothing)); field = value; } } = 0.1;

    internal override IObjective Create(ObjectiveContext context) => new LabelSmoothingObjective(this);
}

internal sealed class LabelSmoothingObjective(LabelSmoothingOptions options) : StatelessObjective
{
    public override ObjectiveValue Evaluate(Tensor logits, Batch batch)
    {
        Tensor loss = ClassificationLoss.CrossEntropy(logits, batch.Labels);
        return new(options.Smoothing == 0 ? loss : (loss * (1 - options.Smoothing)) + (AllClasses(logits) * options.Smoothing), Penalty: null);
    }

    // Cross-entropy against equally likely classes, mean over the batch. Of a single logit f it is the mean of log(1 + e^f) − f/2.
    private static Tensor AllClasses(Tensor logits) => logits.shape[1] == 1
        ? (functional.softplus(logits) - (logits / 2)).mean()
        : -functional.log_softmax(logits, 1).mean();
}
