using System.CommandLine;
using System.Text.Json.Serialization;
using GradientDynamics.Analysis.DoubleDescent;
using GradientDynamics.CommandLine;

namespace GradientDynamics.Analysis.Commands;

/// <summary><c>gd-analyze double-descent exact</c>: gradient descent on given data by eigendecomposition.</summary>
internal static class DoubleDescentExactCommand
{
    public static Command Create() => Computation.Create<Configuration, Result>(
        "exact", "R, Q, the generalisation error and the weights of gradient descent on explicit data, by eigendecomposition.", Compute, Table);

    private static Result Compute(Configuration configuration)
    {
        StudentSpectrum spectrum = StudentSpectrum.Of(configuration.Draw());
        double learningRate = configuration.Eta ?? spectrum.LearningRate(configuration.Lambda);
        List<Point> points = [];
        foreach (double time in configuration.Times)
        {
            SpectralFilter filter = spectrum.GradientDescent(time, learningRate, configuration.Lambda);
            OrderParameters parameters = spectrum.OfDraw(filter);
            points.Add(new Point(time, parameters.R, parameters.Q, parameters.GeneralizationError, spectrum.TestError(filter), [.. spectrum.Weights(filter)]));
        }

        return new Result(learningRate, 2 / (spectrum.LargestEigenvalue + configuration.Lambda), [.. spectrum.Eigenvalues], points);
    }

    private static ResultTable Table(Result result)
    {
        ResultTable table = new(ResultColumn.Number("t"), ResultColumn.Number("R"), ResultColumn.Number("Q"), ResultColumn.Number("L_G"), ResultColumn.Number("test error"));
        foreach (Point point in result.Points)
        {
            table.Add(point.Time.ToString("G6"), point.R.ToString("F8"), point.Q.ToString("F8"), point.GeneralizationError.ToString("F8"), point.TestError.ToString("F8"));
        }

        return table;
    }

    internal sealed record Configuration : DrawConfiguration
    {
        /// <summary>Learning rate. Default 1/(λ_max + λ).</summary>
        public double? Eta { get; init; }

        /// <summary>Training times, zero or positive.</summary>
        public required IReadOnlyList<double> Times { get; init; }
    }

    internal sealed record Result(double Eta, double LargestStableEta, IReadOnlyList<double> Eigenvalues, IReadOnlyList<Point> Points);

    internal sealed record Point(
        [property: JsonPropertyName("t")] double Time, [property: JsonPropertyName("R")] double R, [property: JsonPropertyName("Q")] double Q, double GeneralizationError, double TestError, IReadOnlyList<double> Weights);
}
