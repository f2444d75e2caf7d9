using System.Text.Json;
using GradientDynamics.Analysis.Commands;
using GradientDynamics.CommandLine;

namespace GradientDynamics.Analysis.Tests.Commands;

/// <summary>The commands beside those for other programs, each against a value by hand, a closed form or a law.</summary>
public sealed class ComputationTests : IDisposable
{
    private const string Toy = """ "singularValues": [3, 2], "U": [[0.8660254037844386, -0.5], [0.5, 0.8660254037844386]] """;
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Modes_AreLearnedInTheOrderOfTheirStrength()
    {
        JsonElement modes = (await JsonOf("linear-networks modes", """{ "singularValues": [1, 2, 4], "start": 0.01, "times": [0, 1] }""")).GetProperty("modes");

        double[] times = [.. modes.EnumerateArray().Select(mode => mode.GetProperty("timeToLearn").GetDouble())];
        times.ShouldBe(times.OrderDescending());
        // t = ln(u_f(s - u₀)/(u₀(s - u_f)))/(2s) at s = 1, u_f = 0.95.
        times[0].ShouldBe(0.5 * Math.Log(0.95 * 0.99 / (0.01 * 0.05)), 1e-14);
        modes[1].GetProperty("strengths")[0].GetDouble().ShouldBe(0.01, 1e-15);
    }

    // α = 2, no noise: everything is learned and longer is always better. At α = 1 with noise one must stop.
    [Fact]
    public async Task Generalization_SaysWhenToStop()
    {
        JsonElement clean = await JsonOf("linear-networks generalization", """{ "alpha": 2, "times": [0, 1e6] }""");
        JsonElement noisy = await JsonOf("linear-networks generalization", """{ "alpha": 1, "noiseVariance": 0.25, "times": [0, 1, 1000] }""");
        JsonElement few = await JsonOf("linear-networks generalization", """{ "alpha": 0.5, "noiseVariance": 0.25, "times": [0, 1e9] }""");

        clean.GetProperty("optimalTime").ValueKind.ShouldBe(JsonValueKind.Null);
        clean.GetProperty("points")[0].GetProperty("generalizationError").GetDouble().ShouldBe(1, 1e-12);
        clean.GetProperty("points")[1].GetProperty("generalizationError").GetDouble().ShouldBe(0, 1e-12);
        double best = noisy.GetProperty("optimalError").GetDouble();
        noisy.GetProperty("points").EnumerateArray().ShouldAllBe(point => point.GetProperty("generalizationError").GetDouble() > best);
        // At the start: E of λ is α, so that the error at the training inputs is α·σ_w² + σ², and an example's training error σ_w² + σ².
        noisy.GetProperty("points")[0].GetProperty("errorAtTrainingInputs").GetDouble().ShouldBe(1.25, 1e-9);
        noisy.GetProperty("points")[0].GetProperty("trainingError").GetDouble().ShouldBe(1.25, 1e-9);
        // Fewer examples than weights are fitted exactly; twice as many weights as examples move in half of the directions.
        few.GetProperty("points")[1].GetProperty("trainingError").GetDouble().ShouldBe(0, 1e-9);
        few.GetProperty("points")[1].GetProperty("errorAtTrainingInputs").GetDouble().ShouldBe(0.25 + (0.5 * 0.25), 1e-9);
    }

    [Fact]
    public async Task NoisySgd_HasTheRidgeSolutionAndTheGibbsCovariance()
    {
        // XᵀX = I, y = (1, -1): mean y/(1 + λ), Gibbs variance 1/(β(1 + λ)).
        JsonElement result = await JsonOf("double-descent noisy-sgd", """{ "Z": [[1, 0], [0, 1]], "F": [[1, 0], [0, 1]], "w": [1, -1], "lambda": 0.25, "eta": 0.1, "inverseTemperature": 8 }""");

        result.GetProperty("mean")[1].GetDouble().ShouldBe(-0.8, 1e-14);
        result.GetProperty("gibbsCovariance")[0][0].GetDouble().ShouldBe(0.1, 1e-14);
        result.GetProperty("covariance")[0][0].GetDouble().ShouldBe(0.1 / (1 - 0.0625), 1e-14);
        result.GetProperty("R").GetDouble().ShouldBe(0.8, 1e-14);
    }

