using GradientDynamics.Analysis.DoubleDescent;

namespace GradientDynamics.Analysis.Figures;

/// <summary>Figure 4.6, left: gradient descent with and without a fading penalty on the outputs.</summary>
internal static class QRegularizationFigure
{
    public static Figure Draw(Parameters parameters, CancellationToken cancellationToken)
    {
        int[] steps = [.. Grid.Logarithmic(1, parameters.Steps, 120).Select(step => (int)Math.Round(step)).Distinct()];
        double[] x = [.. steps.Select(step => (double)step)];
        TeacherStudent problem = TeacherStudent.Bipartite(parameters.N, parameters.D, parameters.P, parameters.Kappa, 1);
        QRegularization penalty = new() { Strength = parameters.Strength, Decay = parameters.Decay };
        IReadOnlyList<double[][]> draws = Draws.Of(
            problem,
            parameters.Seeds,
            spectrum =>
            {
                double learningRate = spectrum.LearningRate();
                return new double[][]
                {
                    [.. steps.Select(step => spectrum.TestError(spectrum.GradientDescent(step, learningRate)))],
                    [.. penalty.Run(spectrum, learningRate, steps).Select(spectrum.TestError)],
                };
            },
            cancellationToken);
        Band without = Band.Of([.. draws.Select(curves => curves[0])]);
        Band with = Band.Of([.. draws.Select(curves => curves[1])]);
        return new Figure
        {
            Name = "",
            Parameters = "",
            Title = "A penalty on Q",
            Caption = $"Generalisation error of gradient descent without and with the penalty α_t‖ŷ‖² (Lemma 4.3.1), α_t = {parameters.Strength:G3}·ln(1 + exp(−{parameters.Decay:G3}t))/ln 2: mean and standard deviation of {parameters.Seeds} draws.",
            Panels =
            [
                new Panel
                {
                    Title = "Linear teacher-student", XLabel = "training time t", YLabel = "generalisation error", XLogarithmic = true, XLimits = (1, parameters.Steps), YLimits = (0, 0.5),
                    Series = [without.Series("without", x, 1), with.Series("with the penalty", x, 0) with { Style = SeriesStyle.Solid }],
                },
            ],
            Findings =
            [
                new Finding("largest temporary rise without the penalty", Rise(without.Mean)),
                new Finding("largest temporary rise with the penalty", Rise(with.Mean)),
            ],
        };
    }

    // How far the curve climbs above what it had reached before.
    private static double Rise(double[] curve)
    {
        double lowest = curve[0];
        double rise = 0;
        foreach (double value in curve)
        {
            lowest = Math.Min(lowest, value);
            rise = Math.Max(rise, value - lowest);
        }

        return rise;
    }

    internal sealed record Parameters
    {
        /// <summary>Training examples. Default 120.</summary>
        public int N { get; init; } = 120;

        /// <summary>Features. Default 100.</summary>
        public int D { get; init; } = 100;

        /// <summary>Fast features. Default 70.</summary>
        public int P { get; init; } = 70;

        /// <summary>Ratio of the singular values. Default 30.</summary>
        public double Kappa { get; init; } = 30;

        /// <summary>Penalty at the start. Default 0.6.</summary>
        public double Strength { get; init; } = 0.6;

        /// <summary>Its decay per step. Default 0.001.</summary>
        public double Decay { get; init; } = 0.001;

        /// <summary>Steps of gradient descent. Default 100,000.</summary>
        public int Steps { get; init { ArgumentOutOfRangeException.ThrowIfLessThan(value, 10, nameof(Steps)); field = value; } } = 100_000;

        /// <summary>Draws. Default 100.</summary>
        public int Seeds { get; init { ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value, nameof(Seeds)); field = value; } } = 100;
    }
}
