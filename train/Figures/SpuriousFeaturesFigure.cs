using GradientDynamics.CommandLine;
using GradientDynamics.Train.Datasets;

namespace GradientDynamics.Train.Figures;

/// <summary>
/// Decisions over the spurious and the core feature without noise, and within a small distance of a training example with that example's noise: islands around minority examples are what was memorised. The model is the first seed's.
/// </summary>
/// <remarks>Idrissi et al., "Simple data balancing achieves competitive worst-group-accuracy", 2022, figure 1, https://arxiv.org/abs/2110.14503.</remarks>
internal static class SpuriousFeaturesFigure
{
    // The published grid and the published square of the distance.
    private const int GridSize = 200;
    private const double Limit = 2;
    private const double SquaredReach = 1e-3;
    private const double ShownShare = 0.95;
    private const int PanelsInARow = 3;

    public static Figure Create(IReadOnlyList<FigureRun> runs)
    {
        List<Panel> panels = [];
        ResultTable table = new("configuration", ResultColumn.Number("seeds"), ResultColumn.Number("test worst group %"), ResultColumn.Number("deviation"), ResultColumn.Number("test average %"), ResultColumn.Number("train average %"), ResultColumn.Number("mean epoch"));
        double[] places = ModelGrid.Spaced(-Limit, Limit, GridSize);
        foreach (RunGroup group in RunGroup.Of(runs))
        {
            FigureRun run = group.Runs[0];
            if (run.Configuration.Dataset is not SpuriousFeaturesOptions)
            {
                throw new CommandException(ExitCode.Configuration, $"{run.Directory.Path}: accepted are runs of the dataset spurious-features.");
            }

            GroupedDataset train = ModelGrid.TrainingSet(run);
            (double Spurious, double Core)[] points = [.. Enumerable.Range(0, train.Count).Select(i => ((double)train.Input(i)[0], (double)train.Input(i)[1]))];
            double[] logits = ModelGrid.LogitDifferences(run, places.Select(core => Row(train, points, places, core)), train.Description.InputShape);
            // An early epoch's weights are small, and probabilities near 1/2 everywhere: relative to a large one, logits show the direction. The largest are those of memorised noise, beyond the colours.
            double[] sizes = [.. logits.Select(Math.Abs).Order()];
            double largest = Math.Max(sizes[(int)(ShownShare * sizes.Length)], double.Epsilon);
            double[][] relative = [.. logits.Select(logit => logit / largest).Chunk(GridSize)];
            panels.Add(new()
            {
                Title = group.Name,
                XLabel = "spurious feature",
                YLabel = "core feature",
                XLimits = (-Limit, Limit),
                YLimits = (-Limit, Limit),
                HasLegend = panels.Count == 0,
                Field = new("logit (relative)", places, places, relative, (-1, 1), IsDiverging: true),
                Curves = [Points(train, 0, "-1", 4), Points(train, 1, "+1", 2)],
            });
            (double worst, double deviation) = group.Over(each => 100 * each.Result.Metrics["test/worst_group_accuracy"]);
            table.Add(
                group.Name,
                EpochCurve.Text(group.Runs.Count, "F0"),
                EpochCurve.Text(worst, "F1"),
                EpochCurve.Text(deviation, "F1"),
                EpochCurve.Text(group.Over(each => 100 * each.Result.Metrics["test/average_accuracy"]).Mean, "F1"),
                EpochCurve.Text(group.Over(each => 100 * each.Result.Metrics["train/average_accuracy"]).Mean, "F1"),
                EpochCurve.Text(group.Over(each => each.Result.SelectedEpoch).Mean, "F0"));
        }

        return new(panels, PanelsInARow, table);
    }

    // The inputs of one row of the grid.
    private static float[] Row(GroupedDataset train, (double Spurious, double Core)[] points, double[] places, double core)
    {
        int width = checked((int)train.Description.InputSize);
        float[] inputs = new float[places.Length * width];
        for (int column = 0; column < places.Length; column++)
        {
            double spurious = places[column];
            int nearest = 0;
            double smallest = double.PositiveInfinity;
            for (int i = 0; i < points.Length; i++)
            {
                (double across, double along) = (points[i].Spurious - spurious, points[i].Core - core);
                double distance = (across * across) + (along * along);
                (nearest, smallest) = distance < smallest ? (i, distance) : (nearest, smallest);
            }

            Span<float> input = inputs.AsSpan(column * width, width);
            if (smallest < SquaredReach)
            {
                train.Input(nearest).CopyTo(input);
            }

            input[0] = (float)spurious;
            input[1] = (float)core;
        }

        return inputs;
    }

    private static Curve Points(GroupedDataset train, int label, string name, int color)
    {
        int[] members = [.. Enumerable.Range(0, train.Count).Where(i => train.Labels[i] == label)];
        return new(name, [.. members.Select(i => (double)train.Input(i)[0])], [.. members.Select(i => (double)train.Input(i)[1])], color) { IsPoints = true, PointSize = 2.5f };
    }
}
