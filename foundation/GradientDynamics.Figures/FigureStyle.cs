using System.Globalization;
using ScottPlot;
using ScottPlot.TickGenerators;
using SkiaSharp;

namespace GradientDynamics.Figures;

/// <summary>How plots look here: colours that colour-blind readers can tell apart, a font with Greek letters and superscripts, and axes that may be logarithmic.</summary>
public static class FigureStyle
{
    // Okabe and Ito's, https://jfly.uni-koeln.de/color/.
    private static readonly Color[] Palette =
    [
        Color.FromHex("#0072B2"), Color.FromHex("#D55E00"), Color.FromHex("#009E73"), Color.FromHex("#CC79A7"),
        Color.FromHex("#E69F00"), Color.FromHex("#56B4E9"), Color.FromHex("#000000"), Color.FromHex("#7F7F7F"),
    ];

    // Sans-serif fonts with Greek letters and superscripts, in order of preference; none installed leaves ScottPlot's own choice.
    private static readonly string? FontFamily = ((string[])["DejaVu Sans", "Segoe UI", "Noto Sans", "Liberation Sans", "Arial", "Helvetica"]).FirstOrDefault(IsInstalled);

    /// <summary>The colour of a curve by its number; after eight they repeat.</summary>
    public static Color ColorOf(int number) => Palette[number % Palette.Length];

    /// <summary>An empty plot.</summary>
    public static Plot Create()
    {
        Plot plot = new();
        if (FontFamily is { } family)
        {
            plot.Font.Set(family);
        }

        plot.FigureBackground.Color = Colors.White;
        plot.Grid.MajorLineColor = Colors.Black.WithAlpha(0.08);
        return plot;
    }

    /// <summary>Sets the limits of both axes, those of the data where none are given, and the ticks of logarithmic ones. What is drawn stands at <see cref="AxisScale.Of"/> of its values.</summary>
    /// <param name="plot">A plot with all that it shows.</param>
    /// <param name="x">The abscissa.</param>
    /// <param name="y">The ordinate.</param>
    public static void SetAxes(Plot plot, AxisScale x, AxisScale y)
    {
        ArgumentNullException.ThrowIfNull(plot);
        plot.Axes.AutoScale();
        AxisLimits limits = plot.Axes.GetLimits();
        (double left, double right) = x.Between(limits.Left, limits.Right);
        (double bottom, double top) = y.Between(limits.Bottom, limits.Top);
        plot.Axes.SetLimits(left, right, bottom, top);
        if (x.IsLogarithmic)
        {
            plot.Axes.Bottom.TickGenerator = Decades(left, right);
        }

        if (y.IsLogarithmic)
        {
            plot.Axes.Left.TickGenerator = Decades(bottom, top);
        }
    }

    /// <summary>Shows the legend, through which what lies behind can be seen.</summary>
    /// <param name="plot">The plot.</param>
    /// <param name="alignment">Its corner.</param>
    /// <param name="fontSize">Size of its text.</param>
    public static Legend ShowLegend(Plot plot, Alignment alignment, float fontSize)
    {
        ArgumentNullException.ThrowIfNull(plot);
        Legend legend = plot.ShowLegend(alignment);
        legend.FontSize = fontSize;
        legend.BackgroundColor = Colors.White.WithAlpha(0.85);
        legend.OutlineColor = Colors.Black.WithAlpha(0.2);
        legend.ShadowColor = Colors.Transparent;
        return legend;
    }

    /// <summary>Adds a band around a curve of the same colour.</summary>
    /// <param name="plot">The plot.</param>
    /// <param name="xs">Places on the abscissa.</param>
    /// <param name="lower">Lower ends, as many.</param>
    /// <param name="upper">Upper ends, as many.</param>
    /// <param name="color">The curve's colour.</param>
    public static void AddBand(Plot plot, double[] xs, double[] lower, double[] upper, Color color)
    {
        ArgumentNullException.ThrowIfNull(plot);
        ScottPlot.Plottables.FillY band = plot.Add.FillY(xs, lower, upper);
        band.FillColor = color.WithAlpha(0.2);
        band.LineColor = Colors.Transparent;
        band.MarkerSize = 0;
    }

    /// <summary>Adds a field of values with its colour bar.</summary>
    /// <param name="plot">The plot.</param>
    /// <param name="xs">Places of the columns on the abscissa, equally spaced.</param>
    /// <param name="ys">Places of the rows on the ordinate, ascending, equally spaced.</param>
    /// <param name="values">Values, one row for each ordinate.</param>
    /// <param name="colormap">The colours.</param>
    /// <param name="range">Values at the ends of the colours; null are the least and the largest.</param>
    /// <param name="label">What the values are.</param>
    public static ScottPlot.Panels.ColorBar AddField(Plot plot, IReadOnlyList<double> xs, IReadOnlyList<double> ys, IReadOnlyList<IReadOnlyList<double>> values, IColormap colormap, (double Lower, double Upper)? range, string label)
    {
        ArgumentNullException.ThrowIfNull(plot);
        ArgumentNullException.ThrowIfNull(xs);
        ArgumentNullException.ThrowIfNull(ys);
        ArgumentNullException.ThrowIfNull(values);
        (int rows, int columns) = (ys.Count, xs.Count);
        // ScottPlot draws row 0 at the top.
        double[,] intensities = new double[rows, columns];
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                intensities[rows - 1 - row, column] = values[row][column];
            }
        }

        double halfWidth = (xs[^1] - xs[0]) / Math.Max(1, columns - 1) / 2;
        double halfHeight = (ys[^1] - ys[0]) / Math.Max(1, rows - 1) / 2;
        ScottPlot.Plottables.Heatmap field = plot.Add.Heatmap(intensities);
        field.Colormap = colormap;
        if (range is var (lower, upper))
        {
            field.ManualRange = new ScottPlot.Range(lower, upper);
        }

        field.Position = new CoordinateRect(xs[0] - halfWidth, xs[^1] + halfWidth, ys[0] - halfHeight, ys[^1] + halfHeight);
        field.Smooth = true;
        ScottPlot.Panels.ColorBar bar = plot.Add.ColorBar(field);
        bar.Label = label;
        bar.LabelStyle.FontSize = 12;
        return bar;
    }

    private static bool IsInstalled(string family)
    {
        using SKTypeface? typeface = SKFontManager.Default.MatchFamily(family);
        return typeface is not null;
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

/// <summary>One axis of a plot.</summary>
/// <param name="IsLogarithmic">Whether it is logarithmic; its values are then positive.</param>
/// <param name="Limits">Values at its ends; null are those of the data.</param>
public readonly record struct AxisScale(bool IsLogarithmic, (double Lower, double Upper)? Limits)
{
    /// <summary>Where a value stands in ScottPlot's coordinates, in which a logarithmic axis has exponents of 10.</summary>
    public double Of(double value) => IsLogarithmic ? Math.Log10(value) : value;

    internal (double Lower, double Upper) Between(double least, double largest) => Limits is var (lower, upper) ? (Of(lower), Of(upper)) : (least, largest);
}
