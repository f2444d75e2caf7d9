using GradientDynamics.Attack.Groups;
using GradientDynamics.Statistics;

namespace GradientDynamics.Attack.Reports;

/// <summary>The figures of a clean evaluation, as <c>evaluation.json</c> holds them.</summary>
public sealed record EvaluationReport
{
    /// <summary>Version of this schema.</summary>
    public const int CurrentSchemaVersion = 1;

    /// <summary>Version of the schema. Default 1.</summary>
    public int SchemaVersion { get; init; } = CurrentSchemaVersion;

    /// <summary>Program and version.</summary>
    public required string Tool { get; init; }

    /// <summary>The model that was asked.</summary>
    public required string Endpoint { get; init; }

    /// <summary>The examples.</summary>
    public required EvaluationSetSummary EvaluationSet { get; init; }

    /// <summary>Level of every interval.</summary>
    public required double Confidence { get; init; }

    /// <summary>Share of all examples that are right.</summary>
    public required double AverageAccuracy { get; init; }

    /// <summary>Wilson's interval of it.</summary>
    public required Interval AverageInterval { get; init; }

    /// <summary>Groups weighted by their shares in training; none where those are unknown.</summary>
    public required double? AdjustedAverageAccuracy { get; init; }

    /// <summary>Lowest accuracy of a group that has examples.</summary>
    public required double WorstGroupAccuracy { get; init; }

    /// <summary>The group that has it.</summary>
    public required GroupAccuracy WorstGroup { get; init; }

    /// <summary>All groups.</summary>
    public required IReadOnlyList<GroupAccuracy> Groups { get; init; }

    /// <summary>What was demanded, and whether it was reached.</summary>
    public required IReadOnlyList<GateResult> Gates { get; init; }
}
