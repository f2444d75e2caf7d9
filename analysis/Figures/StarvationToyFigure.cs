using GradientDynamics.Analysis.GradientStarvation;
using MathNet.Numerics.LinearAlgebra;

namespace GradientDynamics.Analysis.Figures;

/// <summary>Appendix figure 4.1: two examples and two features, in the plane of the responses |z₁| and |z₂|.</summary>
internal static class StarvationToyFigure
{
    public static Figure Draw(Parameters parameters, CancellationToken cancellationToken)
    {
        List<Series> left = [];
        List<Series> right = [];
        List<Finding> findings = [];
        double primalDistance = 0;
        double dualDistance = 0;
        double decoupledSpread = 0;
        FixedPoint? decoupled = null;
        foreach ((int index, double first) in parameters.FirstStrengths.Index())
        {
            cancellationToken.ThrowIfCancellationRequested();
            LinearizedNetwork decay = LinearizedNetwork.TwoFeatures(parameters.Delta, first, parameters.SecondStrength, parameters.Lambda);
            LinearizedNetwork free = LinearizedNetwork.TwoFeatures(parameters.Delta, first, parameters.SecondStrength, parameters.DecouplingLambda, Regularizer.SpectralDecoupling);
            Vector<double>[] primal = [.. new PrimalDynamics(decay).Descend(parameters.PrimalLearningRate, parameters.Steps)];
            Vector<double>[] dual = [.. new DualDynamics(decay).Ascend(Vector<double>.Build.Dense(2, 1e-8), parameters.DualLearningRate, parameters.Steps).Select(decay.Responses)];
            Vector<double>[] spectral = [.. new PrimalDynamics(free).Descend(parameters.PrimalLearningRate, parameters.Steps)];
            FixedPoint optimum = FixedPoint.Find(decay);
            FixedPoint freeOptimum = FixedPoint.Find(free);
            decoupled ??= freeOptimum;
            decoupledSpread = Math.Max(decoupledSpread, (freeOptimum.Responses - decoupled.Responses).InfinityNorm());
            primalDistance = Math.Max(primalDistance, (primal[^1] - optimum.Responses).InfinityNorm());
            dualDistance = Math.Max(dualDistance, (dual[^1] - optimum.Responses).InfinityNorm());

            left.Add(Path($"s₁ = {first:G3}", primal, index, SeriesStyle.Solid));
            left.Add(Path(index == 0 ? "dual" : "", dual, index, SeriesStyle.Dashed));
            left.Add(Point(optimum.Responses, index));
            right.Add(Path(index == 0 ? "weight decay" : "", primal, index, SeriesStyle.Dotted));
            right.Add(Path($"s₁ = {first:G3}", spectral, index, SeriesStyle.Solid));
            right.Add(Point(freeOptimum.Responses, index));
            findings.Add(new Finding($"s₁ = {first:G3}: z₂ at the optimum with weight decay", Math.Abs(optimum.Responses[1])));
        }

        findings.Add(new Finding("largest distance of gradient descent's end from the optimum", primalDistance));
        findings.Add(new Finding("largest distance of dual ascent's end from the optimum", dualDistance));
        findings.Add(new Finding("spread of the optimum over s₁ with spectral decoupling", decoupledSpread));
        return new Figure
        {
            Name = "",
            Parameters = "",
            Title = "Two coupled features",
            Caption = $"Responses to two features of strengths s₁ and s₂ = {parameters.SecondStrength:G3} during training, coupled by δ = {parameters.Delta:G3}; dots are the fixed points by Newton's method. "
                + "Left: primal (solid) and dual dynamics (dashed) with weight decay end in the same point, and the stronger s₁, the lower z₂: it starves. "
                + "Right: with spectral decoupling (solid; weight decay dotted) the end does not depend on s₁. The dissertation's text gives U with δ = 0.6, its code and figure 0.5.",
            Panels =
            [
                new Panel { Title = "Primal and dual, weight decay", XLabel = "|z₁|", YLabel = "|z₂|", XLimits = (-0.5, 10.5), YLimits = (-0.1, 1.95), Series = left, Legend = LegendCorner.UpperLeft },
                new Panel { Title = "Spectral decoupling", XLabel = "|z₁|", YLabel = "|z₂|", XLimits = (-0.5, 10.5), YLimits = (-0.1, 1.95), Series = right, Legend = LegendCorner.UpperLeft },
            ],
            Findings = findings,
        };
    }

    private static Series Path(string label, Vector<double>[] path, int color, SeriesStyle style)
    {
        // Steps below a pixel's size add nothing to see.
        const double Visible = 0.01;
        List<Vector<double>> points = [path[0]];
        foreach (Vector<double> point in path)
        {
            if ((point - points[^1]).InfinityNorm() > Visible)
            {
                points.Add(point);
            }
        }

        points.Add(path[^1]);
        return new Series { Label = label, X = [.. points.Select(z => Math.Abs(z[0]))], Y = [.. points.Select(z => Math.Abs(z[1]))], Color = color, Style = style };
    }

    private static Series Point(Vector<double> z, int color) => new() { Label = "", X = [Math.Abs(z[0])], Y = [Math.Abs(z[1])], Color = color, Style = SeriesStyle.Points };

    internal sealed record Parameters
    {
        /// <summary>Coupling δ. Default 0.5.</summary>
        public double Delta { get; init; } = 0.5;

        /// <summary>Strengths of the first feature. Default 2 to 6.</summary>
        public IReadOnlyList<double> FirstStrengths { get; init; } = [2, 3, 4, 5, 6];

        /// <summary>Strength of the second feature. Default 2.</summary>
        public double SecondStrength { get; init; } = 2;

        /// <summary>Weight decay. Default 0.01.</summary>
        public double Lambda { get; init; } = 0.01;

        /// <summary>λ of spectral decoupling. Default 0.002.</summary>
        public double DecouplingLambda { get; init; } = 0.002;

        /// <summary>Step size of the primal descent. Default 0.05.</summary>
        public double PrimalLearningRate { get; init { ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value, nameof(PrimalLearningRate)); field = value; } } = 0.05;

        /// <summary>Step size of the dual ascent. Default 3e-6.</summary>
        public double DualLearningRate { get; init { ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value, nameof(DualLearningRate)); field = value; } } = 3e-6;

        /// <summary>Steps of each. Default 5,000.</summary>
        public int Steps { get; init { ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value, nameof(Steps)); field = value; } } = 5000;
    }
}
