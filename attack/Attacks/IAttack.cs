using GradientDynamics.Attack.Targets;

namespace GradientDynamics.Attack.Attacks;

/// <summary>Looks, in the ball around each example, for an input that the endpoint gets wrong.</summary>
internal interface IAttack
{
    /// <summary>What tables call it.</summary>
    string Name { get; }

    /// <summary>How many classes, nearest first, it wants to aim at; 0 for an untargeted attack.</summary>
    int TargetCount { get; }

    /// <summary>Attacks every example of the problem; outcomes stand in the order of <see cref="AttackProblem.Rows"/>.</summary>
    /// <exception cref="CommandLine.CommandException">The model gives numbers that are not finite, or does not have what the attack needs.</exception>
    Task<AttackOutcome[]> RunAsync(AttackProblem problem, CancellationToken cancellationToken);
}

/// <summary>Which examples an attack is to perturb, each within its own radius.</summary>
internal sealed class AttackProblem
{
    /// <summary>The model.</summary>
    public required ConfirmedTarget Target { get; init; }

    /// <summary>The examples.</summary>
    public required ExampleBatch Batch { get; init; }

    /// <summary>Indices into the batch of the examples to attack; the endpoint gets each of them right unperturbed.</summary>
    public required IReadOnlyList<int> Rows { get; init; }

    /// <summary>Radius for each of <see cref="Rows"/>, in input units.</summary>
    public required IReadOnlyList<double> Epsilons { get; init; }

    /// <summary>Norm of the radius.</summary>
    public required PerturbationNorm Norm { get; init; }

    /// <summary>Seed of the random starts: with it, an example's id and a restart the start is the same for every endpoint, order and batch.</summary>
    public required long Seed { get; init; }

    /// <summary>Classes by distance; needed by attacks that aim.</summary>
    public NearestClasses? NearestClasses { get; init; }

    /// <summary>Perturbed inputs, for those of <see cref="Rows"/> that have one, from which an additional restart begins before the others, projected into the ball.</summary>
    public IReadOnlyList<float[]?>? WarmStarts { get; init; }
}

/// <summary>What an attack did to one example.</summary>
internal sealed class AttackOutcome
{
    /// <summary>Whether <see cref="Perturbed"/> is adversarial, confirmed by the endpoint.</summary>
    public bool Succeeded { get; set; }

    /// <summary>The adversarial, or the iterate with the highest loss; inside ball and bounds.</summary>
    public float[] Perturbed { get; set; } = [];

    /// <summary>The endpoint's prediction on an adversarial; the label otherwise.</summary>
    public int Prediction { get; set; }

    /// <summary>Gradients asked for this example.</summary>
    public int GradientQueries { get; set; }

    /// <summary>Predictions asked for this example.</summary>
    public int PredictionQueries { get; set; }

    /// <summary>The example's share of the time: each call's time is divided among the examples in it.</summary>
    public double Seconds { get; set; }
}
