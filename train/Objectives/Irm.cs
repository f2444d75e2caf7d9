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
public sealed record IrmOptions : EnvironmentPenaltyOptions
{
    internal override Tensor Penalty(PartMeans risks, Environments environments, Tensor logits, Batch batch)
    {
        PartMeans slopes = environments.Means(RiskSlopes(logits, batch.Labels), batch);
        return slopes.Means.square().sum() / slopes.PresentCount;
    }

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
