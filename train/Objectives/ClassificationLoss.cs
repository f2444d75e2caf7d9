using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace GradientDynamics.Train.Objectives;

/// <summary>
/// Cross-entropy, mean over the batch. A single logit f is the two-class case with logits (0, f): mean of log(1 + exp(-f(2y - 1))), computed as binary cross-entropy with logits so that
/// no exponential overflows.
/// </summary>
internal static class ClassificationLoss
{
    /// <summary>The mean over the batch, a scalar.</summary>
    public static Tensor CrossEntropy(Tensor logits, Tensor labels) => Reduce(logits, labels, Reduction.Mean);

    /// <summary>One value per example, shape (batch).</summary>
    public static Tensor PerExample(Tensor logits, Tensor labels) => Reduce(logits, labels, Reduction.None);

    /// <summary>The labels of a single logit as signs, shape (batch): 2y - 1.</summary>
    public static Tensor Signs(Tensor logits, Tensor labels) => (labels.to(logits.dtype) * 2) - 1;

    /// <summary>
    /// The logit margin of each example, shape (batch): y·f with y = ±1 for a single logit f, else the true logit minus the largest other. Positive where the prediction is right.
    /// </summary>
    public static Tensor Margins(Tensor logits, Tensor labels)
    {
        if (logits.shape[1] == 1)
        {
            return logits.squeeze(1) * Signs(logits, labels);
        }

        Tensor index = labels.unsqueeze(1);
        Tensor others = logits.scatter(1, index, full_like(logits, double.NegativeInfinity));
        return logits.gather(1, index).squeeze(1) - others.amax([1]);
    }

    private static Tensor Reduce(Tensor logits, Tensor labels, Reduction reduction) => logits.shape[1] == 1
        ? functional.binary_cross_entropy_with_logits(logits.squeeze(1), labels.to(logits.dtype), reduction: reduction)
        : functional.cross_entropy(logits, labels, reduction: reduction);
}
