using System.Globalization;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using GradientDynamics.CommandLine;
using GradientDynamics.Train.Figures;

namespace GradientDynamics.Train.Tests.Figures;

[Collection(TorchGlobalState.Name)]
public sealed class FigureTests
{
    private const string Moons = """
        {
          "dataset": { "kind": "two-moons", "count": 40 }, "network": { "kind": "mlp", "hiddenWidths": [] }, "singleLogit": true, "objective": { "kind": "erm" },
          "optimizer": { "kind": "sgd", "learningRate": 0.5, "weightDecay": 0.001 }, "batchSize": null, "epochs": 12, "selection": "last-epoch", "threads": 1
        }
        """;

    public static TheoryData<string> Kinds => [.. FigureKind.All.Select(kind => kind.Name)];

    // x² + y² − 1 is 0 on the circle: every crossing lies within a cell's square of it, and together the segments are as long as the circle.
    [Fact]
    public void ZeroSegments_OfACircle_AreTheCircle()
    {
        double[] places = ModelGrid.Spaced(-2, 2, 101);

        List<(double X0, double Y0, double X1, double Y1)> segments = ModelGrid.ZeroSegments(places, places, [.. places.Select(y => places.Select(x => (x * x) + (y * y) - 1).ToArray())]);

        const double SquaredCell = 0.04 * 0.04;
        segments.ShouldAllBe(segment => Math.Abs(Math.Sqrt((segment.X0 * segment.X0) + (segment.Y0 * segment.Y0)) - 1) < SquaredCell);
        segments.Sum(segment => Math.Sqrt(Math.Pow(segment.X1 - segment.X0, 2) + Math.Pow(segment.Y1 - segment.Y0, 2))).ShouldBe(2 * Math.PI, 0.01);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task EveryKind_IsDrawnAsPngAndSvg(string kind)
    {
        using TemporaryFolder folder = new();
        await RunAll(folder, kind);
        string runs = folder.Combine("runs");

        CommandRun png = await CommandRun.Of("figure", kind, "--runs", runs, "--output", folder.Combine("figure.png"), "--json");
        CommandRun svg = await CommandRun.Of("figure", kind, "--runs", runs, "--output", folder.Combine("figure.svg"));

        png.ExitCode.ShouldBe(ExitCode.Done, png.Error);
        svg.ExitCode.ShouldBe(ExitCode.Done, svg.Error);
        byte[] bytes = await File.ReadAllBytesAsync(folder.Combine("figure.png"), TestContext.Current.CancellationToken);
        bytes[..4].ShouldBe([0x89, (byte)'P', (byte)'N', (byte)'G']);
        XElement document = XDocument.Load(folder.Combine("figure.svg")).Root!;
        int panels = document.Elements().Count();
        panels.ShouldBe(kind switch { "environments" or "double-descent" => 2, "coefficient" or "q-penalty" => 1, _ => 2 });
        // Twice the width of the SVG, in the header's big-endian words.
        ((bytes[16] << 24) | (bytes[17] << 16) | (bytes[18] << 8) | bytes[19]).ShouldBe(2 * int.Parse(document.Attribute("width")!.Value, CultureInfo.InvariantCulture));
        JsonNode result = JsonNode.Parse(png.Output)!;
        result["rows"]!.AsArray().Count.ShouldBeGreaterThan(0);
        result["rows"]!.AsArray().ShouldAllBe(row => row!.AsArray().Count == result["columns"]!.AsArray().Count);
    }

    // A linear model's boundary is a line whose place the weights state.
    [Fact]
    public async Task DecisionBoundary_OfALinearModel_HasTheDistancesOfItsLine()
    {
        using TemporaryFolder folder = new();
        await Fit(folder, "line-0", Moons);

        CommandRun drawn = await CommandRun.Of("figure", "decision-boundary", "--runs", folder.Combine("runs"), "--output", folder.Combine("figure.png"), "--json");

        GradientDynamics.Onnx.Graph.OnnxGraph model = GradientDynamics.Onnx.Graph.OnnxModelFile.Read(Path.Combine(folder.Combine("runs"), "line-0", "model.onnx"));
        float[] weight = model.Initializers["logits.weight"].AsSpan<float>().ToArray();
        float bias = model.Initializers["logits.bias"].AsSpan<float>()[0];
        Train.Datasets.GroupedDataset train = ConfigurationFile.Parse<RunConfig>(Moons, "moons", []).Dataset.Load(Train.Datasets.Split.Train, 0);
        double norm = Math.Sqrt((weight[0] * weight[0]) + (weight[1] * weight[1]));
        double[] distances = [.. Enumerable.Range(0, train.Count).Select(i => Math.Abs((weight[0] * train.Input(i)[0]) + (weight[1] * train.Input(i)[1]) + bias) / norm)];
        JsonArray row = JsonNode.Parse(drawn.Output)!["rows"]![0]!.AsArray();
        // Distances are to the middles of segments within cells of 0.04.
        Number(row[3]!).ShouldBe(distances.Average(), 0.005);
        Number(row[4]!).ShouldBe(distances.Min(), 0.02);
        Number(row[5]!).ShouldBe(0, 0.001); // three digits are printed
    }

    [Fact]
    public async Task Environments_AreThoseOfTheRunsAveragedOverSeeds()
    {
        using TemporaryFolder folder = new();
        await RunAll(folder, "environments");

        CommandRun drawn = await CommandRun.Of("figure", "environments", "--runs", folder.Combine("runs"), "--output", folder.Combine("figure.svg"), "--json");

        double[] accuracies = [.. ((string[])["sd-0", "sd-1"]).Select(run => JsonNode.Parse(File.ReadAllText(Path.Combine(folder.Combine("runs"), run, "run.json")))!["result"]!["metrics"]!["environment/gray-digit/average_accuracy"]!.GetValue<double>())];
        JsonNode result = JsonNode.Parse(drawn.Output)!;
        result["columns"]![4]!.GetValue<string>().ShouldBe("gray-digit %");
        string text = result["rows"]![1]![4]!.GetValue<string>();
        text.ShouldBe(string.Create(CultureInfo.InvariantCulture, $"{50 * accuracies.Sum():F1} ± {100 * Math.Abs(accuracies[0] - accuracies[1]) / Math.Sqrt(2):F1}"));
    }

    [Theory]
    [InlineData("decision-boundary", "figure.jpg", "accepted are names that end in .png or .svg")]
    [InlineData("environments", "figure.png", "no run was evaluated on test environments")]
    [InlineData("coefficient", "figure.png", "measured no adversarial accuracy")]
    [InlineData("double-descent", "figure.png", "optimizer.weightDecay")]
    [InlineData("spurious-features", "figure.png", "spurious-features")]
    public async Task RunsOfAnotherKind_AreRefusedByWhatIsMissing(string kind, string output, string expected)
    {
        using TemporaryFolder folder = new();
        await Fit(folder, "line-0", Moons);

        CommandRun drawn = await CommandRun.Of("figure", kind, "--runs", folder.Combine("runs"), "--output", folder.Combine(output));

        drawn.ExitCode.ShouldBe(ExitCode.Configuration);
        drawn.ErrorLine.ShouldContain(expected);
        File.Exists(folder.Combine(output)).ShouldBeFalse();
    }

    [Fact]
    public async Task FolderWithoutRuns_IsNamed()
    {
        using TemporaryFolder folder = new();

        CommandRun drawn = await CommandRun.Of("figure", "groups", "--runs", folder.Path, "--output", folder.Combine("figure.png"));

        drawn.ExitCode.ShouldBe(ExitCode.File);
        drawn.ErrorLine.ShouldContain("holds no run");
    }

    private static double Number(JsonNode cell) => double.Parse(cell.GetValue<string>(), CultureInfo.InvariantCulture);

    // Runs such as the kind draws: two seeds of one setting and one of another.
    private static async Task RunAll(TemporaryFolder folder, string kind)
    {
        switch (kind)
        {
            case "decision-boundary" or "groups":
                await Fit(folder, "erm-0", Moons);
                await Fit(folder, "erm-1", Moons, "seed=1");
                await Fit(folder, "sd-0", Moons, """objective={"kind":"spectral-decoupling"}""");
                break;
            case "environments":
                Datasets.ColoredMnistTests.WriteMnist(folder, count: 80);
                string mnist = $$"""dataset={"kind":"colored-mnist","trainCount":60,"folder":"{{folder.Path}}"}""";
                await Fit(folder, "erm-0", Moons, mnist);
                await Fit(folder, "sd-0", Moons, mnist, """objective={"kind":"spectral-decoupling"}""");
                await Fit(folder, "sd-1", Moons, mnist, """objective={"kind":"spectral-decoupling"}""", "seed=1");
                break;
            case "coefficient":
                await Fit(folder, "a-0", Moons, """adversary={"epsilon":0.1}""");
                await Fit(folder, "b-0", Moons, """adversary={"epsilon":0.1}""", """objective={"kind":"spectral-decoupling","coefficient":0.1}""");
                await Fit(folder, "b-1", Moons, """adversary={"epsilon":0.1}""", """objective={"kind":"spectral-decoupling","coefficient":0.1}""", "seed=1");
                break;
            case "double-descent":
                foreach (string decay in (string[])["0.1", "0.001", "0.00001"])
                {
                    await Fit(folder, $"decay{decay}-0", Moons, $"optimizer.weightDecay={decay}");
                }

                break;
            case "q-penalty":
                await Fit(folder, "with-0", Moons, """objective={"kind":"margin-variance"}""");
                await Fit(folder, "with-1", Moons, """objective={"kind":"margin-variance"}""", "seed=1");
                await Fit(folder, "without-0", Moons, """objective={"kind":"margin-variance","coefficient":0}""");
                break;
            case "spurious-features":
                string toy = """dataset={"kind":"spurious-features","count":40,"noiseDimension":5}""";
                await Fit(folder, "erm-0", Moons, toy);
                await Fit(folder, "subg-0", Moons, toy, """sampler={"kind":"group-subsampling"}""");
                break;
            default:
                throw new InvalidOperationException($"The figure {kind} needs runs that it is drawn of.");
        }
    }

    private static async Task Fit(TemporaryFolder folder, string name, string config, params string[] changes)
    {
        string file = folder.Combine("config.json");
        await File.WriteAllTextAsync(file, config, TestContext.Current.CancellationToken);
        CommandRun fit = await CommandRun.Of(["fit", "--config", file, "--output", Path.Combine(folder.Combine("runs"), name), .. changes.SelectMany(change => (string[])["--set", change])]);
        fit.ExitCode.ShouldBe(ExitCode.Done, fit.Error);
    }
}
