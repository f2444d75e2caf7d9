using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using GradientDynamics.CommandLine;
using ScottPlot;
using ScottPlot.TickGenerators;
using SkiaSharp;

namespace GradientDynamics.Train.Figures;

/// <summary>Draws a figure as SVG or PNG, in colours that colour-blind readers can tell apart: curves in Okabe and Ito's palette (https://jfly.uni-koeln.de/color/), fields in Viridis, those with a middle from blue to red.</summary>
internal static partial class FigureDrawing
{
    private const int PanelWidth = 480;
    private const int PanelHeight = 400;

    // Wide enough for its label to stand clear of the next panel.
    private const int ColorBarWidth = 95;

    // PNG pixels for each unit of the SVG: sharp on dense screens and in print at 15 cm.
    private const int PngScale = 2;

    // More curves than this in a legend hide what they name.
    private const int LongestLegend = 10;

    private static readonly Color[] Palette =
    [
        Color.FromHex("#0072B2"), Color.FromHex("#D55E00"), Color.FromHex("#009E73"), Color.FromHex("#CC79A7"),
        Color.FromHex("#E69F00"), Color.FromHex("#56B4E9"), Color.FromHex("#000000"), Color.FromHex("#7F7F7F"),
    ];

    // Blue, white and red of ColorBrewer's RdBu, whose ends are not so dark that points disappear.
    private static readonly ScottPlot.Colormaps.CustomInterpolated Diverging = new([Color.FromHex("#2166AC"), Color.FromHex("#92C5DE"), Color.FromHex("#F7F7F7"), Color.FromHex("#F4A582"), Color.FromHex("#B2182B")]);

    // Sans-serif fonts with Greek letters and superscripts, in order of preference; none installed leaves ScottPlot's own choice.
    private static readonly string? FontFamily = ((string[])["DejaVu Sans", "Segoe UI", "Noto Sans", "Liberation Sans", "Arial", "Helvetica"]).FirstOrDefault(IsInstalled);

    /// <summary>Endings of files that a figure can be written to.</summary>
    public static IReadOnlyList<string> Extensions { get; } = [".png", ".svg"];

    /// <summary>The figure as bytes of a file with the ending given.</summary>
    public static byte[] Draw(Figure figure, string extension) => extension == ".svg" ? Encoding.UTF8.GetBytes(Svg(figure)) : Png(figure);

    private static string Svg(Figure figure)
    {
        (int width, int height) = Size(figure);
        StringBuilder document = new();
        document.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\">\n");
        foreach ((int index, Panel panel) in figure.Panels.Index())
        {
            using MemoryStream stream = new();
            using (SKCanvas canvas = SKSvgCanvas.Create(new SKRect(0, 0, PanelWidth, PanelHeight), stream))
            using (Plot plot = Plotted(panel))
            {
                plot.Render(canvas, new PixelRect(0, PanelWidth, PanelHeight, 0));
            }

            string text = Encoding.UTF8.GetString(stream.ToArray());
            string place = FormattableString.Invariant($"<svg x=\"{index % figure.Columns * PanelWidth}\" y=\"{index / figure.Columns * PanelHeight}\" ");
            string content = text[text.IndexOf("<svg", StringComparison.Ordinal)..].Replace("<svg ", place, StringComparison.Ordinal);
            // Panels number their clip paths and images alike.
            document.Append(Identifiers().Replace(content, match => FormattableString.Invariant($"{match.Groups[1].Value}p{index}_"))).Append('\n');
        }

