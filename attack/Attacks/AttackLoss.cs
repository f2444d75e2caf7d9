namespace GradientDynamics.Attack.Attacks;

/// <summary>The loss that an attack ascends.</summary>
public enum AttackLoss
{
    /// <summary>Cross-entropy.</summary>
    CrossEntropy = 0,

    /// <summary>Logit margin.</summary>
    LogitMargin = 1,

    /// <summary>Difference-of-logits ratio.</summary>
    DifferenceOfLogitsRatio = 2,
}
