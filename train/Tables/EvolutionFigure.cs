using System.Globalization;
using GradientDynamics.CommandLine;
using GradientDynamics.Train.Figures;
using GradientDynamics.Train.Sweeps;

namespace GradientDynamics.Train.Tables;

/// <summary>What the curves of a panel are.</summary>
internal enum EvolutionCurves
{
    /// <summary>The worst-group accuracy of each method; a column of panels for each dataset.</summary>
    Methods,

    /// <summary>The accuracy of each group; a column of panels for each method on each dataset.</summary>
    Groups,

    /// <summary>The rank of each method by worst-group accuracy, 1 the best; a column of panels for each dataset.</summary>
    Ranks,
}

/// <summary>
/// Accuracy in the course of training, averaged over the runs of the best combinations: figure 2 of Idrissi et al., 2022, https://arxiv.org/abs/2110.14503. Test above, training below.
/// </summary>
internal static class EvolutionFigure
{
    private static readonly string[] Splits = ["test", "train"];

    /// <summary>The figure of a collection; its table has a row for each point.</summary>
    /// <param name="collection">What was collected.</param>
    /// <param name="curves">What is drawn.</param>
    /// <param name="window">Evaluations over which each point is averaged: those up to its own.</param>
    public static Figure Of(SweepCollection collection, EvolutionCurves curves, int window)
    {
        Panel[][] columns = curves == EvolutionCurves.Groups
            ? [.. collection.Cells.Select(cell => Splits.Select(split => Groups(cell, split, window)).ToArray())]
            : [.. collection.Cells.GroupBy(cell => cell.Dataset).Select(cells => Splits.Select(split => Methods(cells.Key, [.. cells], split, window, curves)).ToArray())];
        Panel[] panels = [.. Splits.Index().SelectMany(row => columns.Select(column => column[row.Index]))];
        ResultTable table = new("panel", "curve", ResultColumn.Number("epoch"), ResultColumn.Number("value"));
        foreach ((Panel panel, Curve curve) in panels.SelectMany(panel => panel.Curves.Select(curve => (panel, curve))))
        {
            foreach ((double epoch, double value) in curve.X.Zip(curve.Y))
            {
                table.Add(panel.Title, curve.Label, Number(epoch), Number(value));
            }
        }

        return new(panels, columns.Length, table) { PanelSize = (420, 320) };
    }

    /// <summary>Ranks by descending value, 1 the best; equal values share the mean of their ranks.</summary>
    internal static double[] Ranks(ReadOnlySpan<double> values)
    {
        double[] ranks = new double[values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            int above = 0;
            int equal = 0;
            foreach (double value in values)
            {
                above += value > values[i] ? 1 : 0;
                equal += value == values[i] ? 1 : 0;
            }

            ranks[i] = above + ((equal + 1) / 2.0);
        }

        return ranks;
    }

    private static Panel Methods(string dataset, CollectedCell[] cells, string split, int window, EvolutionCurves curves)
    {
        Curve[] accuracies = [.. cells.Index().Select(cell => CurveOf(cell.Item.Method, cell.Item.Evolution, $"{split}/worst_group_accuracy", window, cell.Index))];
        if (curves == EvolutionCurves.Methods)
        {
            return PanelOf($"{dataset}, {split}", "worst-group accuracy in %", accuracies);
        }

        // Only epochs that all methods have can be compared.
        double[] epochs = [.. accuracies.Select(curve => curve.X).Aggregate((IEnumerable<double>)accuracies[0].X, (common, x) => common.Intersect(x))];
        Dictionary<double, double>[] values = [.. accuracies.Select(curve => curve.X.Zip(curve.Y).ToDictionary(point => point.First, point => point.Second))];
        double[][] ranks = [.. epochs.Select(epoch => Ranks([.. values.Select(method => method[epoch])]))];
        Curve[] ranked = [.. accuracies.Select((curve, method) => curve with { X = epochs, Y = [.. ranks.Select(rank => rank[method])] })];
        return PanelOf($"{dataset}, {split}", "rank by worst-group accuracy", ranked) with { YDescends = true };
    }

    private static Panel Groups(CollectedCell cell, string split, int window)
    {
        string prefix = $"{split}/accuracy/";
        string[] names = [.. cell.Evolution.Figures.Keys.Where(name => name.StartsWith(prefix, StringComparison.Ordinal))];
        return PanelOf($"{cell.Method}, {cell.Dataset}, {split}", "accuracy in %", [.. names.Select((name, i) => CurveOf(name[prefix.Length..], cell.Evolution, name, window, i))]);
    }

    private static Panel PanelOf(string title, string label, Curve[] curves) => new()
    {
        Title = title,
        XLabel = "epoch",
        YLabel = label,
        Curves = [.. curves.Where(curve => curve.X.Count > 0)],
        HasLegendBelow = true,
        // The names are what the figure compares, sixteen groups' too.
        LongestLegend = int.MaxValue,
    };

    private static Curve CurveOf(string label, CollectedEvolution evolution, string figure, int window, int color)
    {
        IReadOnlyList<double?> values = evolution.Figures.GetValueOrDefault(figure) ?? [];
        (double Epoch, double Value)[] points = [.. values.Select((value, i) => (Epoch: (double)evolution.Epochs[i], Value: value)).Where(point => point.Value is not null).Select(point => (point.Epoch, 100 * point.Value!.Value))];
        double[] smooth = new double[points.Length];
        for (int i = 0; i < points.Length; i++)
        {
            smooth[i] = points[Math.Max(0, i + 1 - window)..(i + 1)].Average(point => point.Value);
        }

        return new(label, [.. points.Select(point => point.Epoch)], smooth, color);
    }

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
