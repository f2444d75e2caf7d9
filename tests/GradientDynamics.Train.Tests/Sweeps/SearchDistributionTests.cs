using System.Text.Json;
using GradientDynamics.CommandLine;
using GradientDynamics.Statistics;
using GradientDynamics.Train.Sampling;
using GradientDynamics.Train.Sweeps;

namespace GradientDynamics.Train.Tests.Sweeps;

public sealed class SearchDistributionTests
{
    private const int Count = 20_000;

    // The Kolmogorov-Smirnov distance of n draws from their own law is above 1.95/√n with probability 0.001; the seed is fixed.
    private static readonly double Distance = 1.95 / Math.Sqrt(Count);

    // The chi-square statistic of draws from their own law has a probability value below this once in ten thousand seeds.
    private const double SmallestProbability = 1e-4;

    [Fact]
    public void Uniform_DrawsItsLaw() => DistanceOf(new UniformDistribution { Lower = -2, Upper = 3 }, x => (x + 2) / 5).ShouldBeLessThan(Distance);

    [Fact]
    public void LogUniform_DrawsItsLaw() => DistanceOf(new LogUniformDistribution { Lower = 1e-5, Upper = 1e-1 }, x => Math.Log10(x / 1e-5) / 4).ShouldBeLessThan(Distance);

    [Fact]
    public void Normal_DrawsItsLaw() => DistanceOf(new NormalDistribution { Mean = 3, StandardDeviation = 0.5 }, x => Distributions.NormalCdf((x - 3) / 0.5)).ShouldBeLessThan(Distance);

    [Fact]
    public void Integers_DrawsBothBoundsAndAllBetweenEquallyOften() =>
        ProbabilityOf(new IntegersDistribution { Lower = -1, Upper = 4 }, [.. Enumerable.Range(-1, 6).Select(n => (n, 1 / 6.0))]).ShouldBeGreaterThan(SmallestProbability);

    [Fact]
    public void LogIntegers_DrawsNAsOftenAsTheLogarithmOfItsRatioToTheNext() =>
        ProbabilityOf(new LogIntegersDistribution { Lower = 1, Upper = 7 }, [.. Enumerable.Range(1, 7).Select(n => (n, Math.Log((n + 1.0) / n) / Math.Log(8)))]).ShouldBeGreaterThan(SmallestProbability);

    [Fact]
    public void Choice_DrawsEveryValueEquallyOften() =>
        ProbabilityOf(new ChoiceDistribution { Values = [Json("8"), Json("16"), Json("32")] }, [(8, 1 / 3.0), (16, 1 / 3.0), (32, 1 / 3.0)]).ShouldBeGreaterThan(SmallestProbability);

    [Theory]
    [InlineData("""{ "kind": "uniform", "lower": 1, "upper": 1 }""", "accepted is an upper above lower")]
    [InlineData("""{ "kind": "log-uniform", "lower": 0, "upper": 1 }""", "lower")]
    [InlineData("""{ "kind": "normal", "mean": 0, "standardDeviation": -1 }""", "standardDeviation")]
    [InlineData("""{ "kind": "integers", "lower": 3, "upper": 2 }""", "accepted is an upper above lower")]
    [InlineData("""{ "kind": "log-integers", "lower": 0, "upper": 2 }""", "lower")]
    [InlineData("""{ "kind": "choice", "values": [] }""", "values")]
    [InlineData("""{ "kind": "loguniform", "lower": 1, "upper": 2 }""", "did you mean 'log-uniform'?")]
    public void Wrong_IsRefusedByKey(string json, string part) =>
        Should.Throw<CommandException>(() => ConfigurationFile.Parse<SearchDistribution>(json, "search", [])).Message.ShouldContain(part);

    private static double[] Draws(SearchDistribution distribution)
    {
        Random random = new RunSeed(1).Stream("test");
        return [.. Enumerable.Range(0, Count).Select(_ => distribution.Draw(random)!.Value.GetDouble())];
    }

    private static double DistanceOf(SearchDistribution distribution, Func<double, double> cdf)
    {
        double[] draws = Draws(distribution);
        Array.Sort(draws);
        return draws.Index().Max(draw => Math.Max(Math.Abs(cdf(draw.Item) - ((double)draw.Index / Count)), Math.Abs(cdf(draw.Item) - ((draw.Index + 1.0) / Count))));
    }

    private static double ProbabilityOf(SearchDistribution distribution, (int Value, double Share)[] law)
    {
        Dictionary<double, int> counts = Draws(distribution).CountBy(value => value).ToDictionary();
        counts.Keys.ShouldBeSubsetOf(law.Select(entry => (double)entry.Value));
        double statistic = law.Sum(entry => Math.Pow(counts.GetValueOrDefault(entry.Value) - (Count * entry.Share), 2) / (Count * entry.Share));
        return Distributions.ChiSquareSurvival(statistic, law.Length - 1);
    }

    private static JsonElement Json(string text) => JsonElement.Parse(text);
}