    [Fact]
    public async Task FreeEnergy_HasItsSaddleAtTheClosedForm()
    {
        JsonElement result = await JsonOf("double-descent free-energy", """{ "alpha": 1.3, "scaledRegularization": 0.2, "noiseVariance": 0.1, "inverseTemperature": 3 }""");

        result.GetProperty("largestDifference").GetDouble().ShouldBeLessThan(1e-10);
    }

    [Fact]
    public async Task Averaged_OfOneMode_IsTheScalarFormula()
    {
        // One feature, X = 2: λ = 4, η = 0.1. R = 1 - 0.6^t; Q = R² + σ²R²/4.
        JsonElement result = await JsonOf("double-descent averaged", """{ "Z": [[2]], "F": [[1]], "noiseVariance": 0.5, "eta": 0.1, "times": [2] }""");

        JsonElement descent = result.GetProperty("points")[0].GetProperty("descent");
        descent.GetProperty("R").GetDouble().ShouldBe(0.64, 1e-14);
        descent.GetProperty("Q").GetDouble().ShouldBe(0.64 * 0.64 * 1.125, 1e-14);
        result.GetProperty("points")[0].GetProperty("flow").GetProperty("R").GetDouble().ShouldBe(1 - Math.Exp(-0.8), 1e-14);
        result.GetProperty("points")[0].GetProperty("ridge").GetProperty("R").GetDouble().ShouldBe(4.0 / 9, 1e-14);
    }

    [Fact]
    public async Task Losses_SquaredLossDoesNotStarve()
    {
        JsonElement result = await JsonOf("starvation losses", "{" + Toy + """, "lambda": 0.01 }""");
        JsonElement stronger = await JsonOf("starvation losses", "{" + Toy.Replace("[3, 2]", "[6, 2]", StringComparison.Ordinal) + """, "lambda": 0.01 }""");

        result.GetProperty("crossEntropy")[0].GetDouble().ShouldBe(7.0681, 5e-5);
        // z_j = s²/(s² + λ/2)·Σ_i u_ij.
        result.GetProperty("squaredLoss")[1].GetDouble().ShouldBe(4 / 4.005 * (0.8660254037844386 - 0.5), 1e-12);
        stronger.GetProperty("squaredLoss")[1].GetDouble().ShouldBe(result.GetProperty("squaredLoss")[1].GetDouble(), 1e-14);
        stronger.GetProperty("crossEntropy")[1].GetDouble().ShouldBe(1.1853, 5e-5);
        // Separable with little decay: both margins are 1 under the hinge.
        result.GetProperty("hinge")[0].GetDouble().ShouldBe(0.8660254037844386 + 0.5, 1e-9);
    }

    [Fact]
    public async Task Dynamics_EndInTheFixedPoint()
    {
        JsonElement result = await JsonOf("starvation dynamics", "{" + Toy + """, "lambda": 0.01, "times": [0, 300] }""");
        JsonElement decoupled = await JsonOf("starvation dynamics", "{" + Toy + """, "lambda": 0.002, "regularizer": "spectral-decoupling", "times": [300] }""");

        JsonElement end = result.GetProperty("points")[1];
        end.GetProperty("dual")[1].GetDouble().ShouldBe(1.5831, 5e-5);
        end.GetProperty("primal")[1].GetDouble().ShouldBe(1.5831, 5e-5);
        end.GetProperty("approximateDual").GetArrayLength().ShouldBe(2);
        decoupled.GetProperty("points")[0].GetProperty("dual")[1].GetDouble().ShouldBe(1.7076, 5e-5);
        decoupled.GetProperty("points")[0].GetProperty("approximateDual").ValueKind.ShouldBe(JsonValueKind.Null);
    }

    [Fact]
    public async Task Regime_GivesTheCriterion()
    {
        JsonElement result = await JsonOf("starvation regime", """{ "firstStrength": 3, "secondStrength": 2, "delta": 0.5, "lambda": 0.01 }""");

        result.GetProperty("starving").GetBoolean().ShouldBeTrue();
        result.GetProperty("derivative").GetDouble().ShouldBe(-0.01607, 5e-6);
        result.GetProperty("firstOrder").GetDouble().ShouldBe(-0.0185, 5e-5);
        result.GetProperty("uncoupledZ")[1].GetDouble().ShouldBe(4.4805233744, 1e-9);
        result.GetProperty("z")[1].GetDouble().ShouldBe(1.5831, 5e-5);
    }

