using GradientDynamics.Train.Training;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace GradientDynamics.Train.Objectives;

/// <summary>
/// Squared error on class labels: the mean of (1 − y·f)² with y = ±1 for a single logit f; with one logit per class the mean over batch and classes of (f_k − 1 for the true class, f_k − 0 for
/// the others)².
/// </summary>
/// <remarks>Pezeshki et al., "Gradient Starvation", 2021, appendix, table 2, compares its dual form with the cross-entropy's, https://arxiv.org/abs/2011.09468.</remarks>
public sealed record SquaredErrorOptions : ObjectiveOptions
{
    internal override IObjective Create(ObjectiveContext context) => new SquaredErrorObjective();
}

internal sealed class SquaredErrorObjective : StatelessObjective
{
    public override ObjectiveValue Evaluate(Tensor logits, Batch batch)
    {
        Tensor errors = logits.shape[1] == 1
            ? logits.squeeze(1) - ClassificationLoss.Signs(logits, batch.Labels)
            : logits - functional.one_hot(batch.Labels, logits.shape[1]).to(logits.dtype);
        return new(errors.square().mean(), Penalty: null);
    }
}
