using GradientDynamics.Train.Training;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Objectives;

/// <summary>Hinge loss: the mean of max(0, 1 − m), with m the logit margin: y·f for a single logit, else the true logit minus the largest other.</summary>
/// <remarks>
/// Crammer and Singer, "On the Algorithmic Implementation of Multiclass Kernel-based Vector Machines", 2001, for several classes; Pezeshki et al., 2021, appendix, table 2,
/// https://arxiv.org/abs/2011.09468, for its dual form.
/// </remarks>
public sealed record HingeLossOptions : ObjectiveOptions
{
    internal override IObjective Create(ObjectiveContext context) => new HingeLossObjective();
}

internal sealed class HingeLossObjective : StatelessObjective
{
    public override ObjectiveValue Evaluate(Tensor logits, Batch batch) => new((1 - ClassificationLoss.Margins(logits, batch.Labels)).relu().mean(), Penalty: null);
}
