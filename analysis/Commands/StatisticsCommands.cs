using System.CommandLine;
using GradientDynamics.Analysis.Numerics;
using GradientDynamics.CommandLine;
using GradientDynamics.Statistics;

namespace GradientDynamics.Analysis.Commands;

/// <summary><c>gd-analyze statistics alexander-govern</c> and <c>lambert-w</c>.</summary>
internal static class StatisticsCommands
{
    public static Command CreateAlexanderGovern() => Computation.Create<GroupsConfiguration, TestResult>(
        "alexander-govern",
        "Alexander and Govern's test that samples of different variances have one mean.",
        configuration => AlexanderGovern.Test([.. configuration.Groups.Select(group => group.ToArray())]),
        result => new ResultTable(ResultColumn.Number("statistic"), ResultColumn.Number("p value")).Add(result.Statistic.ToString("G8"), result.PValue.ToString("G8")));

    public static Command CreateLambertW() => Computation.Create<LambertWConfiguration, LambertWResult>(
        "lambert-w",
        "A real branch of the Lambert W function.",
        configuration => new LambertWResult(configuration.X, configuration.Branch, LambertW.Evaluate(configuration.X, configuration.Branch)),
        result => new ResultTable(ResultColumn.Number("x"), ResultColumn.Number("branch"), ResultColumn.Number("w")).Add(result.X.ToString("R"), $"{result.Branch}", result.W.ToString("R")));

    internal sealed record GroupsConfiguration
    {
        /// <summary>Samples, two or more of two or more values each.</summary>
        public required IReadOnlyList<IReadOnlyList<double>> Groups { get; init; }
    }

    internal sealed record LambertWConfiguration
    {
        /// <summary>Argument.</summary>
        public required double X { get; init; }

        /// <summary>0 or −1. Default 0.</summary>
        public int Branch { get; init; }
    }

    internal sealed record LambertWResult(double X, int Branch, double W);
}
