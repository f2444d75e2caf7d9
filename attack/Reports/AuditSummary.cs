using System.Reflection;
using GradientDynamics.Attack.Attacks;
using GradientDynamics.Attack.Audits;
using GradientDynamics.Attack.Comparison;
using GradientDynamics.Attack.Groups;
using GradientDynamics.EvaluationSets;
using GradientDynamics.Statistics;

namespace GradientDynamics.Attack.Reports;

/// <summary>Turns what was found, example by example, into the figures of a report.</summary>
internal static class AuditSummary
{
    private static readonly double[] Probabilities = [0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95];

    /// <summary>Name and version of this program.</summary>
    public static string Tool { get; } = $"gd-attack {typeof(AuditSummary).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0]}";

    /// <summary>The figures of an audit of one target or a comparison of several.</summary>
    public static AuditReport Of(IReadOnlyList<TargetFindings> findings, string setFile, AuditOptions options, DateTimeOffset started, double seconds)
    {
        EvaluationSet set = findings[0].Set;
        int[] groups = [.. Enumerable.Range(0, set.Examples.Count).Select(set.GroupOf)];
        TargetReport[] targets = [.. findings.Select(target => Of(target, groups, options))];
        return new AuditReport
        {
            Tool = Tool,
            Started = started,
            Seconds = seconds,
            Configuration = options with { ThreatModels = [.. options.ThreatModels.Select(threat => threat with { Epsilons = threat.Grid })] },
            EvaluationSet = Describe(set, setFile),
            Targets = targets,
            Comparisons = [.. findings.Skip(1).Select(target => TargetComparison.Of(findings[0], target, options))],
            Gates = [.. targets.SelectMany(target => Gates(target, options.Gates))],
        };
    }

    /// <summary>What a report says of its examples.</summary>
    public static EvaluationSetSummary Describe(EvaluationSet set, string file) => new(
        file,
        set.Metadata.Dataset,
        set.Metadata.Split,
        set.Examples.Count,
        set.Metadata.Inputs[0].Shape,
        set.Metadata.ClassNames,
        set.Metadata.AttributeNames,
        set.Metadata.TrainingGroupShares);

    /// <summary>The demands on clean accuracy, and what was found.</summary>
    public static IEnumerable<GateResult> CleanGates(string target, GroupEvaluation clean, GateOptions gates)
    {
        if (gates.MinimumAverageAccuracy is double average)
        {
            yield return Gate(target, "minimumAverageAccuracy", "average accuracy", average, clean.Average.Accuracy);
        }

        if (gates.MinimumWorstGroupAccuracy is double worst)
        {
            yield return Gate(target, "minimumWorstGroupAccuracy", $"accuracy of the worst group, {clean.WorstGroup?.Name ?? "none"}", worst, clean.WorstGroup?.Accuracy.Accuracy);
        }
    }

    private static TargetReport Of(TargetFindings findings, int[] groups, AuditOptions options)
    {
        EvaluationSetMetadata metadata = findings.Set.Metadata;
        return new TargetReport(
            findings.Target.Label,
            findings.Target.Endpoint.Name,
            findings.Target.GradientName,
            findings.Target.StraightThrough,
            findings.Target.ClassCount,
            findings.Target.Bounds,
            findings.Target.Refused,
            findings.Seconds,
            GroupEvaluation.Of(groups, findings.Correct, metadata, options.Confidence),
            [
                .. findings.ThreatModels.Select(threat => new ThreatReport(
                    threat.Options.Norm,
                    [.. threat.Options.Grid.Select(epsilon => new RobustAccuracyPoint(epsilon, GroupEvaluation.Of(groups, threat.RobustAt(epsilon), metadata, options.Confidence)))],
                    threat.Options.Margin is null ? null : Margins(threat, groups, metadata),
                    Attacks(threat, findings.Target.ClassCount))),
            ]);
    }

    private static MarginSummary Margins(ThreatFindings threat, int[] groups, EvaluationSetMetadata metadata)
    {
        double[] margins = [.. threat.Examples.Select(example => example.Margin.Upper)];
        EmpiricalDistribution distribution = new(margins);
        return new MarginSummary(
            threat.Examples.Count(example => example.Misclassified),
            margins.Count(double.IsPositiveInfinity),
            [.. Probabilities.Select(probability => new MarginQuantile(probability, Finite(distribution.Quantile(probability))))],
            [
                .. Enumerable.Range(0, metadata.GroupCount).Select(group =>
                {
                    double[] own = [.. margins.Where((_, example) => groups[example] == group)];
                    return new GroupMargin(group, metadata.GroupName(group), own.Length, own.Length == 0 ? null : Finite(new EmpiricalDistribution(own).Quantile(0.5)));
                }),
            ])
        {
            Median = Finite(distribution.Quantile(0.5)),
        };
    }

    private static AttackSummary[] Attacks(ThreatFindings threat, int classCount) =>
    [
        .. AttackNames.Of(threat.Options.AttacksOn(classCount)).Select((name, attack) => new AttackSummary(
            name,
            threat.Examples.Count(example => double.IsFinite(example.Attacks[attack].Smallest)),
            threat.Examples.Count(example => example.Finder == attack),
            threat.Examples.Sum(example => (long)example.Attacks[attack].GradientQueries),
            threat.Examples.Sum(example => (long)example.Attacks[attack].PredictionQueries),
            threat.Examples.Sum(example => example.Attacks[attack].Seconds))),
    ];

    private static IEnumerable<GateResult> Gates(TargetReport target, GateOptions gates)
    {
        foreach (GateResult gate in CleanGates(target.Label, target.Clean, gates))
        {
            yield return gate;
        }

        if (gates.MinimumRobustAccuracy is double robust)
        {
            foreach (ThreatReport threat in target.ThreatModels)
            {
                foreach (RobustAccuracyPoint point in threat.RobustAccuracy)
                {
                    yield return Gate(target.Label, "minimumRobustAccuracy", $"robust accuracy, {threat.Norm.Symbol} ε = {AuditTables.Radius(point.Epsilon)}", robust, point.Accuracy.Average.Accuracy);
                }
            }
        }
    }

    private static GateResult Gate(string target, string gate, string subject, double demanded, double? found) => new(target, gate, subject, demanded, found, found >= demanded);

    private static double? Finite(double value) => double.IsFinite(value) ? value : null;
}
