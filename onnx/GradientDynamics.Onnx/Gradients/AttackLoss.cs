namespace GradientDynamics.Onnx.Gradients;

/// <summary>Losses whose input gradient a companion graph yields; the numbers are the values of its input <c>loss_kind</c>. Attacks ascend them.</summary>
public enum AttackLoss
{
    /// <summary>Cross-entropy of the label; targeted: minus the cross-entropy of the target.</summary>
    CrossEntropy = 0,

    /// <summary>Largest logit of another class minus the label's logit; targeted: the target's logit minus the label's.</summary>
    LogitMargin = 1,

    /// <summary>The logit margin over the difference of the largest and the third largest logit; needs 3 classes, targeted 4.</summary>
    DifferenceOfLogitsRatio = 2,
}
