using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using GradientDynamics.Analysis.Figures;

namespace GradientDynamics.Analysis.Tests.Figures;

public sealed class FigureTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string> Names => [.. FigureList.All.Select(definition => definition.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void EveryFigure_IsCompleteAndDraws(string name)
    {
        FigureDefinition definition = FigureList.All.Single(candidate => candidate.Name == name);
        // Few draws: what is tested is the drawing.
        string[] overrides = name switch
        {
            "figure-2.4" => ["draws=1", "dimension=20"],
            "figure-4.1" or "figure-4.3" or "ridge-gap" => ["seeds=2"],
            "figure-4.6" => ["seeds=2", "steps=200"],
            "figure-6.1d" => [$"trainingData={JsonSerializer.Serialize(TwoMoonsData.Write(_folder.Path))}"],
            "figure-8.1" => ["seeds=2", "points=20", "training.epochs=30", "training.noiseDimension=50"],
            _ => [],
        };

        Figure figure = definition.Draw(null, overrides, TestContext.Current.CancellationToken);

        figure.Name.ShouldBe(name);
        figure.Caption.ShouldNotBeEmpty();
        figure.Findings.ShouldAllBe(finding => double.IsFinite(finding.Value));
        foreach (Panel panel in figure.Panels)
        {
            (panel.Series.Count + (panel.HeatMap is null ? 0 : 1)).ShouldBeGreaterThan(0);
            panel.Series.ShouldAllBe(series => series.X.Count == series.Y.Count && series.Y.All(double.IsFinite));
        }

        XDocument svg = XDocument.Parse(FigureDrawing.Svg(figure));
        svg.Root!.Elements().Count().ShouldBe(figure.Panels.Count);
        byte[] png = FigureDrawing.Png(figure);
        png[..4].ShouldBe([0x89, 0x50, 0x4E, 0x47]);
        // An empty canvas of that size compresses to less than 10 kB.
        png.Length.ShouldBeGreaterThan(20_000);
        FigureCsv.Write(figure).ShouldStartWith("panel,series,x,y,lower,upper\n");
    }

    [Fact]
    public void Svg_KeepsDashes_AndUniqueIdentifiers()
    {
        Figure figure = FigureList.All.Single(definition => definition.Name == "figure-A4.1").Draw(null, ["steps=200"], TestContext.Current.CancellationToken);

        string svg = FigureDrawing.Svg(figure);

        svg.ShouldContain("stroke-dasharray=\"9 5\"");
        svg.ShouldContain("stroke-dasharray=\"2 4\"");
        string[] identifiers = [.. XDocument.Parse(svg).Descendants().Attributes("id").Select(attribute => attribute.Value)];
        identifiers.Distinct().Count().ShouldBe(identifiers.Length);
    }

    [Fact]
    public void Csv_QuotesWhatNeedsIt_AndRoundTripsNumbers()
    {
        Figure figure = new()
        {
            Name = "f",
            Title = "f",
            Caption = "f",
            Parameters = "{}",
            Panels = [new Panel { Title = "a, b", XLabel = "x", YLabel = "y", Series = [new Series { Label = "say \"hi\"", X = [0.1], Y = [1.0 / 3], Lower = [0], Upper = [1] }] }],
        };

        FigureCsv.Write(figure).ShouldBe("panel,series,x,y,lower,upper\n\"a, b\",\"say \"\"hi\"\"\",0.1,0.3333333333333333,0,1\n");
    }

    [Fact]
    public void Page_HoldsEveryFigure()
    {
        Figure figure = FigureList.All.Single(definition => definition.Name == "figure-A5").Draw(null, [], TestContext.Current.CancellationToken);

        string page = FigureFiles.Page([figure], [("figure-6.1d", "Two features.")]);

        page.ShouldContain("id=\"figure-A5\"");
        page.ShouldContain("data:image/png;base64,");
        page.ShouldContain("largest gap between a loss and its best tangent");
        page.ShouldContain("Not drawn, for want of --training-data: figure-6.1d.");
    }

    // Logits that are a multiple of one feature give that feature's response alone, and |z| is the multiple.
    [Fact]
    public void TwoMoons_ShowsTheResponsesOfTheLogits()
    {
        string data = TwoMoonsData.Write(_folder.Path);

        Figure figure = FigureList.All.Single(definition => definition.Name == "figure-6.1d")
            .Draw(null, [$"trainingData={JsonSerializer.Serialize(data)}", "components=[0, 1]"], TestContext.Current.CancellationToken);

        Series path = figure.Panels[0].Series[0];
        path.X.ShouldBe([0, 2, 4], 1e-6);
        path.Y.ShouldBe([0, 0, 0], 1e-6);
        Should.Throw<ArgumentException>(() => FigureList.All.Single(definition => definition.Name == "figure-6.1d").Draw(null, [], TestContext.Current.CancellationToken)).Message.ShouldContain("trainingData is missing");
    }

    [Fact]
    public void TheoryPage_ShowsEveryFigure_AndOnlyFiguresThatExist()
    {
        DirectoryInfo? root = new(AppContext.BaseDirectory);
        while (root is not null && !File.Exists(Path.Combine(root.FullName, "GradientDynamics.Onnx.sln")))
        {
            root = root.Parent;
        }

        string docs = Path.Combine(root.ShouldNotBeNull().FullName, "docs");

        string[] shown = [.. Regex.Matches(File.ReadAllText(Path.Combine(docs, "theory.md")), @"\]\(figures/([^)]+)\.svg\)").Select(match => match.Groups[1].Value)];

        shown.Order().ShouldBe(FigureList.All.Select(definition => definition.Name).Order());
        shown.ShouldAllBe(name => File.Exists(Path.Combine(docs, "figures", name + ".svg")));
    }
}
