using GradientDynamics.Attack.Attacks;
using GradientDynamics.Attack.Margins;
using GradientDynamics.Onnx.Gradients;

namespace GradientDynamics.Attack.Audits;

/// <summary>What an attacker may do: a norm and radii, and the attacks that stand for the attacker. An example counts by the pointwise worst of them.</summary>
public sealed record ThreatModelOptions
{
    /// <summary>Norm of the perturbation.</summary>
    public required PerturbationNorm Norm { get; init; }

    /// <summary>
    /// Radii at which robust accuracy is reported, in input units. Default for L∞ 1, 2, 4, 8 and 16 steps of 1/255, the published ones on 8-bit images; for L2 0.125, 0.25, 0.5, 1 and 2.
    /// An empty list asks for margins alone.
    /// </summary>
    public IReadOnlyList<double>? Epsilons
    {
        get;
        init
        {
            foreach (double epsilon in value ?? [])
            {
                if (!(double.IsFinite(epsilon) && epsilon > 0))
                {
                    throw new ArgumentOutOfRangeException(nameof(value), epsilon, "Every radius must be a finite number above 0.");
                }
            }

            field = value;
        }
    }

    /// <summary>
    /// The attacks, tried in this order on what the ones before could not break. Default: PGD on the cross-entropy, on the logit margin, and on the logit margin aimed at the three nearest classes
    /// (left out with two classes, where it is the attack before).
    /// One loss alone flatters some models: cross-entropy has no gradient where the logits are far apart.
    /// </summary>
    public IReadOnlyList<AttackOptions> Attacks
    {
        get;
        init => field = value.Count > 0 ? value : throw new ArgumentException("At least one attack is accepted.", nameof(value));
    }

    = [new PgdOptions(), new PgdOptions { Loss = AttackLoss.LogitMargin }, new PgdOptions { Loss = AttackLoss.LogitMargin, Targets = 3 }];

    /// <summary>How margins are bracketed; null for robust accuracy alone. Default: with the defaults of the search.</summary>
    public MarginOptions? Margin { get; init; } = new();

    /// <summary>The radii in ascending order, the norm's default ones where none are given.</summary>
    internal IReadOnlyList<double> Grid => [.. (Epsilons ?? DefaultEpsilons(Norm)).Distinct().Order()];

    /// <summary>The attacks on a model of so many classes: with two, aiming at the other class is what the untargeted twin of an attack does already, and is left out.</summary>
    internal IReadOnlyList<AttackOptions> AttacksOn(int classCount) =>
        [.. Attacks.Where(attack => classCount > 2 || attack is not PgdOptions { Loss: not AttackLoss.CrossEntropy, Targets: > 0 } pgd || !Attacks.Contains(pgd with { Targets = 0 }))];

    private static double[] DefaultEpsilons(PerturbationNorm norm) =>
        norm == PerturbationNorm.Linf ? [1 / 255.0, 2 / 255.0, 4 / 255.0, 8 / 255.0, 16 / 255.0] : [0.125, 0.25, 0.5, 1, 2];
}
