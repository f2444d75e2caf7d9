using System.CommandLine;
using GradientDynamics.Analysis.GradientStarvation;
using GradientDynamics.CommandLine;
using MathNet.Numerics.LinearAlgebra;

namespace GradientDynamics.Analysis.Commands;

/// <summary><c>gd-analyze starvation fixed-point</c>: the optimum of a linearised network, and which feature starves which.</summary>
internal static class FixedPointCommand
{
    public static Command Create() => Computation.Create<Configuration, Result>(
        "fixed-point", "The optimum of training a linearised network with its certificate, and the derivatives of the responses by the squared strengths.", Compute, Table);

    private static Result Compute(Configuration configuration)
    {
        LinearizedNetwork network = configuration.Network();
        FixedPoint optimum = FixedPoint.Find(network, configuration.Method);
        Matrix<double> starvation = Starvation.Matrix(network);
        string? warning = network is { Regularizer: Regularizer.SpectralDecoupling, IsRankDeficient: true }
            ? $"The {network.FeatureCount} features span less than the {network.ExampleCount} examples: spectral decoupling decouples within their span only."
            : null;
        return new Result(
            [.. optimum.Dual], [.. optimum.Responses], optimum.Residual, optimum.IsAttractive, optimum.LargestEigenvalue, [.. starvation.EnumerateRows().Select(row => row.ToArray())], warning);
    }

    private static ResultTable Table(Result result)
    {
        ResultTable table = new(ResultColumn.Number("feature"), ResultColumn.Number("z"), "starved by")
        {
            Title = $"Residual {result.Residual:G3}, {(result.Attractive ? "attractive" : "not attractive")}. {result.Warning}".TrimEnd(),
        };
        for (int j = 0; j < result.Z.Count; j++)
        {
            string[] starving = [.. Enumerable.Range(0, result.Z.Count).Where(i => i != j && result.Starvation[j][i] * Math.Sign(result.Z[j]) < 0).Select(i => $"{i + 1}")];
            table.Add($"{j + 1}", result.Z[j].ToString("F8"), string.Join(", ", starving));
        }

        return table;
    }

    internal sealed record Configuration : StarvationComputations.NetworkConfiguration
    {
        /// <summary>How the optimum is sought. Default newton.</summary>
        public FixedPointMethod Method { get; init; }
    }

    internal sealed record Result(
        IReadOnlyList<double> Alpha, IReadOnlyList<double> Z, double Residual, bool Attractive, double LargestEigenvalue, IReadOnlyList<IReadOnlyList<double>> Starvation, string? Warning);
}
