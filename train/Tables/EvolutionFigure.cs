using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using GradientDynamics.CommandLine;
using GradientDynamics.Train.Sweeps;
using ScottPlot;
using SkiaSharp;

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
/// <remarks>Colours are Okabe and Ito's, which colour-blind readers can tell apart: https://jfly.uni-koeln.de/color/.</remarks>
internal sealed partial class EvolutionFigure
{
    private const int PanelWidth = 420;
    private const int PanelHeight = 320;

    // PNG pixels for each unit of the SVG: sharp on dense screens and in print.
    private const int PngScale = 2;

    private static readonly string[] Splits = ["test", "train"];

    private static readonly Color[] Palette =
    [
        Color.FromHex("#0072B2"), Color.FromHex("#D55E00"), Color.FromHex("#009E73"), Color.FromHex("#CC79A7"),
        Color.FromHex("#E69F00"), Color.FromHex("#56B4E9"), Color.FromHex("#000000"), Color.FromHex("#7F7F7F"),
    ];

    private readonly IReadOnlyList<Panel> _panels;
    private readonly int _columns;

    private EvolutionFigure(IReadOnlyList<Panel> panels, int columns)
    {
        _panels = panels;
        _columns = columns;
    }

    /// <summary>The figure of a collection.</summary>
    /// <param name="collection">What was collected.</param>
    /// <param name="curves">What is drawn.</param>
    /// <param name="window">Evaluations over which each point is averaged: those up to its own.</param>
    public static EvolutionFigure Of(SweepCollection collection, EvolutionCurves curves, int window)
    {
        Panel[][] columns = curves == EvolutionCurves.Groups
            ? [.. collection.Cells.Select(cell => Splits.Select(split => Groups(cell, split, window)).ToArray())]
            : [.. collection.Cells.GroupBy(cell => cell.Dataset).Select(cells => Splits.Select(split => Methods(cells.Key, [.. cells], split, window, curves)).ToArray())];
        return new([.. Splits.Index().SelectMany(row => columns.Select(column => column[row.Index]))], columns.Length);
    }

    /// <summary>The curves as CSV: one line for each point.</summary>
    public string Csv() => CsvText.Of(
        ["panel", "curve", "epoch", "value"],
        from panel in _panels
        from curve in panel.Curves
        from point in curve.X.Zip(curve.Y)
        select (string[])[panel.Title, curve.Label, Number(point.First), Number(point.Second)]);

    /// <summary>The figure as an SVG document.</summary>
    public string Svg()
    {
        int width = PanelWidth * _columns;
        int height = PanelHeight * Splits.Length;
        StringBuilder document = new();
        document.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\">\n");
        foreach ((int index, Panel panel) in _panels.Index())
        {
            using Plot plot = Draw(panel);
            string text = plot.GetSvgXml(PanelWidth, PanelHeight);
            string content = text[text.IndexOf("<svg", StringComparison.Ordinal)..]
                .Replace("<svg ", string.Create(CultureInfo.InvariantCulture, $"<svg x=\"{index % _columns * PanelWidth}\" y=\"{index / _columns * PanelHeight}\" "), StringComparison.Ordinal);
            // Panels number their clip paths and images alike.
            document.Append(Identifiers().Replace(content, match => string.Create(CultureInfo.InvariantCulture, $"{match.Groups[1].Value}p{index}_"))).Append('\n');
        }

