using GradientDynamics.Attack.Margins;
using GradientDynamics.Attack.Targets;
using GradientDynamics.EvaluationSets;

namespace GradientDynamics.Attack.Audits;

/// <summary>All that an audit found out about one target, example by example.</summary>
internal sealed class TargetFindings
{
    /// <summary>The target.</summary>
    public required ConfirmedTarget Target { get; init; }

    /// <summary>The examples.</summary>
    public required EvaluationSet Set { get; init; }

    /// <summary>The endpoint's prediction on each unperturbed input.</summary>
    public required int[] Predictions { get; init; }

    /// <summary>What each threat model came to, in the order of the configuration.</summary>
    public required IReadOnlyList<ThreatFindings> ThreatModels { get; init; }

    /// <summary>Duration of the audit of this target, in seconds.</summary>
    public required double Seconds { get; init; }

    /// <summary>Whether the endpoint gets each unperturbed input right.</summary>
    public bool[] Correct => [.. Predictions.Select((prediction, example) => prediction == Set.Examples[example].Label)];
}

/// <summary>What one threat model came to.</summary>
internal sealed class ThreatFindings
{
    /// <summary>Its settings.</summary>
    public required ThreatModelOptions Options { get; init; }

    /// <summary>What is known of each example.</summary>
    public required MarginState[] Examples { get; init; }

    /// <summary>Whether each example withstands every attack up to <paramref name="epsilon"/>.</summary>
    public bool[] RobustAt(double epsilon) => [.. Examples.Select(example => example.Margin.IsRobustAt(epsilon))];
}
