using System.Text.Json;
using GradientDynamics.Analysis.Commands;
using GradientDynamics.CommandLine;

namespace GradientDynamics.Analysis.Tests.Commands;

public sealed class CommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Scalar_PrintsTheGoldenRow_AndTheStart()
    {
        // Row fig4_k12, t = 50 of the reference table.
        string config = _folder.Write("c.json", """
            { "n": 110, "d": 100, "blocks": [ { "dimension": 70, "singularValue": 0.5 }, { "dimension": 30, "singularValue": 0.041666666666666664 } ], "times": [0, 50] }
            """);

        JsonElement points = (await JsonOf("double-descent", "scalar", "--config", config, "--json")).GetProperty("points");

        points[0].GetProperty("lambdaTotal").ValueKind.ShouldBe(JsonValueKind.Null);
        points[0].GetProperty("joint").GetProperty("totalR").GetDouble().ShouldBe(0);
        points[0].GetProperty("published").GetProperty("generalizationError").GetDouble().ShouldBe(0.5);
        points[1].GetProperty("lambdaTotal").GetDouble().ShouldBe(0.02);
        points[1].GetProperty("t").GetDouble().ShouldBe(50);
        points[1].GetProperty("published").GetProperty("a")[1].GetDouble().ShouldBe(42.98135837, 1e-7);
        points[1].GetProperty("published").GetProperty("R")[0].GetDouble().ShouldBe(0.6029540091, 1e-9);
        points[1].GetProperty("published").GetProperty("generalizationError").GetDouble().ShouldBe(0.2514438624, 1e-9);
        points[1].GetProperty("joint").GetProperty("generalizationError").GetDouble().ShouldBe(0.2736072405, 1e-9);
        points[1].GetProperty("joint").GetProperty("totalQ").GetDouble().ShouldBe(0.7738862353, 1e-9);
    }

    [Fact]
    public async Task Scalar_WithThreeBlocks_HasNoPublishedFormula()
    {
        string config = _folder.Write("c.json", """
            { "n": 10, "d": 6, "blocks": [ { "dimension": 2, "singularValue": 1 }, { "dimension": 2, "singularValue": 0.5 }, { "dimension": 2, "singularValue": 0.1 } ], "times": [1e300, 3.5], "eta": 0.3 }
            """);

        JsonElement points = (await JsonOf("double-descent", "scalar", "--config", config, "--json")).GetProperty("points");

        points[0].GetProperty("published").ValueKind.ShouldBe(JsonValueKind.Null);
        points[0].GetProperty("joint").GetProperty("generalizationError").GetDouble().ShouldBe(0, 1e-12);
        points[1].GetProperty("joint").GetProperty("R").GetArrayLength().ShouldBe(3);
    }

    [Fact]
    public async Task Exact_GivesTheStepOfGradientDescent()
    {
        string config = _folder.Write("c.json", """
            { "Z": [[1, 0], [0, 2]], "F": [[1, 0], [0, 0.5]], "w": [1, -1], "noise": [0, 0.5], "eta": 0.25, "times": [0, 1, 2.5] }
            """);

        JsonElement result = await JsonOf("double-descent", "exact", "--config", config, "--json");

        // X = I, y = (1, -1.5): w after one step is 0.25·y.
        JsonElement point = result.GetProperty("points")[1];
        point.GetProperty("weights")[0].GetDouble().ShouldBe(0.25, 1e-15);
        point.GetProperty("weights")[1].GetDouble().ShouldBe(-0.375, 1e-15);
        point.GetProperty("R").GetDouble().ShouldBe((0.25 + 0.1875) / 2, 1e-15);
        point.GetProperty("Q").GetDouble().ShouldBe(((0.25 * 0.25) + (0.1875 * 0.1875)) / 2, 1e-15);
        result.GetProperty("largestStableEta").GetDouble().ShouldBe(2, 1e-14);
    }

    [Theory]
    [InlineData("weight-decay", 0.01, "newton", 7.0681, 1.5831)]
    [InlineData("weight-decay", 0.01, "dual", 7.0681, 1.5831)]
    [InlineData("weight-decay", 0.01, "primal", 7.0681, 1.5831)]
    [InlineData("spectral-decoupling", 0.002, "newton", 6.3727, 1.7076)]
    public async Task FixedPoint_PrintsTheToy(string regularizer, double lambda, string method, double first, double second)
    {
        string config = _folder.Write("c.json", $$"""
            { "singularValues": [3, 2], "U": [[0.8660254037844386, -0.5], [0.5, 0.8660254037844386]], "lambda": {{lambda}}, "regularizer": "{{regularizer}}", "method": "{{method}}" }
            """);

        JsonElement result = await JsonOf("starvation", "fixed-point", "--config", config, "--json");

        // Printed to four decimals.
        result.GetProperty("z")[0].GetDouble().ShouldBe(first, 5e-5);
        result.GetProperty("z")[1].GetDouble().ShouldBe(second, 5e-5);
        result.GetProperty("attractive").GetBoolean().ShouldBeTrue();
        result.GetProperty("alpha").GetArrayLength().ShouldBe(2);
        result.GetProperty("residual").GetDouble().ShouldBeLessThan(1e-9);
    }

    [Fact]
    public async Task AlexanderGovern_PrintsTheReference()
    {
        // The first set of the reference file, computed by scipy 1.10.
        string config = _folder.Write("c.json", """
            { "groups": [[79.7, 83.1, 75.2, 80.4, 80.1], [82.9, 80.5, 84.9, 82.0, 84.2], [75.6, 70.1, 83.9, 66.2, 82.2], [79.9, 76.0, 83.3, 78.1, 82.2]] }
            """);

        JsonElement result = await JsonOf("statistics", "alexander-govern", "--config", config, "--json");

        result.GetProperty("statistic").GetDouble().ShouldBe(6.561871121875965, 1e-10);
        result.GetProperty("pValue").GetDouble().ShouldBe(0.08725413666268993, 1e-10);
    }

    [Fact]
    public async Task LambertW_PrintsBothBranches_AndTakesOverrides()
    {
        string config = _folder.Write("c.json", """{ "x": -0.1 }""");

        (await JsonOf("lambert-w", "--config", config, "--json")).GetProperty("w").GetDouble().ShouldBe(-0.11183255915896297);
        (await JsonOf("statistics", "lambert-w", "--config", config, "--set", "branch=-1", "--json")).GetProperty("w").GetDouble().ShouldBe(-3.577152063957297, 4e-15);
    }

    [Fact]
    public async Task Search_FindsTheSecondDescent()
    {
        string config = _folder.Write("c.json", """{ "n": 110, "d": 100, "p": 70, "kappa": 100 }""");

        JsonElement result = await JsonOf("double-descent", "search", "--config", config, "--json");

        result.GetProperty("secondDescent").GetBoolean().ShouldBeTrue();
        result.GetProperty("turningPoints").GetArrayLength().ShouldBe(2);
    }

    [Theory]
    [InlineData("""{ "n": 10, "d": 5, "blocks": [ { "dimension": 4, "singularValue": 1 } ], "times": [1] }""", "add up to 4")]
    [InlineData("""{ "n": 10, "d": 4, "blocks": [ { "dimension": 4, "singularValue": 0 } ], "times": [1] }""", "singular")]
    [InlineData("""{ "n": 10, "d": 4, "blocks": [ { "dimension": 4, "singularValue": 1 } ], "times": [-1] }""", "times holds -1")]
    [InlineData("""{ "n": 10, "d": 4, "blocks": [ { "dimension": 4, "singularValue": 1 } ], "times": [1], "kappa": 3 }""", "kappa")]
    [InlineData("""{ "n": 10, "d": 4, "times": [1] }""", "blocks")]
    public async Task Scalar_WithAWrongConfiguration_SaysWhatAndEndsWithTwo(string json, string expected)
    {
        (int code, _, string error) = await Run("double-descent", "scalar", "--config", _folder.Write("c.json", json), "--json");

        code.ShouldBe((int)ExitCode.Configuration);
        error.ShouldContain(expected);
        error.ShouldContain("c.json");
        error.Trim().ShouldNotContain("\n");
    }

    [Theory]
    [InlineData("""{ "Z": [[1, 0], [0, 2]], "F": [[1, 0], [0, 0.5]], "w": [1, -1], "eta": 2.5, "times": [1] }""", "largest stable one is 2")]
    [InlineData("""{ "Z": [[1, 0], [0, 2]], "F": [[1, 0], [0, 0.5]], "w": [1, -1], "eta": 1.5, "times": [1.5] }""", "whole steps")]
    [InlineData("""{ "Z": [[1, 0], [0]], "F": [[1, 0], [0, 0.5]], "w": [1, -1], "times": [1] }""", "equally long rows")]
    [InlineData("""{ "Z": [[1, 0], [0, 1]], "F": [[1, 0], [0, 0.5]], "w": [1], "times": [1] }""", "w has 1 entries")]
    public async Task Exact_WithAWrongConfiguration_SaysWhatAndEndsWithTwo(string json, string expected)
    {
        (int code, _, string error) = await Run("double-descent", "exact", "--config", _folder.Write("c.json", json));

        code.ShouldBe((int)ExitCode.Configuration);
        error.ShouldContain(expected);
    }

    [Fact]
    public async Task LambertW_OutsideItsBranch_SaysWhatIsAccepted()
    {
        (int code, _, string error) = await Run("lambert-w", "--config", _folder.Write("c.json", """{ "x": -1 }"""));

        code.ShouldBe((int)ExitCode.Configuration);
        error.ShouldContain("x >= -1/e");
    }

    [Fact]
    public async Task Figures_WriteTheirFiles_WholeOrNotAtAll()
    {
        string output = Path.Combine(_folder.Path, "figure");

        (int code, string text, string error) = await Run("figure-4.3", "--output", output, "--set", "seeds=3", "--set", "kappas=[1,50]");

        code.ShouldBe(0, error);
        text.ShouldContain("largest difference of gradient descent from the exact form");
        Directory.GetFiles(output).Select(Path.GetFileName).Order().ShouldBe(["figure-4.3.csv", "figure-4.3.json", "figure-4.3.png", "figure-4.3.svg"]);
        File.ReadAllText(Path.Combine(output, "figure-4.3.json")).ShouldContain("\"seeds\": 3");

        (int again, _, string message) = await Run("figure-4.3", "--output", output, "--set", "seeds=3");
        again.ShouldBe((int)ExitCode.Configuration);
        message.ShouldContain("not empty");

        (int wrong, _, string key) = await Run("figure-4.3", "--output", output + "2", "--set", "seed=3");
        wrong.ShouldBe((int)ExitCode.Configuration);
        key.ShouldContain("seed");
        Directory.Exists(output + "2").ShouldBeFalse();
    }

    [Fact]
    public async Task Balancing_PrintsTableOneAndItsClosedForms()
    {
        JsonElement table = await JsonOf("balancing", "imbalance", "--config", _folder.Write("c.json", """{ "counts": [[22880, 1387], [71629, 66874]] }"""), "--json");
        JsonElement unique = await JsonOf("balancing", "expected-unique", "--config", _folder.Write("u.json", """{ "population": 138503, "draws": 81385 }"""), "--json");
        JsonElement core = await JsonOf("balancing", "core-error", "--config", _folder.Write("e.json", "{}"), "--json");
        (int code, _, string error) = await Run("balancing", "imbalance", "--config", _folder.Write("w.json", """{ "counts": [[1, 2], [3]] }"""));

        // Printed to a tenth of a percent.
        table.GetProperty("classes")[0].GetProperty("givenAttribute")[0].GetDouble().ShouldBe(0.242, 5e-4);
        table.GetProperty("keptByGroupSubsampling").GetInt64().ShouldBe(4 * 1387);
        unique.GetProperty("share").GetDouble().ShouldBe(0.444, 5e-4);
        core.GetProperty("core").GetDouble().ShouldBe(1.308e-11, 5e-15);
        code.ShouldBe((int)ExitCode.Configuration);
        error.ShouldContain("equally long rows");
    }

    [Fact]
    public async Task PhaseDiagramPage_HoldsOneCurvePairForEverySetting()
    {
        string path = Path.Combine(_folder.Path, "page.html");

        (int code, _, string error) = await Run("phase-diagram-page", "--output", path);

        code.ShouldBe(0, error);
        string page = File.ReadAllText(path);
        int start = page.IndexOf("const data = ", StringComparison.Ordinal) + "const data = ".Length;
        using JsonDocument data = JsonDocument.Parse(page[start..page.IndexOf(";\n", start, StringComparison.Ordinal)]);
        JsonElement root = data.RootElement;
        int settings = root.GetProperty("kappa").GetArrayLength() * root.GetProperty("sigma").GetArrayLength() * root.GetProperty("lambda").GetArrayLength() * root.GetProperty("ratio").GetArrayLength();
        root.GetProperty("curves").GetArrayLength().ShouldBe(settings);
        root.GetProperty("curves")[settings - 1][1][1].GetArrayLength().ShouldBe(root.GetProperty("time").GetArrayLength());
    }

    private static async Task<(int Code, string Output, string Error)> Run(params string[] args)
    {
        using StringWriter output = new();
        using StringWriter error = new();
        int code = await CommandHost.RunAsync(AnalyzeCommand.CreateRoot(), args, output, error, TestContext.Current.CancellationToken);
        return (code, output.ToString(), error.ToString());
    }

    private static async Task<JsonElement> JsonOf(params string[] args)
    {
        (int code, string output, string error) = await Run(args);
        code.ShouldBe(0, error);
        return JsonDocument.Parse(output).RootElement;
    }
}
