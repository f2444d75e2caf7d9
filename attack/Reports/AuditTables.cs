using GradientDynamics.Attack.Attacks;
using GradientDynamics.Attack.Comparison;
using GradientDynamics.Attack.Groups;
using GradientDynamics.CommandLine;
using GradientDynamics.Statistics;

namespace GradientDynamics.Attack.Reports;

/// <summary>The figures of a report as tables for a terminal.</summary>
internal static class AuditTables
{
    /// <summary>Accuracy, robustness, groups and, with several targets, their differences.</summary>
    public static IEnumerable<ResultTable> Of(AuditReport report)
    {
        yield return Accuracy([.. report.Targets.Select(target => (target.Label, target.Clean))], report.Configuration.Confidence);
        foreach ((int index, ThreatReport threat) in report.Targets[0].ThreatModels.Index())
        {
            yield return Robustness(report, index, threat);
        }

        yield return Groups([.. report.Targets.Select(target => (target.Label, target.Clean))]);
        foreach (TargetComparison comparison in report.Comparisons)
        {
            yield return Differences(comparison);
        }
    }

    /// <summary>Average, adjusted average and worst group of each target.</summary>
    public static ResultTable Accuracy(IReadOnlyList<(string Label, GroupEvaluation Clean)> targets, double confidence)
    {
        ResultTable table = new("target", ResultColumn.Number("average %"), ResultColumn.Number($"{confidence:P0} interval"), ResultColumn.Number("adjusted average %"), ResultColumn.Number("worst group %"), "worst group")
        {
            Title = "Accuracy on unperturbed inputs",
        };
        foreach ((string label, GroupEvaluation clean) in targets)
        {
            table.Add(label, Percent(clean.Average.Accuracy), Range(clean.Average.Interval), Percent(clean.AdjustedAverage), Percent(clean.WorstGroup?.Accuracy.Accuracy), clean.WorstGroup?.Name ?? "");
        }

        return table;
    }

    /// <summary>Counts, accuracy and interval of every group.</summary>
    public static ResultTable Groups(IReadOnlyList<(string Label, GroupEvaluation Clean)> targets)
    {
        List<ResultColumn> columns = ["group", ResultColumn.Number("examples")];
        columns.AddRange(targets.SelectMany(target => (ResultColumn[])[ResultColumn.Number($"{target.Label} %"), ResultColumn.Number("interval")]));
        ResultTable table = new([.. columns]) { Title = "Accuracy of each group on unperturbed inputs" };
        foreach ((int index, GroupAccuracy group) in targets[0].Clean.Groups.Index())
        {
            table.Add([
                group.Name,
                $"{group.Accuracy.Count}",
                .. targets.SelectMany(target => (string[])[Percent(target.Clean.Groups[index].Accuracy.Accuracy), Range(target.Clean.Groups[index].Accuracy.Interval)]),
            ]);
        }

        return table;
    }

    private static ResultTable Robustness(AuditReport report, int index, ThreatReport first)
    {
        List<ResultColumn> columns = ["target", "accuracy"];
        columns.AddRange(first.RobustAccuracy.Select(point => ResultColumn.Number($"ε {Radius(point.Epsilon)}")));
        columns.Add(ResultColumn.Number("median margin"));
        ResultTable table = new([.. columns]) { Title = $"Robust accuracy in % under {first.Norm.Symbol} perturbations, ε in input units" };
        foreach (TargetReport target in report.Targets)
        {
            ThreatReport threat = target.ThreatModels[index];
            string median = threat.Margins is null ? "" : threat.Margins.Median is double margin ? $"{margin:G4}" : "not found";
            table.Add([target.Label, "overall", .. threat.RobustAccuracy.Select(point => Percent(point.Accuracy.Average.Accuracy)), median]);
            table.Add([target.Label, "worst group", .. threat.RobustAccuracy.Select(point => Percent(point.Accuracy.WorstGroup?.Accuracy.Accuracy)), ""]);
        }

        return table;
    }

    private static ResultTable Differences(TargetComparison comparison)
    {
        ResultTable table = new("figure", ResultColumn.Number(comparison.First), ResultColumn.Number(comparison.Second), ResultColumn.Number("difference"), ResultColumn.Number("interval"), ResultColumn.Number("p"))
        {
            Title = $"{comparison.Second} minus {comparison.First}, paired by example; of margins the median difference",
        };
        Add(table, "accuracy %", comparison.Clean);
        Add(table, "worst-group accuracy %", comparison.CleanWorstGroup);
        foreach (ThreatComparison threat in comparison.ThreatModels)
        {
            foreach (EpsilonComparison point in threat.Epsilons)
            {
                Add(table, $"robust accuracy %, {threat.Norm.Symbol} {Radius(point.Epsilon)}", point.Robust);
                Add(table, $"worst-group robust accuracy %, {threat.Norm.Symbol} {Radius(point.Epsilon)}", point.WorstGroup);
            }

            Add(table, $"median {threat.Norm.Symbol} margin", threat.Margins);
            Add(table, $"median {threat.Norm.Symbol} margin, both right", threat.MarginsWhereBothAreRight);
        }

        return table;
    }

    private static void Add(ResultTable table, string figure, PairedAccuracy paired) =>
        table.Add(figure, Percent(paired.First), Percent(paired.Second), Signed(100 * paired.Difference, "F1"), Range(paired.Interval), Probability(paired.PValue));

    private static void Add(ResultTable table, string figure, WorstGroupDifference worst) =>
        table.Add(figure, Percent(worst.First), Percent(worst.Second), Signed(100 * worst.Difference, "F1"), Range(worst.Interval), "");

    private static void Add(ResultTable table, string figure, MarginComparison? margins)
    {
        if (margins is not null)
        {
            table.Add(figure, $"{margins.FirstMedian:G4}", $"{margins.SecondMedian:G4}", Signed(margins.MedianDifference, "G4"), $"{margins.Interval.Lower:G3} to {margins.Interval.Upper:G3}", Probability(margins.PValue));
        }
    }

    /// <summary>A radius, as a number and where it is one as so many steps of 1/255.</summary>
    public static string Radius(double epsilon)
    {
        double steps = epsilon * 255;
        // A configuration that writes 8/255 as 0.031372549 means it; six digits tell such a number from others.
        return Math.Abs(steps - Math.Round(steps)) < 1e-4 && Math.Round(steps) is > 0 and < 128 ? $"{Math.Round(steps)}/255" : $"{epsilon:G4}";
    }

    /// <summary>A share in per cent with one digit; a dash where there is none.</summary>
    public static string Percent(double? share) => share is double value ? $"{100 * value:F1}" : "–";

    /// <summary>A p-value with two digits, small ones as a bound.</summary>
    public static string Probability(double value) => value < 0.0001 ? "<0.0001" : $"{value:G2}";

    /// <summary>A number with its sign.</summary>
    public static string Signed(double value, string format) => (value > 0 ? "+" : "") + value.ToString(format);

    /// <summary>An interval of shares in per cent.</summary>
    public static string Range(Interval? interval) => interval is { } range ? $"{100 * range.Lower:F1} to {100 * range.Upper:F1}" : "–";
}
