using GradientDynamics.CommandLine;
using GradientDynamics.Train.Objectives;

namespace GradientDynamics.Train.Figures;

/// <summary>Test error over epochs with and without the penalty on Q.</summary>
/// <remarks>Pezeshki et al., "Multi-scale Feature Learning Dynamics: Insights for Double Descent", 2022, figure 6, https://arxiv.org/abs/2112.03215.</remarks>
internal static class QPenaltyFigure
{
    public static Figure Create(IReadOnlyList<FigureRun> runs)
    {
        ResultTable table = new("penalty", ResultColumn.Number("seeds"), ResultColumn.Number("lowest error"), ResultColumn.Number("at epoch"), ResultColumn.Number("last"));
        List<Curve> curves = [];
        foreach (RunGroup group in RunGroup.Of(runs))
        {
            double coefficient = group.Runs[0].Configuration.Objective switch
            {
                MarginVarianceOptions penalty => penalty.Coefficient,
                ErmOptions => 0,
                _ => throw new CommandException(ExitCode.Configuration, $"{group.Runs[0].Directory.Path}: accepted are runs of margin-variance, and of erm, which is without the penalty."),
            };
            string label = coefficient == 0 ? "without" : $"with {EpochCurve.Text(coefficient, "G3")}";
            Curve error = EpochCurve.Of(label, group, curves.Count, EpochCurve.TestError);
            if (error.X.Count == 0)
            {
                throw new CommandException(ExitCode.Configuration, $"{group.Runs[0].Directory.Path}: has no figures of a test set; accepted are runs with one.");
            }

            int low = Enumerable.Range(0, error.X.Count).MinBy(i => error.Y[i]);
            table.Add(label, EpochCurve.Text(group.Runs.Count, "F0"), EpochCurve.Text(error.Y[low]), EpochCurve.Text(error.X[low], "F0"), EpochCurve.Text(error.Y[^1]));
            curves.Add(error);
        }

        return new([new() { Title = "Penalty on Q", XLabel = "epoch", YLabel = "test error", XLogarithmic = true, Curves = curves }], 1, table);
    }
}
