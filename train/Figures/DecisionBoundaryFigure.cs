using GradientDynamics.CommandLine;
using GradientDynamics.Train.Datasets;

namespace GradientDynamics.Train.Figures;

/// <summary>The decision boundary averaged over seeds: the mean logit on a grid of [-2, 2]², its zero line, and the training points of the first seed.</summary>
/// <remarks>Pezeshki et al., "Gradient Starvation", 2021, figure 1 and appendix figure 2, https://arxiv.org/abs/2011.09468.</remarks>
internal static class DecisionBoundaryFigure
{
    // The published grid.
    private const int GridSize = 100;
    private const double Limit = 2;

    // Logits beyond this are certain; the colours end there so that the neighbourhood of the boundary is seen.
    private const double StrongestLogit = 5;
    private const int PanelsInARow = 4;

    public static Figure Create(IReadOnlyList<FigureRun> runs)
    {
        List<Panel> panels = [];
        ResultTable table = new("configuration", ResultColumn.Number("seeds"), ResultColumn.Number("test accuracy %"), ResultColumn.Number("mean distance to the boundary"), ResultColumn.Number("smallest distance"), ResultColumn.Number("deviation from a line"))
        {
            Title = "Distances of the first seed's training points from the boundary of the mean logit, and the boundary's root mean square distance from the line that fits it best",
        };
        double[] places = ModelGrid.Spaced(-Limit, Limit, GridSize);
        float[] grid = [.. places.SelectMany(y => places.SelectMany(x => (float[])[(float)x, (float)y]))];
        foreach (RunGroup group in RunGroup.Of(runs))
        {
            GroupedDataset points = ModelGrid.TrainingSet(group.Runs[0]);
            if (points.Description.InputSize != 2)
            {
                throw new CommandException(ExitCode.Configuration, $"--runs: inputs of {points.Description.Name} have {points.Description.InputSize} numbers; accepted for a decision boundary are inputs of two.");
            }

            double[][] logits = [.. group.Runs.Select(run => ModelGrid.LogitDifferences(run, [grid], points.Description.InputShape))];
            double[][] mean = [.. Enumerable.Range(0, GridSize).Select(row => Enumerable.Range(0, GridSize).Select(column => logits.Average(seed => seed[(row * GridSize) + column])).ToArray())];
            List<(double X0, double Y0, double X1, double Y1)> boundary = ModelGrid.ZeroSegments(places, places, mean);
            panels.Add(new()
            {
                Title = $"{group.Name} ({group.Runs.Count} {(group.Runs.Count == 1 ? "seed" : "seeds")})",
                XLabel = "first input",
                YLabel = "second input",
                XLimits = (-Limit, Limit),
                YLimits = (-Limit, Limit),
                HasLegend = false,
                Field = new("mean logit", places, places, mean, (-StrongestLogit, StrongestLogit), IsDiverging: true),
                Segments = boundary,
                Curves = [Points(points, 0), Points(points, 1)],
            });

            double[] distances = [.. Enumerable.Range(0, points.Count).Select(i => Distance(boundary, points.Input(i)[0], points.Input(i)[1]))];
            table.Add(
                group.Name,
                EpochCurve.Text(group.Runs.Count, "F0"),
                EpochCurve.Text(100 * group.Over(run => run.Result.Metrics["test/average_accuracy"]).Mean, "F1"),
                EpochCurve.Text(distances.Average()),
                EpochCurve.Text(distances.Min()),
                EpochCurve.Text(DeviationFromALine(boundary)));
        }

        return new(panels, PanelsInARow, table);
    }

    private static Curve Points(GroupedDataset points, int label)
    {
        int[] members = [.. Enumerable.Range(0, points.Count).Where(i => points.Labels[i] == label)];
        return new(points.Description.Classes[label], [.. members.Select(i => (double)points.Input(i)[0])], [.. members.Select(i => (double)points.Input(i)[1])], label == 0 ? 4 : 2) { IsPoints = true };
    }

    private static double Distance(List<(double X0, double Y0, double X1, double Y1)> boundary, double x, double y) =>
        boundary.Count == 0 ? double.PositiveInfinity : boundary.Min(segment => Math.Sqrt(Square(((segment.X0 + segment.X1) / 2) - x) + Square(((segment.Y0 + segment.Y1) / 2) - y)));

    // The root of the smaller eigenvalue of the covariance of the segments' middles, each as heavy as it is long.
    private static double DeviationFromALine(List<(double X0, double Y0, double X1, double Y1)> boundary)
    {
        (double X, double Y, double Weight)[] middles = [.. boundary.Select(segment => (
            (segment.X0 + segment.X1) / 2, (segment.Y0 + segment.Y1) / 2, Math.Sqrt(Square(segment.X1 - segment.X0) + Square(segment.Y1 - segment.Y0))))];
        double total = middles.Sum(point => point.Weight);
        if (total == 0)
        {
            return 0;
        }

        double meanX = middles.Sum(point => point.Weight * point.X) / total;
        double meanY = middles.Sum(point => point.Weight * point.Y) / total;
        double xx = middles.Sum(point => point.Weight * Square(point.X - meanX)) / total;
        double yy = middles.Sum(point => point.Weight * Square(point.Y - meanY)) / total;
        double xy = middles.Sum(point => point.Weight * (point.X - meanX) * (point.Y - meanY)) / total;
        return Math.Sqrt(Math.Max(0, ((xx + yy) / 2) - Math.Sqrt(Square((xx - yy) / 2) + Square(xy))));
    }

    private static double Square(double value) => value * value;
}
