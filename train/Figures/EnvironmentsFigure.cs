using GradientDynamics.CommandLine;
using GradientDynamics.Train.Training;

namespace GradientDynamics.Train.Figures;

/// <summary>Accuracy and entropy of predictions on the four test environments of Colored MNIST.</summary>
/// <remarks>Pezeshki et al., "Gradient Starvation", 2021, figure 3, https://arxiv.org/abs/2011.09468.</remarks>
internal static class EnvironmentsFigure
{
    private const string AccuracyName = "/average_accuracy";

    public static Figure Create(IReadOnlyList<FigureRun> runs)
    {
        IReadOnlyList<RunGroup> groups = RunGroup.Of(runs);
        string[] environments = [.. runs.SelectMany(run => run.Result.Metrics.Keys)
            .Where(name => name.StartsWith(MetricNames.EnvironmentPrefix, StringComparison.Ordinal) && name.EndsWith(AccuracyName, StringComparison.Ordinal))
            .Select(name => name[MetricNames.EnvironmentPrefix.Length..^AccuracyName.Length])
            .Distinct(StringComparer.Ordinal)];
        if (environments.Length == 0)
        {
            throw new CommandException(ExitCode.Configuration, "--runs: no run was evaluated on test environments; accepted are runs of a dataset that has them, such as colored-mnist.");
        }

        ResultTable table = new([
            "configuration", ResultColumn.Number("seeds"), ResultColumn.Number("train %"), ResultColumn.Number("test %"),
            .. environments.SelectMany(name => (ResultColumn[])[ResultColumn.Number($"{name} %"), ResultColumn.Number("entropy")]),
        ])
        {
            Title = "Accuracy, and mean entropy of the predictions in nats; mean ± sample standard deviation over the seeds",
        };
        foreach (RunGroup group in groups)
        {
            table.Add([
                group.Name,
                EpochCurve.Text(group.Runs.Count, "F0"),
                Cell(Value(group, "train" + AccuracyName), 100, "F1"),
                Cell(Value(group, "test" + AccuracyName), 100, "F1"),
                .. environments.SelectMany(name => (string[])[
                    Cell(Value(group, MetricNames.EnvironmentPrefix + name + AccuracyName), 100, "F1"),
                    Cell(Value(group, $"{MetricNames.EnvironmentPrefix}{name}/entropy"), 1, "F2"),
                ]),
            ]);
        }

        Panel Of(string title, string label, string figure, double factor, double top, bool hasLegend) => new()
        {
            Title = title,
            XLabel = "test environment",
            YLabel = label,
            YLimits = (0, top),
            HasLegend = hasLegend,
            XLimits = (-0.6, environments.Length - 0.4),
            Bars = new(environments, [.. groups.Select(group => group.Name)], [.. groups.Select(group => (IReadOnlyList<(double, double)?>)[.. environments.Select(name => Scaled(Value(group, MetricNames.EnvironmentPrefix + name + figure), factor))])]),
        };

        // Room for the legend above the bars; it holds for both panels. No entropy of two classes is above ln 2 = 0.69.
        return new([Of("Accuracy", "accuracy, %", AccuracyName, 100, 130, hasLegend: true), Of("Entropy of the predictions", "entropy, nats", "/entropy", 1, 0.75, hasLegend: false)], 2, table);
    }

    private static (double Mean, double Deviation)? Value(RunGroup group, string name) =>
        group.Runs.All(run => run.Result.Metrics.ContainsKey(name)) ? group.Over(run => run.Result.Metrics[name]) : null;

    private static (double, double)? Scaled((double Mean, double Deviation)? value, double factor) => value is var (mean, deviation) ? (factor * mean, factor * deviation) : null;

    private static string Cell((double Mean, double Deviation)? value, double factor, string format) =>
        value is var (mean, deviation) ? $"{EpochCurve.Text(factor * mean, format)} ± {EpochCurve.Text(factor * deviation, format)}" : "";
}
