using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using GradientDynamics.CommandLine;
using ScottPlot;
using SkiaSharp;

namespace GradientDynamics.Figures;

/// <summary>Panels of equal size in rows, as one SVG document or one PNG file.</summary>
/// <param name="panels">Draws each panel; a plot is made anew for each document and disposed.</param>
/// <param name="columns">Panels of a row.</param>
/// <param name="panelWidth">Width of a panel in units of the SVG.</param>
/// <param name="panelHeight">Height of a panel in units of the SVG.</param>
public sealed partial class PanelSheet(IReadOnlyList<Func<Plot>> panels, int columns, int panelWidth, int panelHeight)
{
    // PNG pixels for each unit of the SVG: sharp on dense screens and in print at 15 cm.
    private const int PngScale = 2;

    /// <summary>Width of the sheet in units of the SVG.</summary>
    public int Width { get; } = Math.Min(columns, panels.Count) * panelWidth;

    /// <summary>Height of the sheet in units of the SVG.</summary>
    public int Height { get; } = (panels.Count + columns - 1) / columns * panelHeight;

    /// <summary>The sheet as an SVG document.</summary>
    public string Svg()
    {
        StringBuilder document = new();
        document.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" width=\"{Width}\" height=\"{Height}\" viewBox=\"0 0 {Width} {Height}\">\n");
        foreach ((int index, Func<Plot> draw) in panels.Index())
        {
            using MemoryStream stream = new();
            using (SKCanvas canvas = SKSvgCanvas.Create(new SKRect(0, 0, panelWidth, panelHeight), stream))
            using (Plot plot = draw())
            {
                plot.Render(canvas, new PixelRect(0, panelWidth, panelHeight, 0));
            }

            string text = Encoding.UTF8.GetString(stream.ToArray());
            (int x, int y) = PlaceOf(index);
            string place = string.Create(CultureInfo.InvariantCulture, $"<svg x=\"{x}\" y=\"{y}\" ");
            string content = text[text.IndexOf("<svg", StringComparison.Ordinal)..].Replace("<svg ", place, StringComparison.Ordinal);
            // Panels number their clip paths and images alike.
            document.Append(Identifiers().Replace(content, match => string.Create(CultureInfo.InvariantCulture, $"{match.Groups[1].Value}p{index}_"))).Append('\n');
        }

        return document.Append("</svg>\n").ToString();
    }

    /// <summary>The sheet as the bytes of a PNG file.</summary>
    /// <exception cref="CommandException">There is no memory for a picture of that size.</exception>
    public byte[] Png()
    {
        using SKSurface surface = Surface(Width, Height);
        surface.Canvas.Clear(SKColors.White);
        foreach ((int index, Func<Plot> draw) in panels.Index())
        {
            // A plot clears the whole canvas that it is drawn on: each has its own.
            using SKSurface own = Surface(panelWidth, panelHeight);
            using Plot plot = draw();
            plot.ScaleFactor = PngScale;
            plot.Render(own.Canvas, new PixelRect(0, panelWidth * PngScale, panelHeight * PngScale, 0));
            (int x, int y) = PlaceOf(index);
            surface.Canvas.DrawSurface(own, x * PngScale, y * PngScale);
        }

        using SKImage snapshot = surface.Snapshot();
        using SKData data = snapshot.Encode(SKEncodedImageFormat.Png, 100);
        return data.ToArray();
    }

    private static SKSurface Surface(int width, int height) => SKSurface.Create(new SKImageInfo(width * PngScale, height * PngScale))
        ?? throw new CommandException(ExitCode.System, $"a drawing surface of {width * PngScale} x {height * PngScale} pixels could not be created; accepted are fewer panels.");

    [GeneratedRegex("""(id="|url\(#|href="#)""")]
    private static partial Regex Identifiers();

    private (int X, int Y) PlaceOf(int index) => (index % columns * panelWidth, index / columns * panelHeight);
}