        return document.Append("</svg>\n").ToString();
    }

    /// <summary>The figure as a PNG file's bytes.</summary>
    public byte[] Png()
    {
        int width = PanelWidth * PngScale;
        int height = PanelHeight * PngScale;
        using SKSurface surface = Surface(width * _columns, height * Splits.Length);
        foreach ((int index, Panel panel) in _panels.Index())
        {
            // A plot clears the whole canvas that it is drawn on: each has its own.
            using SKSurface own = Surface(width, height);
            using Plot plot = Draw(panel);
            plot.ScaleFactor = PngScale;
            plot.Render(own.Canvas, new PixelRect(0, width, height, 0));
            surface.Canvas.DrawSurface(own, index % _columns * width, index / _columns * height);
        }

        using SKImage snapshot = surface.Snapshot();
        using SKData data = snapshot.Encode(SKEncodedImageFormat.Png, 100);
        return data.ToArray();
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

    private static SKSurface Surface(int width, int height) =>
        SKSurface.Create(new SKImageInfo(width, height)) ?? throw new CommandException(ExitCode.System, $"a drawing surface of {width} x {height} pixels could not be created.");

    [GeneratedRegex("""(id="|url\(#|href="#)""")]
    private static partial Regex Identifiers();

    private static Panel Methods(string dataset, CollectedCell[] cells, string split, int window, EvolutionCurves curves)
    {
        Curve[] accuracies = [.. cells.Index().Select(cell => CurveOf(cell.Item.Method, cell.Item.Evolution, $"{split}/worst_group_accuracy", window, cell.Index))];
        if (curves == EvolutionCurves.Methods)
        {
            return new($"{dataset}, {split}", "worst-group accuracy in %", accuracies, LowestIsBest: false);
        }

        // Only epochs that all methods have can be compared.
        double[] epochs = [.. accuracies.Select(curve => curve.X).Aggregate((IEnumerable<double>)accuracies[0].X, (common, x) => common.Intersect(x))];
        double[][] ranks = [.. epochs.Select(epoch => Ranks([.. accuracies.Select(curve => curve.Y[Array.IndexOf(curve.X, epoch)])]))];
        return new($"{dataset}, {split}", "rank by worst-group accuracy", [.. accuracies.Select((curve, method) => curve with { X = epochs, Y = [.. ranks.Select(rank => rank[method])] })], LowestIsBest: true);
    }

    private static Panel Groups(CollectedCell cell, string split, int window)
    {
        string prefix = $"{split}/accuracy/";
        string[] names = [.. cell.Evolution.Figures.Keys.Where(name => name.StartsWith(prefix, StringComparison.Ordinal))];
        return new($"{cell.Method}, {cell.Dataset}, {split}", "accuracy in %", [.. names.Select((name, i) => CurveOf(name[prefix.Length..], cell.Evolution, name, window, i))], LowestIsBest: false);
    }

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

    private static Plot Draw(Panel panel)
    {
        Plot plot = new();
        plot.FigureBackground.Color = Colors.White;
        plot.Grid.MajorLineColor = Colors.Black.WithAlpha(0.08);
        foreach (Curve curve in panel.Curves.Where(curve => curve.X.Length > 0))
        {
            ScottPlot.Plottables.Scatter line = curve.X.Length == 1 ? plot.Add.ScatterPoints(curve.X, curve.Y, Palette[curve.Color % Palette.Length]) : plot.Add.ScatterLine(curve.X, curve.Y, Palette[curve.Color % Palette.Length]);
            line.LegendText = curve.Label;
            line.LineWidth = 2;
        }

        plot.Title(panel.Title, 15);
        plot.XLabel("epoch", 13);
        plot.YLabel(panel.YLabel, 13);
        plot.Axes.AutoScale();
        if (panel.LowestIsBest)
        {
            AxisLimits limits = plot.Axes.GetLimits();
            plot.Axes.SetLimitsY(Math.Max(limits.Top, limits.Bottom), Math.Min(limits.Top, limits.Bottom));
        }

        Legend legend = plot.ShowLegend(Alignment.LowerRight);
        legend.FontSize = 11;
        legend.BackgroundColor = Colors.White.WithAlpha(0.85);
        legend.OutlineColor = Colors.Black.WithAlpha(0.2);
        legend.ShadowColor = Colors.Transparent;
        return plot;
    }

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private sealed record Panel(string Title, string YLabel, IReadOnlyList<Curve> Curves, bool LowestIsBest);

    private sealed record Curve(string Label, double[] X, double[] Y, int Color);
}
