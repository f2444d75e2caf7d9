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

    /// <summary>The predicted class of each example, shape (batch): the largest logit, for a single logit class 1 where it is positive. The first of equals wins, as in ONNX's ArgMax.</summary>
    public static Tensor Predict(Tensor logits) => logits.shape[1] == 1 ? logits.squeeze(1).gt(0).to(ScalarType.Int64) : logits.argmax(1);

    private static Tensor Reduce(Tensor logits, Tensor labels, Reduction reduction) => logits.shape[1] == 1
        ? functional.binary_cross_entropy_with_logits(logits.squeeze(1), labels.to(logits.dtype), reduction: reduction)
        : functional.cross_entropy(logits, labels, reduction: reduction);
}
