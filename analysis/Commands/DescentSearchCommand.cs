using System.CommandLine;
using System.Text.Json.Serialization;
using GradientDynamics.Analysis.DoubleDescent;
using GradientDynamics.CommandLine;

namespace GradientDynamics.Analysis.Commands;

/// <summary><c>gd-analyze double-descent search</c>: optimal early stopping, and whether the error descends twice.</summary>
internal static class DescentSearchCommand
{
    public static Command Create() => Computation.Create<Configuration, Result>(
        "search", "Where the generalisation error turns over training time, when to stop, and whether there is a second descent, by the joint formula.", Compute, Table);

    private static Result Compute(Configuration configuration)
    {
        TeacherStudent problem = TeacherStudent.Bipartite(configuration.N, configuration.D, configuration.P, configuration.Kappa, configuration.SingularValue) with
        {
            NoiseVariance = configuration.NoiseVariance,
            Lambda = configuration.Lambda,
            LearningRate = configuration.Eta,
        };
        DescentSearch search = DescentSearch.Of(problem);
        return new Result(
            search.HasSecondDescent,
            double.IsInfinity(search.OptimalTime) ? null : search.OptimalTime,
            search.OptimalError,
            search.FinalError,
            [.. search.TurningPoints.Select(point => new Turn(point.Time, point.GeneralizationError, point.IsMinimum ? "minimum" : "maximum"))]);
    }

    private static ResultTable Table(Result result)
    {
        ResultTable table = new("point", ResultColumn.Number("t"), ResultColumn.Number("L_G"))
        {
            Title = result.SecondDescent ? "The error descends twice." : "The error does not descend twice.",
        };
        foreach (Turn turn in result.TurningPoints)
        {
            table.Add(turn.Kind, turn.Time.ToString("G6"), turn.GeneralizationError.ToString("F6"));
        }

        table.Add("optimal stopping", result.OptimalTime?.ToString("G6") ?? "never", result.OptimalError.ToString("F6"));
        return table.Add("end", "", result.FinalError.ToString("F6"));
    }

    internal sealed record Configuration
    {
        /// <summary>Training examples.</summary>
        public required int N { get; init; }

        /// <summary>Features.</summary>
        public required int D { get; init; }

        /// <summary>Fast features.</summary>
        public required int P { get; init; }

        /// <summary>Ratio of the singular values.</summary>
        public required double Kappa { get; init; }

        /// <summary>Singular value of the fast features. Default 0.5.</summary>
        public double SingularValue { get; init; } = 0.5;

        /// <summary>Variance of the noise on training targets. Default 0.</summary>
        public double NoiseVariance { get; init; }

        /// <summary>Weight decay. Default 0.</summary>
        public double Lambda { get; init; }

        /// <summary>Learning rate. Default 1.</summary>
        public double Eta { get; init; } = 1;
    }

    internal sealed record Result(bool SecondDescent, double? OptimalTime, double OptimalError, double FinalError, IReadOnlyList<Turn> TurningPoints);

    internal sealed record Turn([property: JsonPropertyName("t")] double Time, double GeneralizationError, string Kind);
}