    [Fact]
    public async Task MultiClass_ClosesItsGap()
    {
        JsonElement result = await JsonOf("starvation multi-class", """{ "kernel": [[2, 0.5, 0], [0.5, 1, 0.2], [0, 0.2, 3]], "labels": [0, 2, 1], "classes": 3, "lambda": 0.1 }""");

        result.GetProperty("primal").GetDouble().ShouldBe(result.GetProperty("dual").GetDouble(), 1e-11);
        result.GetProperty("alpha")[0].EnumerateArray().Sum(value => value.GetDouble()).ShouldBe(1, 1e-14);
    }

    [Fact]
    public async Task MaximumMargin_FindsTheSeparatingDirection()
    {
        JsonElement result = await JsonOf("balancing maximum-margin", """{ "inputs": [[1, 0], [-2, 0], [1, 5]], "labels": [1, -1, 1] }""");

        result.GetProperty("direction")[0].GetDouble().ShouldBe(1, 1e-9);
        result.GetProperty("margin").GetDouble().ShouldBe(1, 1e-9);
    }

    [Fact]
    public async Task Imbalance_ReadsAMetadataFile()
    {
        // Table 1's Waterbirds, as corrected: 3498 and 184 landbirds, 56 and 1057 waterbirds on land and water; and one example of another split.
        (int Count, int Label, int Attribute)[] groups = [(3498, 0, 0), (184, 0, 1), (56, 1, 0), (1057, 1, 1)];
        string lines = string.Concat(groups.SelectMany(group => Enumerable.Repeat($"1,x.jpg,0,{group.Label},{group.Attribute}\n", group.Count)));
        string metadata = _folder.Write("metadata.csv", "id,filename,split,y,a\n0,\"a, b.jpg\",1,0,0\n" + lines);
        string config = $$"""{ "metadata": {{JsonSerializer.Serialize(metadata)}}, "split": 0 }""";

        JsonElement result = await JsonOf("balancing imbalance", config);

        result.GetProperty("total").GetInt64().ShouldBe(4795);
        result.GetProperty("classes")[1].GetProperty("groups")[1].GetInt64().ShouldBe(1057);
        result.GetProperty("keptByGroupSubsampling").GetInt64().ShouldBe(4 * 56);
        result.GetProperty("classes")[1].GetProperty("givenAttribute")[0].GetDouble().ShouldBe(56.0 / 3554, 1e-15);
    }

    [Theory]
    [InlineData("id,y\n1,0\n", "no column 'a'")]
    [InlineData("y,a\n1,red\n", "line 2: a is 'red'")]
    [InlineData("y,a\n", "holds no examples")]
    public async Task Metadata_ThatIsNone_SaysWhere(string text, string expected)
    {
        string metadata = _folder.Write("metadata.csv", text);

        (int code, _, string error) = await Run("balancing imbalance", $$"""{ "metadata": {{JsonSerializer.Serialize(metadata)}} }""");

        code.ShouldBe((int)ExitCode.Configuration);
        error.ShouldContain(expected);
    }

    private async Task<(int Code, string Output, string Error)> Run(string command, string json)
    {
        using StringWriter output = new();
        using StringWriter error = new();
        string[] args = [.. command.Split(' '), "--config", _folder.Write($"{Guid.NewGuid():N}.json", json), "--json"];
        int code = await CommandHost.RunAsync(AnalyzeCommand.CreateRoot(), args, output, error, TestContext.Current.CancellationToken);
        // The table that people read is made of the same result.
        if (code == 0)
        {
            using StringWriter table = new();
            (await CommandHost.RunAsync(AnalyzeCommand.CreateRoot(), args[..^1], table, error, TestContext.Current.CancellationToken)).ShouldBe(0, error.ToString());
            table.ToString().ShouldContain("| ---");
        }

        return (code, output.ToString(), error.ToString());
    }

    private async Task<JsonElement> JsonOf(string command, string json)
    {
        (int code, string output, string error) = await Run(command, json);
        code.ShouldBe(0, error);
        return JsonDocument.Parse(output).RootElement;
    }
}
