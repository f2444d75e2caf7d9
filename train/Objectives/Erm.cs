using GradientDynamics.Train.Training;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Objectives;

/// <summary>Empirical risk minimisation: the mean cross-entropy and nothing else. The reference that the other objectives are compared with.</summary>
public sealed record ErmOptions : ObjectiveOptions
{
    internal override IObjective Create(ObjectiveContext context) => new ErmObjective();
}

internal sealed class ErmObjective : StatelessObjective
{
    public override ObjectiveValue Evaluate(Tensor logits, Batch batch) => new(ClassificationLoss.CrossEntropy(logits, batch.Labels), Penalty: null);
}
