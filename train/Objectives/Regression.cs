using GradientDynamics.Train.Training;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Objectives;

/// <summary>Regression: half the mean squared error of a single output on the examples' real-valued targets, as a student learns from a teacher.</summary>
/// <remarks>Pezeshki et al., "Multi-scale Feature Learning Dynamics: Insights for Double Descent", 2022, https://arxiv.org/abs/2112.03215.</remarks>
public sealed record RegressionOptions : ObjectiveOptions
{
    internal override IObjective Create(ObjectiveContext context) => !context.HasTargets
        ? throw Refused($"regression needs real-valued targets, and {context.Dataset} has labels only; accepted is a dataset with targets, or squared-error for labels.")
        : context.LogitCount != 1
            ? throw Refused($"regression needs a single output, and the network has {context.LogitCount}; accepted is \"singleLogit\": true.")
            : new RegressionObjective();
}

internal sealed class RegressionObjective : StatelessObjective
{
    public override ObjectiveValue Evaluate(Tensor logits, Batch batch) => new((logits.squeeze(1) - batch.Targets!).square().mean() / 2, Penalty: null);
}
