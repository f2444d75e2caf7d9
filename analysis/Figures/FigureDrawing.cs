using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using ScottPlot;
using ScottPlot.TickGenerators;
using SkiaSharp;

namespace GradientDynamics.Analysis.Figures;

/// <summary>Draws a figure's panels side by side as SVG and PNG, in colours that colour-blind readers can tell apart.</summary>
/// <remarks>Curves in Okabe and Ito's palette (https://jfly.uni-koeln.de/color/), fields in Viridis, those with a middle from blue to red; line styles tell theory from simulation without colour.</remarks>
public static partial class FigureDrawing
{
    private const int PanelWidth = 560;
    private const int PanelHeight = 430;

    // PNG pixels for each unit of the SVG: sharp on dense screens and in print at 15 cm.
    private const int PngScale = 2;

    private static readonly Color[] Palette =
    [
        Color.FromHex("#0072B2"), Color.FromHex("#D55E00"), Color.FromHex("#009E73"), Color.FromHex("#CC79A7"),
        Color.FromHex("#E69F00"), Color.FromHex("#56B4E9"), Color.FromHex("#000000"), Color.FromHex("#7F7F7F"),
    ];

    // Skia's SVG writer leaves dashes out. Lines of another style are drawn there with a width that marks it, and the mark is replaced by the dashes.
    private const float LineWidth = 2;
    private const float DashedMark = 2.25f;
    private const float DottedMark = 2.5f;

