using System.Globalization;
using System.Text;

namespace GradientDynamics.Analysis.Figures;

/// <summary>A figure's data as CSV: one line for each point of each curve and each cell of each field.</summary>
/// <remarks>Columns: panel, series, x, y, lower, upper. A field's cells have its label as series, and x, y and the value in column lower.</remarks>
public static class FigureCsv
{
    /// <summary>The CSV text, numbers with all digits.</summary>
    /// <param name="figure">The figure.</param>
    public static string Write(Figure figure)
    {
        ArgumentNullException.ThrowIfNull(figure);
        StringBuilder text = new("panel,series,x,y,lower,upper\n");
        foreach (Panel panel in figure.Panels)
        {
            foreach (Series series in panel.Series)
            {
                for (int i = 0; i < series.X.Count; i++)
                {
                    Append(text, panel.Title, series.Label, series.X[i], series.Y[i], series.Lower?[i], series.Upper?[i]);
                }
            }

            if (panel.HeatMap is HeatMap map)
            {
                for (int row = 0; row < map.Y.Count; row++)
                {
                    for (int column = 0; column < map.X.Count; column++)
                    {
                        Append(text, panel.Title, map.Label, map.X[column], map.Y[row], map.Values[row][column], null);
                    }
                }
            }
        }

        return text.ToString();
    }

    private static void Append(StringBuilder text, string panel, string series, double x, double y, double? lower, double? upper)
        => text.Append(Quote(panel)).Append(',').Append(Quote(series)).Append(',').Append(Number(x)).Append(',').Append(Number(y)).Append(',')
            .Append(lower is double low ? Number(low) : "").Append(',').Append(upper is double high ? Number(high) : "").Append('\n');

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private static string Quote(string text) => text.AsSpan().ContainsAny(",\"\n") ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
}
