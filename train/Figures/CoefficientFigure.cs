using GradientDynamics.CommandLine;
using GradientDynamics.Train.Objectives;

namespace GradientDynamics.Train.Figures;

/// <summary>Spectral Decoupling's coefficient against clean and adversarial accuracy on the validation set, the mean of which chooses it.</summary>
/// <remarks>Pezeshki et al., "Gradient Starvation", 2021, appendix 4.3, https://arxiv.org/abs/2011.09468.</remarks>
internal static class CoefficientFigure
{
    private const string Clean = "validation/average_accuracy";
    private const string Adversarial = "validation/adversarial_accuracy";

    public static Figure Create(IReadOnlyList<FigureRun> runs)
    {
        if (runs.FirstOrDefault(run => !run.Result.Metrics.ContainsKey(Adversarial)) is { } without)
        {
            throw new CommandException(ExitCode.Configuration, $"{without.Directory.Path}: the run measured no adversarial accuracy; accepted are runs with a validation set and \"adversary\": {{\"epsilon\": …}}.");
        }

        (double Coefficient, RunGroup Group)[] points = [.. RunGroup.Of(runs).Select(group => (Coefficient(group.Runs[0]), group)).OrderBy(point => point.Item1)];
        if (points.Select(point => point.Coefficient).Distinct().Count() < points.Length || points.Length < 2)
        {
            throw new CommandException(ExitCode.Configuration, "--runs: accepted are runs that differ in the seed and in objective.coefficient, with two coefficients and more.");
        }

        // A logarithmic axis has no 0: it stands a decade before the smallest other one.
        double smallest = points.Select(point => point.Coefficient).Where(coefficient => coefficient > 0).DefaultIfEmpty(1).Min();
        double[] x = [.. points.Select(point => point.Coefficient > 0 ? point.Coefficient : smallest / 10)];
        ResultTable table = new(ResultColumn.Number("coefficient"), ResultColumn.Number("seeds"), ResultColumn.Number("clean %"), ResultColumn.Number("adversarial %"), ResultColumn.Number("mean %"));
        foreach ((double coefficient, RunGroup group) in points)
        {
            table.Add(
                EpochCurve.Text(coefficient, "G3"),
                EpochCurve.Text(group.Runs.Count, "F0"),
                EpochCurve.Text(100 * group.Over(run => run.Result.Metrics[Clean]).Mean, "F1"),
                EpochCurve.Text(100 * group.Over(run => run.Result.Metrics[Adversarial]).Mean, "F1"),
                EpochCurve.Text(100 * group.Over(Mean).Mean, "F1"));
        }

        Curve Of(string label, int color, Func<FigureRun, double> number) => new(label, x, [.. points.Select(point => 100 * point.Group.Over(number).Mean)], color)
        {
            Deviation = [.. points.Select(point => 100 * point.Group.Over(number).Deviation)],
            HasMarkers = true,
        };

        bool hasZero = points[0].Coefficient == 0;
        Panel panel = new()
        {
            Title = "Clean and adversarial accuracy",
            XLabel = hasZero ? $"coefficient (leftmost: 0)" : "coefficient",
            YLabel = "validation accuracy, %",
            XLogarithmic = true,
            HasLegendBelow = true,
            Curves = [Of("clean", 0, run => run.Result.Metrics[Clean]), Of("adversarial", 1, run => run.Result.Metrics[Adversarial]), Of("mean of both", 2, Mean)],
        };
        return new([panel], 1, table);
    }

    private static double Mean(FigureRun run) => (run.Result.Metrics[Clean] + run.Result.Metrics[Adversarial]) / 2;

    private static double Coefficient(FigureRun run) => run.Configuration.Objective switch
    {
        SpectralDecouplingOptions { PerClass.Count: 0 } decoupling => decoupling.Coefficient,
        ErmOptions => 0,
        _ => throw new CommandException(ExitCode.Configuration, $"{run.Directory.Path}: accepted are runs of spectral-decoupling with one coefficient, and of erm, which has the coefficient 0."),
    };
}