    // Sans-serif fonts with Greek letters and superscripts, in order of preference; none installed leaves ScottPlot's own choice.
    private static readonly string? FontFamily = ((string[])["DejaVu Sans", "Segoe UI", "Noto Sans", "Liberation Sans", "Arial", "Helvetica"]).FirstOrDefault(IsInstalled);

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
        int width = Width(figure);
        StringBuilder document = new();
        document.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" width=\"{width}\" height=\"{PanelHeight}\" viewBox=\"0 0 {width} {PanelHeight}\">\n");
        foreach ((int index, Panel panel) in figure.Panels.Index())
        {
            using MemoryStream stream = new();
            using (SKCanvas canvas = SKSvgCanvas.Create(new SKRect(0, 0, PanelWidth, PanelHeight), stream))
            using (Plot plot = Draw(panel, dashes: false))
            {
                plot.Render(canvas, new PixelRect(0, PanelWidth, PanelHeight, 0));
            }

            string text = Encoding.UTF8.GetString(stream.ToArray());
            string content = text[text.IndexOf("<svg", StringComparison.Ordinal)..].Replace("<svg ", FormattableString.Invariant($"<svg x=\"{index * PanelWidth}\" "), StringComparison.Ordinal);
            // Panels number their clip paths and images alike.
            content = Identifiers().Replace(content, match => FormattableString.Invariant($"{match.Groups[1].Value}p{index}_"));
            content = content.Replace($"stroke-width=\"{DashedMark.ToString(CultureInfo.InvariantCulture)}\"", "stroke-width=\"2\" stroke-dasharray=\"9 5\"", StringComparison.Ordinal);
            content = content.Replace($"stroke-width=\"{DottedMark.ToString(CultureInfo.InvariantCulture)}\"", "stroke-width=\"2\" stroke-dasharray=\"2 4\"", StringComparison.Ordinal);
            document.Append(content).Append('\n');
        }

        return document.Append("</svg>\n").ToString();
    }

    /// <summary>The figure as a PNG file's bytes.</summary>
    /// <param name="figure">The figure.</param>
    public static byte[] Png(Figure figure)
    {
        ArgumentNullException.ThrowIfNull(figure);
        int width = PanelWidth * PngScale;
        int height = PanelHeight * PngScale;
        using SKSurface surface = Surface(width * figure.Panels.Count, height);
        foreach ((int index, Panel panel) in figure.Panels.Index())
        {
            // A plot clears the whole canvas that it is drawn on: each has its own.
            using SKSurface own = Surface(width, height);
            using Plot plot = Draw(panel, dashes: true);
            plot.ScaleFactor = PngScale;
            plot.Render(own.Canvas, new PixelRect(0, width, height, 0));
            surface.Canvas.DrawSurface(own, index * width, 0);
        }

        using SKImage snapshot = surface.Snapshot();
        using SKData data = snapshot.Encode(SKEncodedImageFormat.Png, 100);
        return data.ToArray();
    }

    private static bool IsInstalled(string family)
    {
        using SKTypeface? typeface = SKFontManager.Default.MatchFamily(family);
        return typeface is not null;
    }

    private static SKSurface Surface(int width, int height)
        => SKSurface.Create(new SKImageInfo(width, height)) ?? throw new InvalidOperationException($"A drawing surface of {width} x {height} pixels could not be created.");

    [GeneratedRegex("""(id="|url\(#|href="#)""")]
    private static partial Regex Identifiers();

    private static Plot Draw(Panel panel, bool dashes)
    {
        Plot plot = new();
        if (FontFamily is string family)
        {
            plot.Font.Set(family);
        }

        plot.FigureBackground.Color = Colors.White;
        plot.Grid.MajorLineColor = Colors.Black.WithAlpha(0.08);
        double X(double value) => panel.XLogarithmic ? Math.Log10(value) : value;
        double Y(double value) => panel.YLogarithmic ? Math.Log10(value) : value;

        if (panel.HeatMap is HeatMap map)
        {
            AddField(plot, map, X, Y);
        }

        foreach (Series series in panel.Series)
        {
            AddSeries(plot, series, X, Y, dashes);
        }

        foreach ((double x, double y, string label) in panel.Annotations)
        {
            ScottPlot.Plottables.Text text = plot.Add.Text(label, X(x), Y(y));
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

        if (panel.Legend != LegendCorner.None && panel.Series.Any(series => series.Label.Length > 0))
        {
            Legend legend = plot.ShowLegend(panel.Legend switch { LegendCorner.UpperLeft => Alignment.UpperLeft, _ => Alignment.UpperRight });
            legend.FontSize = 12;
            // Long enough for two dashes.
            legend.SymbolWidth = 34;
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

    private static void AddSeries(Plot plot, Series series, Func<double, double> x, Func<double, double> y, bool dashes)
    {
        Color color = Palette[series.Color % Palette.Length];
        int[] finite = [.. Enumerable.Range(0, series.X.Count).Where(i => double.IsFinite(x(series.X[i])) && double.IsFinite(y(series.Y[i])))];
        double[] xs = [.. finite.Select(i => x(series.X[i]))];
        double[] ys = [.. finite.Select(i => y(series.Y[i]))];
        if (series.Lower is not null && series.Upper is not null)
        {
            ScottPlot.Plottables.FillY band = plot.Add.FillY(xs, [.. finite.Select(i => y(series.Lower[i]))], [.. finite.Select(i => y(series.Upper[i]))]);
            band.FillColor = color.WithAlpha(0.2);
            band.LineColor = Colors.Transparent;
            band.MarkerSize = 0;
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

    private static void AddField(Plot plot, HeatMap map, Func<double, double> x, Func<double, double> y)
    {
        int rows = map.Y.Count;
        int columns = map.X.Count;
        // ScottPlot draws row 0 at the top.
        double[,] intensities = new double[rows, columns];
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                intensities[rows - 1 - row, column] = map.Values[row][column];
            }
        }

        double left = x(map.X[0]);
        double right = x(map.X[^1]);
        double bottom = y(map.Y[0]);
        double top = y(map.Y[^1]);
        double halfWidth = (right - left) / (columns - 1) / 2;
        double halfHeight = (top - bottom) / (rows - 1) / 2;
        ScottPlot.Plottables.Heatmap field = plot.Add.Heatmap(intensities);
        field.Colormap = map.Colors == FieldColors.Diverging ? new ScottPlot.Colormaps.Balance() : new ScottPlot.Colormaps.Viridis();
        if (map.Range is (double lower, double upper))
        {
            field.ManualRange = new ScottPlot.Range(lower, upper);
        }

        field.Position = new CoordinateRect(left - halfWidth, right + halfWidth, bottom - halfHeight, top + halfHeight);
        field.Smooth = true;
        ScottPlot.Panels.ColorBar bar = plot.Add.ColorBar(field);
        bar.Label = map.Label;
        bar.LabelStyle.FontSize = 12;
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

    private static string Superscript(int number)
        => string.Concat(number.ToString(CultureInfo.InvariantCulture).Select(digit => digit == '-' ? '⁻' : "⁰¹²³⁴⁵⁶⁷⁸⁹"[digit - '0']));
}
