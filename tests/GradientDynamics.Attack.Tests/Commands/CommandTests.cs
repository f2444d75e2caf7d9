using System.Text.Json;
using System.Xml.Linq;
using GradientDynamics.Attack.Reports;
using GradientDynamics.CommandLine;
using GradientDynamics.Onnx.Graph;
using Parquet;

namespace GradientDynamics.Attack.Tests.Commands;

public sealed class CommandTests(CommandFolder folder) : IClassFixture<CommandFolder>
{
    private static readonly string[] AuditFiles = ["audit.json", "junit.xml", "report.html", "report.sarif", "samples.parquet"];

    [Fact]
    public async Task Compare_WritesTheWholeAuditDirectory()
    {
        (int exitCode, string output, string error) = await folder.RunAsync(
            "compare", "--target", "A={first.onnx}", "--target", "B={second.onnx}", "--evaluation-set", "{set.parquet}", "--config", "{quick.json}", "--output", "{comparison}", "--seed", "4");

        exitCode.ShouldBe(0, error);
        Directory.EnumerateFileSystemEntries(folder.In("comparison")).Select(Path.GetFileName).Order().ShouldBe(AuditFiles);
        output.ShouldContain("B minus A, paired by example");

        AuditReport report = ConfigurationFile.Read<AuditReport>(folder.In("comparison", "audit.json"), []);
        report.Targets.Select(target => target.Label).ShouldBe(["A", "B"]);
        report.Configuration.Seed.ShouldBe(4);
        report.Configuration.ThreatModels[0].Epsilons.ShouldBe([0.02, 0.1, 0.3]);
        report.Comparisons.Count.ShouldBe(1);
        report.Comparisons[0].Clean.Difference.ShouldBe(report.Targets[1].Clean.Average.Accuracy!.Value - report.Targets[0].Clean.Average.Accuracy!.Value, 1e-12);

        string page = await File.ReadAllTextAsync(folder.In("comparison", "report.html"), TestContext.Current.CancellationToken);
        XDocument parsed = XDocument.Parse(page.Replace("<!DOCTYPE html>", "", StringComparison.Ordinal));
        parsed.Descendants().Count(element => element.Name.LocalName == "polyline").ShouldBeGreaterThanOrEqualTo(2 * (2 + 4));
        parsed.Descendants("img").Count().ShouldBe(2 * 2 * 3 * 3);
        parsed.Descendants().ShouldAllBe(element => element.Name.LocalName != "script" && element.Name.LocalName != "link");
        parsed.Descendants().Attributes().Where(attribute => attribute.Name.LocalName is "src" or "href").ShouldAllBe(attribute => attribute.Value.StartsWith("data:"));
    }

    [Fact]
    public async Task Audit_OfAFile_WritesOneRowPerExampleNormAndAttack()
    {
        (int exitCode, string output, string error) = await folder.RunAsync(
            "audit", "--model-file", "{first.onnx}", "--evaluation-set", "{set.parquet}", "--config", "{quick.json}", "--output", "{audit}", "--limit", "15", "--json");

        exitCode.ShouldBe(0, error);
        using JsonDocument json = JsonDocument.Parse(output);
        using JsonDocument file = JsonDocument.Parse(await File.ReadAllTextAsync(folder.In("audit", "audit.json"), TestContext.Current.CancellationToken));
        json.RootElement.EnumerateObject().Select(property => property.Name).ShouldBe(
            ["schemaVersion", "tool", "started", "seconds", "configuration", "evaluationSet", "targets", "comparisons", "gates"], ignoreOrder: true);
        file.RootElement.EnumerateObject().Select(property => property.Name).ShouldBe(json.RootElement.EnumerateObject().Select(property => property.Name), ignoreOrder: true);
        file.RootElement.GetProperty("schemaVersion").GetInt32().ShouldBe(AuditReport.CurrentSchemaVersion);

        await using FileStream stream = File.OpenRead(folder.In("audit", "samples.parquet"));
        await using ParquetReader reader = await ParquetReader.CreateAsync(stream, cancellationToken: TestContext.Current.CancellationToken);
        reader.Schema.Fields.Select(field => field.Name).ShouldBe(SampleFile.Columns);
        // L∞ has two attacks and their worst, L2 one and its worst.
        reader.RowGroups.Sum(group => group.RowCount).ShouldBe(15 * (3 + 2));
    }

