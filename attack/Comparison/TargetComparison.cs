using GradientDynamics.Attack.Attacks;
using GradientDynamics.Attack.Audits;
using GradientDynamics.Attack.Margins;
using GradientDynamics.Statistics;

namespace GradientDynamics.Attack.Comparison;

/// <summary>Two targets on the same examples; every difference is the second minus the first.</summary>
/// <param name="First">Label of the first, the reference.</param>
/// <param name="Second">Label of the second.</param>
/// <param name="Clean">Accuracy on unperturbed inputs.</param>
/// <param name="CleanWorstGroup">Worst-group accuracy on unperturbed inputs.</param>
/// <param name="ThreatModels">Robust accuracy and margins under each threat model.</param>
public sealed record TargetComparison(string First, string Second, PairedAccuracy Clean, WorstGroupDifference CleanWorstGroup, IReadOnlyList<ThreatComparison> ThreatModels)
{
    /// <summary>Compares what was found of two targets.</summary>
    internal static TargetComparison Of(TargetFindings first, TargetFindings second, AuditOptions options)
    {
        BootstrapOptions bootstrap = new() { Seed = options.Seed, Resamples = options.Resamples, Confidence = options.Confidence };
        int[] groups = [.. Enumerable.Range(0, first.Set.Examples.Count).Select(first.Set.GroupOf)];
        return new TargetComparison(
            first.Target.Label,
            second.Target.Label,
            PairedAccuracy.Of(first.Correct, second.Correct, bootstrap),
            WorstGroupDifference.Of(groups, first.Correct, second.Correct, bootstrap),
            [.. first.ThreatModels.Zip(second.ThreatModels, (one, other) => ThreatComparison.Of(one, other, groups, first.Correct, second.Correct, bootstrap))]);
    }
}

/// <summary>Two targets under one threat model.</summary>
/// <param name="Norm">Norm of the perturbation.</param>
/// <param name="Epsilons">Robust accuracy at each radius.</param>
/// <param name="Margins">Margins of all examples, 0 where a target is wrong unperturbed; none where margins were not asked for.</param>
/// <param name="MarginsWhereBothAreRight">Margins of the examples that both targets get right unperturbed; none where there are none.</param>
public sealed record ThreatComparison(PerturbationNorm Norm, IReadOnlyList<EpsilonComparison> Epsilons, MarginComparison? Margins, MarginComparison? MarginsWhereBothAreRight)
{
    internal static ThreatComparison Of(ThreatFindings first, ThreatFindings second, int[] groups, bool[] firstCorrect, bool[] secondCorrect, BootstrapOptions bootstrap)
    {
        int[] both = [.. Enumerable.Range(0, groups.Length).Where(example => firstCorrect[example] && secondCorrect[example])];
        bool margins = first.Options.Margin is not null;
        return new ThreatComparison(
            first.Options.Norm,
            [
                .. first.Options.Grid.Select(epsilon => new EpsilonComparison(
                    epsilon,
                    PairedAccuracy.Of(first.RobustAt(epsilon), second.RobustAt(epsilon), bootstrap),
                    WorstGroupDifference.Of(groups, first.RobustAt(epsilon), second.RobustAt(epsilon), bootstrap))),
            ],
            margins ? MarginComparison.Of(Of(first, Enumerable.Range(0, groups.Length)), Of(second, Enumerable.Range(0, groups.Length)), bootstrap) : null,
            margins ? MarginComparison.Of(Of(first, both), Of(second, both), bootstrap) : null);
    }

    private static InputMargin[] Of(ThreatFindings findings, IEnumerable<int> examples) => [.. examples.Select(example => findings.Examples[example].Margin)];
}

/// <summary>Two targets at one radius.</summary>
/// <param name="Epsilon">The radius, in input units.</param>
/// <param name="Robust">Robust accuracy.</param>
/// <param name="WorstGroup">Worst-group robust accuracy.</param>
public sealed record EpsilonComparison(double Epsilon, PairedAccuracy Robust, WorstGroupDifference WorstGroup);
