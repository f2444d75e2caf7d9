using GradientDynamics.Attack.Attacks;
using GradientDynamics.Attack.Audits;
using GradientDynamics.Attack.Comparison;
using GradientDynamics.Attack.Groups;
using GradientDynamics.EvaluationSets;

namespace GradientDynamics.Attack.Reports;

/// <summary>All figures of an audit or a comparison, as <c>audit.json</c> holds them.</summary>
public sealed record AuditReport
{
    /// <summary>Version of this schema.</summary>
    public const int CurrentSchemaVersion = 1;

    /// <summary>Version of the schema. Default 1.</summary>
    public int SchemaVersion { get; init; } = CurrentSchemaVersion;

    /// <summary>Program and version.</summary>
    public required string Tool { get; init; }

    /// <summary>When the audit began, in universal time.</summary>
    public required DateTimeOffset Started { get; init; }

    /// <summary>Duration in seconds.</summary>
    public required double Seconds { get; init; }

    /// <summary>The complete configuration, defaults filled in.</summary>
    public required AuditOptions Configuration { get; init; }

    /// <summary>The examples.</summary>
    public required EvaluationSetSummary EvaluationSet { get; init; }

    /// <summary>What was found of each target.</summary>
    public required IReadOnlyList<TargetReport> Targets { get; init; }

    /// <summary>Each further target against the first; empty for an audit of one. Differences are the further target minus the first.</summary>
    public required IReadOnlyList<TargetComparison> Comparisons { get; init; }

    /// <summary>What was demanded, and whether it was reached.</summary>
    public required IReadOnlyList<GateResult> Gates { get; init; }
}

/// <summary>The examples of an audit.</summary>
/// <param name="File">Path of the evaluation set.</param>
/// <param name="Dataset">Dataset.</param>
/// <param name="Split">Split.</param>
/// <param name="Examples">Number of examples used.</param>
/// <param name="InputShape">Shape of one input.</param>
/// <param name="ClassNames">Classes.</param>
/// <param name="AttributeNames">Values of the attribute; empty where there is none.</param>
/// <param name="TrainingGroupShares">Shares of the groups in training; empty where unknown.</param>
public sealed record EvaluationSetSummary(
    string File, string Dataset, string Split, int Examples, IReadOnlyList<int> InputShape, IReadOnlyList<string> ClassNames, IReadOnlyList<string> AttributeNames, IReadOnlyList<double> TrainingGroupShares);

/// <summary>What was found of one target.</summary>
/// <param name="Label">What tables and figures call it.</param>
/// <param name="Endpoint">The model whose answers count.</param>
/// <param name="Gradients">Where the gradients came from.</param>
/// <param name="StraightThrough">
/// The nodes that gradients pass straight through, such as "QuantizeLinear 'input_quantized'": the true gradient of rounding and quantization is 0 almost everywhere, so that theirs is taken as if
/// they followed their input. Empty where every gradient is exact.
/// </param>
/// <param name="Classes">Number of classes.</param>
/// <param name="Bounds">Limits of valid inputs.</param>
/// <param name="RefusedConfirmations">Perturbed inputs that the gradient source called adversarial and the endpoint did not.</param>
/// <param name="Seconds">Duration of its audit.</param>
/// <param name="Clean">Accuracy on unperturbed inputs.</param>
/// <param name="ThreatModels">Robustness under each threat model.</param>
public sealed record TargetReport(
    string Label, string Endpoint, string Gradients, IReadOnlyList<string> StraightThrough, int Classes, InputBounds Bounds, long RefusedConfirmations, double Seconds, GroupEvaluation Clean, IReadOnlyList<ThreatReport> ThreatModels);

/// <summary>Robustness of one target under one threat model, by the pointwise worst of its attacks.</summary>
/// <param name="Norm">Norm of the perturbation.</param>
/// <param name="RobustAccuracy">At each radius.</param>
/// <param name="Margins">Margins; none where they were not asked for.</param>
/// <param name="Attacks">What each attack cost and found.</param>
public sealed record ThreatReport(PerturbationNorm Norm, IReadOnlyList<RobustAccuracyPoint> RobustAccuracy, MarginSummary? Margins, IReadOnlyList<AttackSummary> Attacks);

/// <summary>Robust accuracy at one radius.</summary>
/// <param name="Epsilon">The radius, in input units.</param>
/// <param name="Accuracy">Overall and per group.</param>
public sealed record RobustAccuracyPoint(double Epsilon, GroupEvaluation Accuracy);

/// <summary>Margins of all examples of a target; an example that is wrong unperturbed has margin 0.</summary>
/// <param name="Misclassified">Examples that are wrong unperturbed.</param>
/// <param name="Open">Examples for which no adversarial was found.</param>
/// <param name="Quantiles">Quantiles of the norms of the smallest adversarials.</param>
/// <param name="Groups">Median margin of each group.</param>
public sealed record MarginSummary(int Misclassified, int Open, IReadOnlyList<MarginQuantile> Quantiles, IReadOnlyList<GroupMargin> Groups)
{
    /// <summary>The median margin; none where it is open.</summary>
    public double? Median { get; init; }
}

/// <summary>A quantile of the margins.</summary>
/// <param name="Probability">Share of the examples with at most this margin.</param>
/// <param name="Margin">The margin; none where it is open.</param>
public sealed record MarginQuantile(double Probability, double? Margin);

/// <summary>Margins of one group.</summary>
/// <param name="Group">Number of the group.</param>
/// <param name="Name">Class and attribute.</param>
/// <param name="Count">Number of examples.</param>
/// <param name="Median">Median margin; none where it is open or there are no examples.</param>
public sealed record GroupMargin(int Group, string Name, int Count, double? Median);

/// <summary>What one attack cost and found; the attacks before it in the list may have left it little to do.</summary>
/// <param name="Name">Name of the attack.</param>
/// <param name="Broken">Examples for which it found an adversarial itself.</param>
/// <param name="Smallest">Examples whose smallest adversarial is its.</param>
/// <param name="GradientQueries">Gradients asked, over all examples.</param>
/// <param name="PredictionQueries">Predictions asked, over all examples.</param>
/// <param name="Seconds">Time in the model's answers.</param>
public sealed record AttackSummary(string Name, int Broken, int Smallest, long GradientQueries, long PredictionQueries, double Seconds);

/// <summary>One demand and what was found.</summary>
/// <param name="Target">Label of the target.</param>
/// <param name="Gate">The demand's key.</param>
/// <param name="Subject">What was measured.</param>
/// <param name="Demanded">Lowest acceptable value.</param>
/// <param name="Found">Measured value; none where there is none, which fails.</param>
/// <param name="Passed">Whether it was reached.</param>
public sealed record GateResult(string Target, string Gate, string Subject, double Demanded, double? Found, bool Passed);
