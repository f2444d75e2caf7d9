using System.Globalization;
using GradientDynamics.Figures;
using ScottPlot;

namespace GradientDynamics.Analysis.Figures;

/// <summary>Draws a figure's panels side by side as SVG and PNG, in colours that colour-blind readers can tell apart.</summary>
/// <remarks>Curves in Okabe and Ito's palette (https://jfly.uni-koeln.de/color/), fields in Viridis, those with a middle from blue to red; line styles tell theory from simulation without colour.</remarks>
public static class FigureDrawing
{
    private const int PanelWidth = 560;
    private const int PanelHeight = 430;

    // Skia's SVG writer leaves dashes out. Lines of another style are drawn there with a width that marks it, and the mark is replaced by the dashes.
    private const float LineWidth = 2;
    private const float DashedMark = 2.25f;
    private const float DottedMark = 2.5f;

    // Room for half of the label of a tick at a panel's right edge.
    private const float RightMargin = 18;

    /// <summary>Width of a figure in units of its SVG.</summary>
    /// <param name="figure">The figure.</param>
    public static int Width(Figure figure)
    {
        ArgumentNullException.ThrowIfNull(figure);
        return PanelWidth * figure.Panels.Count;
    }

    /// <summary>The figure as an SVG document.</summary>
    /// <param name="figure">The figure.</param>
    public static string Svg(Figure figure)
    {
        ArgumentNullException.ThrowIfNull(figure);
        return Sheet(figure, dashes: false).Svg()
            .Replace($"stroke-width=\"{DashedMark.ToString(CultureInfo.InvariantCulture)}\"", "stroke-width=\"2\" stroke-dasharray=\"9 5\"", StringComparison.Ordinal)
            .Replace($"stroke-width=\"{DottedMark.ToString(CultureInfo.InvariantCulture)}\"", "stroke-width=\"2\" stroke-dasharray=\"2 4\"", StringComparison.Ordinal);
    }

    /// <summary>The figure as a PNG file's bytes.</summary>
    /// <param name="figure">The figure.</param>
    public static byte[] Png(Figure figure)
    {
        ArgumentNullException.ThrowIfNull(figure);
        return Sheet(figure, dashes: true).Png();
    }

    // All panels in one row.
    private static PanelSheet Sheet(Figure figure, bool dashes) =>
        new([.. figure.Panels.Select(panel => (Func<Plot>)(() => Draw(panel, dashes)))], figure.Panels.Count, PanelWidth, PanelHeight);

    private static Plot Draw(Panel panel, bool dashes)
    {
        Plot plot = FigureStyle.Create();
        AxisScale x = new(panel.XLogarithmic, panel.XLimits);
        AxisScale y = new(panel.YLogarithmic, panel.YLimits);
        if (panel.HeatMap is HeatMap map)
        {
            IColormap colors = map.Colors == FieldColors.Diverging ? new ScottPlot.Colormaps.Balance() : new ScottPlot.Colormaps.Viridis();
            FigureStyle.AddField(plot, [.. map.X.Select(x.Of)], [.. map.Y.Select(y.Of)], map.Values, colors, map.Range, map.Label);
        }

        foreach (Series series in panel.Series)
        {
            AddSeries(plot, series, x.Of, y.Of, dashes);
        }

        foreach ((double left, double bottom, string label) in panel.Annotations)
        {
            ScottPlot.Plottables.Text text = plot.Add.Text(label, x.Of(left), y.Of(bottom));
            text.LabelFontSize = 16;
            text.LabelBold = true;
            text.OffsetX = 6;
            text.OffsetY = -20;
            text.LabelBackgroundColor = Colors.White.WithAlpha(0.7);
        }

        plot.Axes.Right.MinimumSize = RightMargin;
        plot.Title(panel.Title, 16);
        plot.XLabel(panel.XLabel, 14);
        plot.YLabel(panel.YLabel, 14);
        FigureStyle.SetAxes(plot, x, y);
        if (panel.Legend != LegendCorner.None && panel.Series.Any(series => series.Label.Length > 0))
        {
            Legend legend = FigureStyle.ShowLegend(plot, panel.Legend switch { LegendCorner.UpperLeft => Alignment.UpperLeft, _ => Alignment.UpperRight }, fontSize: 12);
            // Long enough for two dashes.
            legend.SymbolWidth = 34;
        }
        else
        {
            plot.HideLegend();
        }

        return plot;
    }

    private static void AddSeries(Plot plot, Series series, Func<double, double> x, Func<double, double> y, bool dashes)
    {
        Color color = FigureStyle.ColorOf(series.Color);
        int[] finite = [.. Enumerable.Range(0, series.X.Count).Where(i => double.IsFinite(x(series.X[i])) && double.IsFinite(y(series.Y[i])))];
        double[] xs = [.. finite.Select(i => x(series.X[i]))];
        double[] ys = [.. finite.Select(i => y(series.Y[i]))];
        if (series.Lower is not null && series.Upper is not null)
        {
            FigureStyle.AddBand(plot, xs, [.. finite.Select(i => y(series.Lower[i]))], [.. finite.Select(i => y(series.Upper[i]))], color);
        }

        if (series.Style is SeriesStyle.Points or SeriesStyle.Dots)
        {
            ScottPlot.Plottables.Scatter points = plot.Add.ScatterPoints(xs, ys, color);
            points.MarkerSize = series.Style == SeriesStyle.Points ? 7 : 3.5f;
            points.LegendText = series.Label;
            return;
        }

        ScottPlot.Plottables.Scatter line = plot.Add.ScatterLine(xs, ys, color);
        line.LegendText = series.Label;
        line.LineWidth = LineWidth;
        if (dashes)
        {
            line.LinePattern = series.Style switch
            {
                SeriesStyle.Dashed => LinePattern.Dashed,
                SeriesStyle.Dotted => LinePattern.Dotted,
                _ => LinePattern.Solid,
            };
        }
        else
        {
            line.LineWidth = series.Style switch
            {
                SeriesStyle.Dashed => DashedMark,
                SeriesStyle.Dotted => DottedMark,
                _ => LineWidth,
            };
        }
    }
}
