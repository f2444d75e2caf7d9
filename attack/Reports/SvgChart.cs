using System.Globalization;
using System.Net;
using System.Text;

namespace GradientDynamics.Attack.Reports;

/// <summary>A line chart as inline SVG: axes from 0, grid, lines, bands and points with tooltips. Sharp at any size, readable by screen readers through its title and description.</summary>
internal sealed class SvgChart
{
    private const double Width = 560;
    private const double Height = 350;
    private const double Left = 66;
    private const double Right = 16;
    private const double Top = 14;
    private const double Bottom = 50;

    // A quotient of decimal numbers misses a whole one by less than this.
    private const double Rounding = 1e-6;

    private readonly StringBuilder _marks = new();
    private readonly string _title;
    private readonly string _description;
    private readonly string _xLabel;
    private readonly string _yLabel;
    private readonly double _xMaximum;
    private readonly double _xUnit;

    /// <summary>An empty chart with x from 0 to <paramref name="xMaximum"/>, printed in multiples of <paramref name="xUnit"/>, and y from 0 to 1, printed in per cent.</summary>
    public SvgChart(string title, string description, string xLabel, string yLabel, double xMaximum, double xUnit)
    {
        _title = title;
        _description = description;
        _xLabel = xLabel;
        _yLabel = yLabel;
        _xMaximum = xMaximum;
        _xUnit = xUnit;
    }

    /// <summary>Adds a line through the points.</summary>
    public void Line(IEnumerable<(double X, double Y)> points, string color, string dash, double width = 2.25) =>
        _marks.Append($"<polyline fill=\"none\" stroke=\"{color}\" stroke-width=\"{Number(width)}\" stroke-linejoin=\"round\"{Dashes(dash)} points=\"{Points(points)}\"/>");

    /// <summary>Adds an area between two lines.</summary>
    public void Band(IReadOnlyList<(double X, double Lower, double Upper)> points, string color) =>
        _marks.Append($"<polygon fill=\"{color}\" fill-opacity=\"0.14\" stroke=\"none\" points=\"{Points(points.Select(point => (point.X, point.Upper)))} {Points(points.Reverse().Select(point => (point.X, point.Lower)))}\"/>");

    /// <summary>Adds a point that tells its value.</summary>
    public void Point(double x, double y, string color, string tooltip) =>
        _marks.Append($"<circle cx=\"{Number(X(x))}\" cy=\"{Number(Y(y))}\" r=\"3.6\" fill=\"{color}\" stroke=\"#fff\" stroke-width=\"1\"><title>{WebUtility.HtmlEncode(tooltip)}</title></circle>");

    /// <summary>The chart.</summary>
    public string Render(string id)
    {
        StringBuilder svg = new();
        svg.Append($"<svg viewBox=\"0 0 {Number(Width)} {Number(Height)}\" role=\"img\" aria-labelledby=\"{id}-title {id}-description\" xmlns=\"http://www.w3.org/2000/svg\">");
        svg.Append($"<title id=\"{id}-title\">{WebUtility.HtmlEncode(_title)}</title><desc id=\"{id}-description\">{WebUtility.HtmlEncode(_description)}</desc>");
        foreach (double tick in Ticks(1, 5))
        {
            svg.Append($"<line class=\"grid\" x1=\"{Number(Left)}\" x2=\"{Number(Width - Right)}\" y1=\"{Number(Y(tick))}\" y2=\"{Number(Y(tick))}\"/>");
            svg.Append($"<text class=\"tick\" x=\"{Number(Left - 8)}\" y=\"{Number(Y(tick) + 4)}\" text-anchor=\"end\">{Number(100 * tick)} %</text>");
        }

        foreach (double units in Ticks(_xMaximum / _xUnit, 6))
        {
            double tick = units * _xUnit;
            svg.Append($"<line class=\"axis\" x1=\"{Number(X(tick))}\" x2=\"{Number(X(tick))}\" y1=\"{Number(Y(0))}\" y2=\"{Number(Y(0) + 5)}\"/>");
            svg.Append($"<text class=\"tick\" x=\"{Number(X(tick))}\" y=\"{Number(Y(0) + 19)}\" text-anchor=\"middle\">{units.ToString("0.######", CultureInfo.InvariantCulture)}</text>");
        }

        svg.Append($"<line class=\"axis\" x1=\"{Number(Left)}\" x2=\"{Number(Width - Right)}\" y1=\"{Number(Y(0))}\" y2=\"{Number(Y(0))}\"/>");
        svg.Append($"<text class=\"label\" x=\"{Number((Left + Width - Right) / 2)}\" y=\"{Number(Height - 8)}\" text-anchor=\"middle\">{WebUtility.HtmlEncode(_xLabel)}</text>");
        svg.Append($"<text class=\"label\" transform=\"translate(13 {Number((Top + Height - Bottom) / 2)}) rotate(-90)\" text-anchor=\"middle\">{WebUtility.HtmlEncode(_yLabel)}</text>");
        svg.Append($"<clipPath id=\"{id}-clip\"><rect x=\"{Number(Left - 4)}\" y=\"{Number(Top - 6)}\" width=\"{Number(Width - Right - Left + 8)}\" height=\"{Number(Height - Bottom - Top + 10)}\"/></clipPath>");
        svg.Append($"<g clip-path=\"url(#{id}-clip)\">").Append(_marks).Append("</g></svg>");
        return svg.ToString();
    }

    /// <summary>Round numbers from 0 to at most the maximum, about so many of them.</summary>
    public static IEnumerable<double> Ticks(double maximum, int count)
    {
        double rough = maximum / count;
        double power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        double step = power * ((rough / power) switch { <= 1 + Rounding => 1, <= 2 + Rounding => 2, <= 5 + Rounding => 5, _ => 10 });
        for (int tick = 0; tick * step <= maximum + (step * Rounding); tick++)
        {
            yield return tick * step;
        }
    }

    /// <summary>A coordinate with two digits.</summary>
    public static string Number(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    private static string Dashes(string dash) => dash.Length == 0 ? "" : $" stroke-dasharray=\"{dash}\"";

    private string Points(IEnumerable<(double X, double Y)> points) => string.Join(' ', points.Select(point => $"{Number(X(point.X))},{Number(Y(point.Y))}"));

    private double X(double value) => Left + (value / _xMaximum * (Width - Left - Right));

    private static double Y(double value) => Height - Bottom - (value * (Height - Top - Bottom));
}