        return document.Append("</svg>\n").ToString();
    }

    private static byte[] Png(Figure figure)
    {
        (int width, int height) = Size(figure);
        using SKSurface surface = Surface(width * PngScale, height * PngScale);
        surface.Canvas.Clear(SKColors.White);
        foreach ((int index, Panel panel) in figure.Panels.Index())
        {
            // A plot clears the whole canvas that it is drawn on: each has its own.
            using SKSurface own = Surface(PanelWidth * PngScale, PanelHeight * PngScale);
            using Plot plot = Plotted(panel);
            plot.ScaleFactor = PngScale;
            plot.Render(own.Canvas, new PixelRect(0, PanelWidth * PngScale, PanelHeight * PngScale, 0));
            surface.Canvas.DrawSurface(own, index % figure.Columns * PanelWidth * PngScale, index / figure.Columns * PanelHeight * PngScale);
        }

        using SKImage snapshot = surface.Snapshot();
        using SKData data = snapshot.Encode(SKEncodedImageFormat.Png, 100);
        return data.ToArray();
    }

    private static (int Width, int Height) Size(Figure figure) =>
        (Math.Min(figure.Columns, figure.Panels.Count) * PanelWidth, (figure.Panels.Count + figure.Columns - 1) / figure.Columns * PanelHeight);

    private static bool IsInstalled(string family)
    {
        using SKTypeface? typeface = SKFontManager.Default.MatchFamily(family);
        return typeface is not null;
    }

    private static SKSurface Surface(int width, int height) =>
        SKSurface.Create(new SKImageInfo(width, height)) ?? throw new CommandException(ExitCode.System, $"a drawing surface of {width} x {height} pixels could not be created; accepted are fewer runs of different configurations.");

    [GeneratedRegex("""(id="|url\(#|href="#)""")]
    private static partial Regex Identifiers();

    private static Plot Plotted(Panel panel)
    {
        Plot plot = new();
        if (FontFamily is { } family)
        {
            plot.Font.Set(family);
        }

        plot.FigureBackground.Color = Colors.White;
        plot.Grid.MajorLineColor = Colors.Black.WithAlpha(0.08);
        double X(double value) => panel.XLogarithmic ? Math.Log10(value) : value;
        double Y(double value) => panel.YLogarithmic ? Math.Log10(value) : value;
        if (panel.Field is { } field)
        {
            AddField(plot, field, X, Y);
        }

        foreach (Curve curve in panel.Curves)
        {
            AddCurve(plot, curve, X, Y);
        }

        foreach ((double x0, double y0, double x1, double y1) in panel.Segments)
        {
            ScottPlot.Plottables.LinePlot line = plot.Add.Line(X(x0), Y(y0), X(x1), Y(y1));
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
        plot.Axes.AutoScale();
        AxisLimits limits = plot.Axes.GetLimits();
        (double left, double right) = panel.XLimits is (double xLower, double xUpper) ? (X(xLower), X(xUpper)) : (limits.Left, limits.Right);
        (double bottom, double top) = panel.YLimits is (double yLower, double yUpper) ? (Y(yLower), Y(yUpper)) : (limits.Bottom, limits.Top);
        plot.Axes.SetLimits(left, right, bottom, top);
        if (panel.XLogarithmic)
        {
            plot.Axes.Bottom.TickGenerator = Decades(left, right);
        }

        if (panel.YLogarithmic)
        {
            plot.Axes.Left.TickGenerator = Decades(bottom, top);
        }

        int named = panel.Curves.Count(curve => curve.Label.Length > 0) + (panel.Bars?.Series.Count ?? 0);
        if (panel.HasLegend && named is > 0 and <= LongestLegend)
        {
            Legend legend = plot.ShowLegend(panel.HasLegendBelow ? Alignment.LowerRight : Alignment.UpperRight);
            legend.FontSize = 11;
            legend.BackgroundColor = Colors.White.WithAlpha(0.85);
            legend.OutlineColor = Colors.Black.WithAlpha(0.2);
            legend.ShadowColor = Colors.Transparent;
        }
        else
        {
            plot.HideLegend();
        }

        return plot;
    }

    private static void AddCurve(Plot plot, Curve curve, Func<double, double> x, Func<double, double> y)
    {
        Color color = Palette[curve.Color % Palette.Length];
        int[] finite = [.. Enumerable.Range(0, curve.X.Count).Where(i => double.IsFinite(x(curve.X[i])) && double.IsFinite(y(curve.Y[i])))];
        double[] xs = [.. finite.Select(i => x(curve.X[i]))];
        double[] ys = [.. finite.Select(i => y(curve.Y[i]))];
        if (curve.Deviation is { } deviation && xs.Length > 1)
        {
            ScottPlot.Plottables.FillY band = plot.Add.FillY(xs, [.. finite.Select(i => y(curve.Y[i] - deviation[i]))], [.. finite.Select(i => y(curve.Y[i] + deviation[i]))]);
            band.FillColor = color.WithAlpha(0.2);
            band.LineColor = Colors.Transparent;
            band.MarkerSize = 0;
        }

        ScottPlot.Plottables.Scatter drawn = curve.IsPoints || xs.Length == 1 ? plot.Add.ScatterPoints(xs, ys, color) : plot.Add.ScatterLine(xs, ys, color);
        drawn.LegendText = curve.Label;
        drawn.LineWidth = curve.IsPoints ? 0 : 2;
        drawn.MarkerSize = curve.IsPoints ? curve.PointSize : curve.HasMarkers || xs.Length == 1 ? 7 : 0;
    }

    private static void AddField(Plot plot, Field field, Func<double, double> x, Func<double, double> y)
    {
        (int rows, int columns) = (field.Y.Count, field.X.Count);
        // ScottPlot draws row 0 at the top.
        double[,] intensities = new double[rows, columns];
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                intensities[rows - 1 - row, column] = field.Values[row][column];
            }
        }

        (double left, double right, double bottom, double top) = (x(field.X[0]), x(field.X[^1]), y(field.Y[0]), y(field.Y[^1]));
        double halfWidth = (right - left) / Math.Max(1, columns - 1) / 2;
        double halfHeight = (top - bottom) / Math.Max(1, rows - 1) / 2;
        ScottPlot.Plottables.Heatmap map = plot.Add.Heatmap(intensities);
        map.Colormap = field.IsDiverging ? Diverging : new ScottPlot.Colormaps.Viridis();
        map.ManualRange = new ScottPlot.Range(field.Range.Lower, field.Range.Upper);
        map.Position = new CoordinateRect(left - halfWidth, right + halfWidth, bottom - halfHeight, top + halfHeight);
        map.Smooth = true;
        ScottPlot.Panels.ColorBar bar = plot.Add.ColorBar(map);
        bar.Label = field.Label;
        bar.LabelStyle.FontSize = 12;
        bar.MinimumSize = ColorBarWidth;
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
                        FillColor = Palette[number % Palette.Length],
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

    private static NumericManual Decades(double lower, double upper)
    {
        NumericManual ticks = new();
        int first = (int)Math.Ceiling(lower - 1e-9);
        int last = (int)Math.Floor(upper + 1e-9);
        int stride = Math.Max(1, (last - first + 1) / 8);
        for (int decade = first - 1; decade <= last; decade++)
        {
            if (decade >= first && (decade - first) % stride == 0)
            {
                ticks.AddMajor(decade, "10" + Superscript(decade));
            }

            for (int digit = 2; digit < 10 && stride == 1; digit++)
            {
                double minor = decade + Math.Log10(digit);
                if (minor > lower && minor < upper)
                {
                    ticks.AddMinor(minor);
                }
            }
        }

        return ticks;
    }

    private static string Superscript(int number) => string.Concat(number.ToString(CultureInfo.InvariantCulture).Select(digit => digit == '-' ? '⁻' : "⁰¹²³⁴⁵⁶⁷⁸⁹"[digit - '0']));
}
