using System.Globalization;
using GradientDynamics.Statistics;
using GradientDynamics.Train.Sweeps;

namespace GradientDynamics.Train.Tables;

/// <summary>Alexander and Govern's test that methods have the same mean of a figure.</summary>
/// <param name="PValue">Probability value; null where there is no test.</param>
/// <param name="Text">The outcome, or why there is none.</param>
internal readonly record struct SignificanceTest(double? PValue, string Text)
{
    /// <summary>Level below which a difference counts as significant, as in Idrissi et al., 2022.</summary>
    public const double Level = 0.05;

    private const double SmallestPrinted = 1e-4;

    /// <summary>Whether the means differ significantly.</summary>
    public bool IsSignificant => PValue < Level;

    /// <summary>Tests a figure of the chosen combinations of several methods.</summary>
    public static SignificanceTest Of(IReadOnlyList<CollectedCell> cells, string figure)
    {
        if (cells.Count < 2)
        {
            return new(null, "no test of a single method");
        }

        double[][] samples = [.. cells.Select(cell => cell.Combinations[0].Figures[figure].Values.ToArray())];
        if (samples.Any(sample => sample.Length < 2))
        {
            return new(null, "no test with a single seed");
        }

        if (samples.Any(sample => sample.All(value => value == sample[0])))
        {
            return new(null, "no test where a method has the same value with every seed");
        }

        TestResult result = AlexanderGovern.Test(samples);
        string probability = result.PValue < SmallestPrinted ? "p < 0.0001" : string.Create(CultureInfo.InvariantCulture, $"p = {result.PValue:G2}");
        return new(result.PValue, string.Create(CultureInfo.InvariantCulture, $"A = {result.Statistic:F2}, {probability}"));
    }
}
