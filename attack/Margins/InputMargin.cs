namespace GradientDynamics.Attack.Margins;

/// <summary>
/// The margin of an example: the largest radius at which every attack failed, and the norm of the smallest adversarial found. The distance to the decision boundary is at most
/// <see cref="Upper"/>; <see cref="Lower"/> is what the attacks could not do, not a proof.
/// </summary>
/// <param name="Lower">Largest ε that failed; 0 where none was tried below the upper end, or where the model is wrong unperturbed.</param>
/// <param name="Upper">Norm of the smallest adversarial; infinite where none was found.</param>
public readonly record struct InputMargin(double Lower, double Upper)
{
    /// <summary>The margin of an example that the model gets wrong unperturbed.</summary>
    public static InputMargin Misclassified => new(0, 0);

    /// <summary>Whether an adversarial was found, or none was needed.</summary>
    public bool IsClosed => double.IsFinite(Upper);

    /// <summary>Whether no adversarial within <paramref name="epsilon"/> is known. A model that is wrong unperturbed is robust nowhere.</summary>
    public bool IsRobustAt(double epsilon) => Upper > epsilon && Upper > 0;
}
