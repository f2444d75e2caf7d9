using System.Globalization;
using System.Net;
using System.Text;

namespace GradientDynamics.Analysis.Figures;

/// <summary>Writes figures: NAME.csv, NAME.svg and NAME.png for each, and one HTML page for all.</summary>
public static class FigureFiles
{
    /// <summary>Writes the three files of a figure.</summary>
    /// <param name="figure">The figure.</param>
    /// <param name="folder">An existing folder.</param>
    public static void Write(Figure figure, string folder)
    {
        ArgumentNullException.ThrowIfNull(figure);
        File.WriteAllText(Path.Combine(folder, figure.Name + ".csv"), FigureCsv.Write(figure));
        File.WriteAllText(Path.Combine(folder, figure.Name + ".svg"), FigureDrawing.Svg(figure));
        File.WriteAllBytes(Path.Combine(folder, figure.Name + ".png"), FigureDrawing.Png(figure));
    }

    /// <summary>One HTML page with every figure, its caption, findings and parameters; pictures are inside the page.</summary>
    /// <param name="figures">The figures.</param>
    /// <param name="missing">Names and descriptions of figures that were not drawn for want of training data.</param>
    public static string Page(IReadOnlyList<Figure> figures, IReadOnlyList<(string Name, string Description)> missing)
    {
        ArgumentNullException.ThrowIfNull(figures);
        ArgumentNullException.ThrowIfNull(missing);
        StringBuilder page = new();
        page.Append("""
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
            <title>Theory figures</title>
            <style>
            body { font: 16px/1.5 system-ui, sans-serif; max-width: 1180px; margin: 2em auto; padding: 0 1em; color: #222; background: #fff; }
            img { max-width: 100%; height: auto; }
            figure { margin: 2.5em 0; }
            figcaption { margin-top: .5em; }
            table { border-collapse: collapse; margin: .7em 0; }
            td, th { border-bottom: 1px solid #ccc; padding: .2em .9em .2em 0; text-align: left; }
            pre { background: #f5f5f5; padding: .7em; overflow-x: auto; font-size: 13px; }
            nav a { margin-right: 1em; }
            </style></head><body>
            <h1>Theory figures</h1>
            <nav>

            """);
        foreach (Figure figure in figures)
        {
            page.Append(CultureInfo.InvariantCulture, $"<a href=\"#{figure.Name}\">{Encode(figure.Name)}</a>\n");
        }

        page.Append("<a href=\"phase-diagram.html\">phase diagram with sliders</a>\n</nav>\n");
        foreach (Figure figure in figures)
        {
            page.Append(CultureInfo.InvariantCulture, $"<figure id=\"{figure.Name}\">\n<h2>{Encode(figure.Title)}</h2>\n");
            page.Append(CultureInfo.InvariantCulture, $"<img width=\"{FigureDrawing.Width(figure)}\" alt=\"{Encode(figure.Title)}\" src=\"data:image/png;base64,{Convert.ToBase64String(FigureDrawing.Png(figure))}\">\n");
            page.Append(CultureInfo.InvariantCulture, $"<figcaption>{Encode(figure.Caption)}</figcaption>\n");
            if (figure.Findings.Count > 0)
            {
                page.Append("<table><tr><th>quantity</th><th>value</th></tr>\n");
                foreach (Finding finding in figure.Findings)
                {
                    page.Append(CultureInfo.InvariantCulture, $"<tr><td>{Encode(finding.Name)}</td><td>{finding.Value:G4}</td></tr>\n");
                }

                page.Append("</table>\n");
            }

            page.Append(CultureInfo.InvariantCulture, $"<details><summary>Parameters and data</summary><pre>{Encode(figure.Parameters)}</pre>");
            page.Append(CultureInfo.InvariantCulture, $"<a href=\"{figure.Name}.csv\">{figure.Name}.csv</a> <a href=\"{figure.Name}.svg\">{figure.Name}.svg</a></details>\n</figure>\n");
        }

        foreach ((string name, string description) in missing)
        {
            page.Append(CultureInfo.InvariantCulture, $"<p>Not drawn, for want of --training-data: {Encode(name)}. {Encode(description)}</p>\n");
        }

        page.Append("</body></html>\n");
        return page.ToString();
    }

    private static string Encode(string text) => WebUtility.HtmlEncode(text);
}
