using System.Text;
using System.Text.Json.Serialization;
using GradientDynamics.Onnx.Gradients;

namespace GradientDynamics.Attack.Attacks;

/// <summary>How the step size changes over the steps of a restart.</summary>
public enum StepSchedule
{
    /// <summary>Every step has the same size.</summary>
    Constant,

    /// <summary>Half a cosine, from the full size towards 0: large steps to explore, small ones to settle.</summary>
    Cosine,
}

/// <summary>Projected gradient descent: steps along the gradient of the loss (its sign for L∞, normalised for L2), each projected into ball and bounds.</summary>
/// <remarks>
/// Madry et al., 2018, https://arxiv.org/abs/1706.06083. An example is dropped from the batch as soon as the endpoint confirms an adversarial; the iterate with the highest loss is kept for the others.
/// </remarks>
public sealed record PgdOptions : AttackOptions
{
    /// <summary>The loss to ascend. Default <c>cross-entropy</c>.</summary>
    public AttackLoss Loss { get; init; } = AttackLoss.CrossEntropy;

    /// <summary>Gradient steps of a restart. Default 40, as in the published L∞ evaluations on small images.</summary>
    public int Steps { get; init { ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value); field = value; } } = 40;

    /// <summary>Size of a step (of the first one with <c>cosine</c>) as a share of ε. Default 0.5: with the cosine the path is then 10 ε long, enough to cross the ball several times.</summary>
    public double RelativeStepSize
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value);
            field = double.IsFinite(value) ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "The value must be finite.");
        }
    } = 0.5;

    /// <summary>Step sizes over time. Default <c>cosine</c>.</summary>
    public StepSchedule Schedule { get; init; } = StepSchedule.Cosine;

    /// <summary>How often it begins anew for examples that are not broken yet. Default 1.</summary>
    public int Restarts { get; init { ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value); field = value; } } = 1;

    /// <summary>Whether a restart begins at a random point of the ball, or at the input itself (then more than one restart would repeat itself). Default true.</summary>
    public bool RandomStart { get; init; } = true;

    /// <summary>
    /// How many classes it aims at, one restart each, nearest first by the distance to the boundary of the model linearised at the input; 0 is untargeted. Default 0.
    /// With two classes there is one to aim at.
    /// </summary>
    public int Targets { get; init { ArgumentOutOfRangeException.ThrowIfNegative(value); field = value; } }

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Name
    {
        get
        {
            StringBuilder name = new("pgd-");
            name.Append(Loss switch
            {
                AttackLoss.CrossEntropy => "cross-entropy",
                AttackLoss.LogitMargin => "logit-margin",
                _ => "difference-of-logits-ratio",
            });
            return Targets > 0 ? name.Append("-targeted").ToString() : name.ToString();
        }
    }

    /// <inheritdoc/>
    internal override IAttack Create() => new Pgd(this);
}
