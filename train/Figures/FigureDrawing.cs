using System.Text;
using GradientDynamics.Figures;
using ScottPlot;
using ScottPlot.TickGenerators;

namespace GradientDynamics.Train.Figures;

/// <summary>Draws a figure as SVG or PNG; fields in Viridis, those with a middle from blue to red.</summary>
internal static class FigureDrawing
{
    // Wide enough for its label to stand clear of the next panel.
    private const int ColorBarWidth = 95;

    // Blue, white and red of ColorBrewer's RdBu, whose ends are not so dark that points disappear.
    private static readonly ScottPlot.Colormaps.CustomInterpolated Diverging = new([Color.FromHex("#2166AC"), Color.FromHex("#92C5DE"), Color.FromHex("#F7F7F7"), Color.FromHex("#F4A582"), Color.FromHex("#B2182B")]);

    /// <summary>Endings of files that a figure can be written to.</summary>
    public static IReadOnlyList<string> Extensions { get; } = [".png", ".svg"];

    /// <summary>The figure as bytes of a file with the ending given.</summary>
    public static byte[] Draw(Figure figure, string extension)
    {
        PanelSheet sheet = new([.. figure.Panels.Select(panel => (Func<Plot>)(() => Plotted(panel)))], figure.Columns, figure.PanelSize.Width, figure.PanelSize.Height);
        return extension == ".svg" ? Encoding.UTF8.GetBytes(sheet.Svg()) : sheet.Png();
    }

    private static Plot Plotted(Panel panel)
    {
        Plot plot = FigureStyle.Create();
        AxisScale x = new(panel.XLogarithmic, panel.XLimits);
        AxisScale y = new(panel.YLogarithmic, panel.YLimits);
        if (panel.Field is { } field)
        {
            IColormap colors = field.IsDiverging ? Diverging : new ScottPlot.Colormaps.Viridis();
            FigureStyle.AddField(plot, [.. field.X.Select(x.Of)], [.. field.Y.Select(y.Of)], field.Values, colors, field.Range, field.Label).MinimumSize = ColorBarWidth;
        }

        foreach (Curve curve in panel.Curves)
        {
            AddCurve(plot, curve, x.Of, y.Of);
        }

        foreach ((double x0, double y0, double x1, double y1) in panel.Segments)
        {
            ScottPlot.Plottables.LinePlot line = plot.Add.Line(x.Of(x0), y.Of(y0), x.Of(x1), y.Of(y1));
            line.Color = Colors.Black;
            line.LineWidth = 2;
            line.MarkerSize = 0;
        }

        if (panel.Bars is { } bars)
        {
            AddBars(plot, bars);
        }

        plot.Title(panel.Title, 14);
        plot.XLabel(panel.XLabel, 13);
        plot.YLabel(panel.YLabel, 13);
        FigureStyle.SetAxes(plot, x, y);
        if (panel.YDescends)
        {
            AxisLimits limits = plot.Axes.GetLimits();
            plot.Axes.SetLimitsY(limits.Top, limits.Bottom);
        }

        int named = panel.Curves.Count(curve => curve.Label.Length > 0) + (panel.Bars?.Series.Count ?? 0);
        if (panel.HasLegend && named > 0 && named <= panel.LongestLegend)
        {
            FigureStyle.ShowLegend(plot, panel.HasLegendBelow ? Alignment.LowerRight : Alignment.UpperRight, fontSize: 11);
        }
        else
        {
            plot.HideLegend();
        }

        return plot;
    }

    private static void AddCurve(Plot plot, Curve curve, Func<double, double> x, Func<double, double> y)
    {
        Color color = FigureStyle.ColorOf(curve.Color);
        int[] finite = [.. Enumerable.Range(0, curve.X.Count).Where(i => double.IsFinite(x(curve.X[i])) && double.IsFinite(y(curve.Y[i])))];
        double[] xs = [.. finite.Select(i => x(curve.X[i]))];
        double[] ys = [.. finite.Select(i => y(curve.Y[i]))];
        if (curve.Deviation is { } deviation && xs.Length > 1)
        {
            FigureStyle.AddBand(plot, xs, [.. finite.Select(i => y(curve.Y[i] - deviation[i]))], [.. finite.Select(i => y(curve.Y[i] + deviation[i]))], color);
        }

        ScottPlot.Plottables.Scatter drawn = curve.IsPoints || xs.Length == 1 ? plot.Add.ScatterPoints(xs, ys, color) : plot.Add.ScatterLine(xs, ys, color);
        drawn.LegendText = curve.Label;
        drawn.LineWidth = curve.IsPoints ? 0 : 2;
        drawn.MarkerSize = curve.IsPoints ? curve.PointSize : curve.HasMarkers || xs.Length == 1 ? 7 : 0;
    }

    private static void AddBars(Plot plot, Bars bars)
    {
        double width = 0.8 / bars.Series.Count;
        foreach ((int number, IReadOnlyList<(double Mean, double Deviation)?> values) in bars.Values.Index())
        {
            List<Bar> drawn = [];
            foreach ((int group, (double Mean, double Deviation)? value) in values.Index())
            {
                if (value is var (mean, deviation))
                {
                    drawn.Add(new()
                    {
                        Position = group - 0.4 + (width * (number + 0.5)),
                        Value = mean,
                        Error = deviation,
                        Size = width * 0.92,
                        FillColor = FigureStyle.ColorOf(number),
                        LineColor = Colors.Black.WithAlpha(0.6),
                        LineWidth = 1,
                    });
                }
            }

            plot.Add.Bars(drawn).LegendText = bars.Series[number];
        }

        NumericManual ticks = new();
        foreach ((int group, string name) in bars.Groups.Index())
        {
            ticks.AddMajor(group, name);
        }

        plot.Axes.Bottom.TickGenerator = ticks;
    }
}