    [Fact]
    public async Task Audit_OfAModelThatRounds_SaysWhichNodesGradientsPassStraightThrough()
    {
        GraphBuilder graph = new(new Random(1));
        Value x = graph.Input("input", ElementType.Float, new([Dimension.Named("batch"), 2, 6, 6]));
        Value levels = graph.Add("Round", [graph.Mul(x, graph.Constant(ConstantTensor.Scalar(255f)))], name: "levels");
        OnnxModelFile.Write(graph.Output(graph.Gemm(graph.Flatten(levels), 3, "layer")), folder.In("rounding.onnx"));

        (int exitCode, _, string error) = await folder.RunAsync(
            "audit", "--model-file", "{rounding.onnx}", "--evaluation-set", "{set.parquet}", "--config", "{quick.json}", "--output", "{rounding}", "--limit", "6");

        exitCode.ShouldBe(0, error);
        ConfigurationFile.Read<AuditReport>(folder.In("rounding", "audit.json"), []).Targets[0].StraightThrough.ShouldBe(["Round 'levels'"]);
        string page = await File.ReadAllTextAsync(folder.In("rounding", "report.html"), TestContext.Current.CancellationToken);
        XDocument parsed = XDocument.Parse(page.Replace("<!DOCTYPE html>", "", StringComparison.Ordinal));
        parsed.Descendants().ShouldContain(element => element.Name.LocalName == "p" && element.Value.Contains("gradients pass 1 nodes straight through", StringComparison.Ordinal) && element.Value.Contains("Round 'levels'", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Audit_OfTheSameSeed_IsTheSame()
    {
        string[] arguments = ["audit", "--model-file", "{second.onnx}", "--evaluation-set", "{set.parquet}", "--config", "{quick.json}", "--limit", "12", "--output"];

        await folder.RunAsync([.. arguments, "{same-1}"]);
        await folder.RunAsync([.. arguments, "{same-2}"]);

        AuditReport one = ConfigurationFile.Read<AuditReport>(folder.In("same-1", "audit.json"), []);
        AuditReport other = ConfigurationFile.Read<AuditReport>(folder.In("same-2", "audit.json"), []);
        for (int threat = 0; threat < one.Targets[0].ThreatModels.Count; threat++)
        {
            (ThreatReport first, ThreatReport second) = (one.Targets[0].ThreatModels[threat], other.Targets[0].ThreatModels[threat]);
            first.Margins!.Quantiles.ShouldBe(second.Margins!.Quantiles);
            first.Attacks.Select(attack => attack.GradientQueries).ShouldBe(second.Attacks.Select(attack => attack.GradientQueries));
        }
    }

    [Theory]
    [InlineData("""threatModels=[{"norm":"linf","epsilons":[]}]""", 1)]
    [InlineData("""threatModels=[{"norm":"l2","epsilons":[0.1,5],"margin":null}]""", 1)]
    [InlineData("""threatModels=[{"norm":"linf","epsilons":[],"margin":{"maximumEpsilon":1e-6}},{"norm":"l2","margin":null}]""", 2)]
    public async Task Audit_OfVectors_WithPartOfTheFigures_WritesAWellFormedPage(string setting, int plots)
    {
        folder.WriteModel("vectors.onnx", 3, 5);
        folder.WriteSet("vectors.parquet", [5]);
        string output = $"vectors-{setting.Length}";

        (int exitCode, _, string error) = await folder.RunAsync(
            "audit", "--model-file", "{vectors.onnx}", "--evaluation-set", "{vectors.parquet}", "--output", folder.In(output), "--limit", "12", "--set", setting, "--set", "resamples=50");

        exitCode.ShouldBe(0, error);
        XDocument page = XDocument.Parse((await File.ReadAllTextAsync(folder.In(output, "report.html"), TestContext.Current.CancellationToken)).Replace("<!DOCTYPE html>", "", StringComparison.Ordinal));
        page.Descendants().Count(element => element.Name.LocalName == "clipPath").ShouldBe(plots);
        page.Descendants("img").ShouldBeEmpty();
    }

    [Fact]
    public async Task Evaluate_OfAFile_GivesGroupsAndAverages()
    {
        (int exitCode, string output, string error) = await folder.RunAsync("evaluate", "--model-file", "{first.onnx}", "--evaluation-set", "{set.parquet}", "--output", "{evaluation}", "--json");

        exitCode.ShouldBe(0, error);
        using JsonDocument json = JsonDocument.Parse(output);
        JsonElement[] groups = [.. json.RootElement.GetProperty("groups").EnumerateArray()];
        groups.Sum(group => group.GetProperty("accuracy").GetProperty("count").GetInt32()).ShouldBe(CommandFolder.ExampleCount);
        int correct = groups.Sum(group => group.GetProperty("accuracy").GetProperty("correct").GetInt32());
        json.RootElement.GetProperty("averageAccuracy").GetDouble().ShouldBe((double)correct / CommandFolder.ExampleCount, 1e-12);
        json.RootElement.GetProperty("worstGroupAccuracy").GetDouble().ShouldBe(
            groups.Where(group => group.GetProperty("accuracy").GetProperty("count").GetInt32() > 0).Min(group => group.GetProperty("accuracy").GetProperty("accuracy").GetDouble()), 1e-12);
        File.Exists(folder.In("evaluation", "evaluation.json")).ShouldBeTrue();
    }

    [Fact]
    public async Task Gates_ThatFail_ExitWithOneAndStandInTheReports()
    {
        (int exitCode, _, string error) = await folder.RunAsync(
            "audit", "--model-file", "{first.onnx}", "--evaluation-set", "{set.parquet}", "--config", "{quick.json}", "--set", "threatModels[1].margin=null", "--output", "{gates}", "--limit", "10",
            "--minimum-worst-group-accuracy", "1", "--minimum-average-accuracy", "0");

        exitCode.ShouldBe((int)ExitCode.GateFailed);
        error.ShouldContain("gate failed: first.onnx: accuracy of the worst group");
        XDocument junit = XDocument.Load(folder.In("gates", "junit.xml"));
        junit.Root!.Attribute("tests")!.Value.ShouldBe("2");
        junit.Root.Attribute("failures")!.Value.ShouldBe("1");
        junit.Descendants("failure").Single().Attribute("type")!.Value.ShouldBe("minimumWorstGroupAccuracy");
        using JsonDocument sarif = JsonDocument.Parse(await File.ReadAllTextAsync(folder.In("gates", "report.sarif"), TestContext.Current.CancellationToken));
        sarif.RootElement.GetProperty("version").GetString().ShouldBe("2.1.0");
        JsonElement run = sarif.RootElement.GetProperty("runs")[0];
        run.GetProperty("tool").GetProperty("driver").GetProperty("name").GetString().ShouldBe("gd-attack");
        run.GetProperty("results").EnumerateArray().Select(result => (result.GetProperty("ruleId").GetString(), result.GetProperty("level").GetString())).ShouldBe(
            [("minimumAverageAccuracy", "none"), ("minimumWorstGroupAccuracy", "error")]);
    }

    [Fact]
    public async Task ServerThatIsNotThere_IsOneLineWithExitCodeFour()
    {
        // A port of the loopback interface that was free a moment ago.
        using System.Net.Sockets.TcpListener listener = new(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        int port = ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();

        (int exitCode, _, string error) = await folder.RunAsync(
            "audit", "--server", $"http://127.0.0.1:{port}", "--model", "m", "--evaluation-set", "{set.parquet}", "--output", "{unreachable}");

        exitCode.ShouldBe((int)ExitCode.Server);
        error.TrimEnd().Split('\n').ShouldHaveSingleItem().ShouldContain($"{port}");
        Directory.Exists(folder.In("unreachable")).ShouldBeFalse();
    }

    public static TheoryData<string, int, string> WrongCommandLines => new()
    {
        { "audit --evaluation-set {set.parquet} --output {x}", 2, "No target" },
        { "audit --server http://127.0.0.1:1 --evaluation-set {set.parquet} --output {x}", 2, "--model" },
        { "audit --server http://127.0.0.1:1 --model : --evaluation-set {set.parquet} --output {x}", 2, "NAME:VERSION" },
        { "audit --server 127.0.0.1:1 --model m --evaluation-set {set.parquet} --output {x}", 2, "http://HOST:PORT" },
        { "audit --model-file {first.onnx} --evaluation-set {set.parquet} --output {x} --limit 0", 2, "--limit" },
        { "audit --model-file {first.onnx} --evaluation-set {set.parquet} --output {x} --set seeds=1", 2, "seed" },
        { "audit --model-file {first.onnx} --evaluation-set {set.parquet} --output {x} --minimum-average-accuracy 93", 2, "--minimum-average-accuracy" },
        { "audit --model-file {first.onnx} --evaluation-set {set.parquet} --output {x} --config {missing.json}", 2, "missing.json" },
        { "audit --model-file {first.onnx} --evaluation-set {set.parquet} --output {taken}", 2, "taken" },
        { "audit --model-file {missing.onnx} --evaluation-set {set.parquet} --output {x}", 3, "missing.onnx" },
        { "audit --model-file {first.onnx} --evaluation-set {missing.parquet} --output {x}", 3, "missing.parquet" },
        { "audit --model-file {first.onnx} --evaluation-set {quick.json} --output {x}", 3, "quick.json" },
        { "audit --model-file {first.onnx} --evaluation-set {small.parquet} --output {x}", 3, "[2, 6, 6]" },
        { "audit --model-file {first.onnx} --evaluation-set {set.parquet} --output {x} --set bounds.lower=[0] --set bounds.upper=[0.5]", 3, "outside its bounds" },
        { "audit --model-file {nan.onnx} --evaluation-set {set.parquet} --output {x}", 5, "nan.onnx" },
        { "evaluate --model-file {nan.onnx} --evaluation-set {set.parquet}", 5, "image-0" },
        { "compare --target A={first.onnx} --evaluation-set {set.parquet} --output {x}", 2, "two or more" },
        { "compare --target A={first.onnx} --target A={second.onnx} --evaluation-set {set.parquet} --output {x}", 2, "'A' is given twice" },
        { "compare --target A={first.onnx} --target B=second --evaluation-set {set.parquet} --output {x}", 2, "LABEL=" },
        { "compare --target A={first.onnx} --target B={second.onnx} --model-file C={first.onnx} --evaluation-set {set.parquet} --output {x}", 2, "--model-file" },
    };

    [Theory]
    [MemberData(nameof(WrongCommandLines))]
    public async Task WrongInput_IsOneLineWithItsExitCode_AndLeavesNothing(string commandLine, int exitCode, string named)
    {
        if (!File.Exists(folder.In("nan.onnx")))
        {
            Directory.CreateDirectory(folder.In("taken", "inside"));
            folder.WriteSet("small.parquet", [2, 5, 5]);
            WriteModelWithNaN();
        }

        string[] before = [.. Directory.EnumerateFileSystemEntries(folder.Path)];
        (int found, string output, string error) = await folder.RunAsync(commandLine.Split(' '));

        found.ShouldBe(exitCode, error);
        output.ShouldBeEmpty();
        string[] lines = [.. error.TrimEnd().Split('\n').Where(line => !line.StartsWith("Auditing", StringComparison.Ordinal))];
        lines.ShouldHaveSingleItem().ShouldContain(named);
        Directory.EnumerateFileSystemEntries(folder.Path).ShouldBe(before, ignoreOrder: true);
    }

    private void WriteModelWithNaN()
    {
        Onnx.Graph.OnnxGraph graph = Onnx.Graph.OnnxModelFile.Read(folder.In("first.onnx"));
        string name = graph.Initializers.Last(pair => pair.Value.Sizes is [3]).Key;
        Onnx.Graph.OnnxModelFile.Write(
            graph.WithInitializers(new Dictionary<string, Onnx.Graph.ConstantTensor> { [name] = Onnx.Graph.ConstantTensor.Of([0f, float.NaN, 0f], 3) }), folder.In("nan.onnx"));
    }
}
