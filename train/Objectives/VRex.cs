using GradientDynamics.Train.Training;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Objectives;

/// <summary>Variance risk extrapolation: the mean over environments of the risk R_e plus c times its variance over environments (divided by their number), with R_e the mean cross-entropy in e.</summary>
/// <remarks>Krueger et al., "Out-of-Distribution Generalization via Risk Extrapolation", 2021, https://arxiv.org/abs/2003.00688. With one environment this is ERM.</remarks>
public sealed record VRexOptions : EnvironmentPenaltyOptions
{
    internal override Tensor Penalty(PartMeans risks, Environments environments, Tensor logits, Batch batch) =>
        ((risks.Means - risks.Average) * risks.Present).square().sum() / risks.PresentCount;
}
