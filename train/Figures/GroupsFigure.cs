using GradientDynamics.CommandLine;
using GradientDynamics.Train.Training;

namespace GradientDynamics.Train.Figures;

/// <summary>Accuracy of each group on the test set over the epochs, mean and standard deviation over the seeds.</summary>
internal static class GroupsFigure
{
    private const int PanelsInARow = 3;

    // An empty group has no accuracy, and so no figure.
    private const string Prefix = "test/accuracy/";

    public static Figure Create(IReadOnlyList<FigureRun> runs)
    {
        List<Panel> panels = [];
        ResultTable table = new("configuration", "group", ResultColumn.Number("seeds"), ResultColumn.Number("last accuracy %"), ResultColumn.Number("highest %"), ResultColumn.Number("at epoch"));
        foreach (RunGroup group in RunGroup.Of(runs))
        {
            string[] figures = group.Runs[0].Metrics() is [.., EpochFigures last] ? [.. last.Values.Keys.Where(figure => figure.StartsWith(Prefix, StringComparison.Ordinal))] : [];
            if (figures.Length == 0)
            {
                throw new CommandException(ExitCode.Configuration, $"{group.Runs[0].Directory.Path}: has no figures of a test set; accepted are runs with one.");
            }

            List<Curve> curves = [];
            foreach ((int number, string figure) in figures.Index())
            {
                string name = figure[Prefix.Length..];
                Curve curve = EpochCurve.Of(name, group, number, values => values.TryGetValue(figure, out double accuracy) ? 100 * accuracy : null);
                if (curve.X.Count == 0)
                {
                    continue;
                }

                int best = Enumerable.Range(0, curve.X.Count).MaxBy(i => curve.Y[i]);
                table.Add(group.Name, name, EpochCurve.Text(group.Runs.Count, "F0"), EpochCurve.Text(curve.Y[^1], "F1"), EpochCurve.Text(curve.Y[best], "F1"), EpochCurve.Text(curve.X[best], "F0"));
                curves.Add(curve);
            }

            panels.Add(new() { Title = group.Name, XLabel = "epoch", YLabel = "test accuracy, %", YLimits = (-2, 102), Curves = curves });
        }

        return new(panels, PanelsInARow, table);
    }
}
