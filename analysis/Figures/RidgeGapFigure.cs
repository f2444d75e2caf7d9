using GradientDynamics.Analysis.DoubleDescent;

namespace GradientDynamics.Analysis.Figures;

/// <summary>Gradient descent at step t beside ridge regression with coefficient λ + 1/(ηt), and the ratio of their errors beside Ali et al.'s bound.</summary>
internal static class RidgeGapFigure
{
    public static Figure Draw(Parameters parameters, CancellationToken cancellationToken)
    {
        double[] times = Grid.Logarithmic(1, 1e6, 100);
        TeacherStudent problem = TeacherStudent.Bipartite(parameters.N, parameters.D, parameters.P, parameters.Kappa, 1) with
        {
            NoiseVariance = parameters.NoiseVariance,
            LearningRate = parameters.Eta,
        };
        IReadOnlyList<double[][]> draws = Draws.Of(
            problem,
            parameters.Seeds,
            spectrum =>
            {
                double learningRate = Math.Min(parameters.Eta, spectrum.LearningRate());
                RidgeComparison[] comparisons = [.. times.Select(time => RidgeComparison.Of(spectrum, time, learningRate, 0, problem.NoiseVariance))];
                return new double[][]
                {
                    [.. comparisons.Select(comparison => comparison.Descent.GeneralizationError)],
                    [.. comparisons.Select(comparison => comparison.Ridge.GeneralizationError)],
                    [.. comparisons.Select(comparison => comparison.Flow.GeneralizationError / comparison.Ridge.GeneralizationError)],
                };
            },
            cancellationToken);
        Band descent = Band.Of([.. draws.Select(curves => curves[0])]);
        Band ridge = Band.Of([.. draws.Select(curves => curves[1])]);
        Band ratio = Band.Of([.. draws.Select(curves => curves[2])]);
        double[] joint = [.. times.Select(time => JointEquivalent.GeneralizationError(problem, problem.TotalRegularization(time)))];
        return new Figure
        {
            Name = "",
            Parameters = "",
            Title = "Gradient descent is not quite ridge regression",
            Caption = $"Left: generalisation error, averaged over teachers and {parameters.Seeds} sets of inputs, of gradient descent at step t, of ridge regression at 1/(ηt), and the joint formula for the latter. "
                + "Right: ratio of gradient flow's error to ridge regression's with its standard deviation, and Ali et al.'s bound of 1.6862, which holds for the risk in sample and for isotropic inputs.",
            Panels =
            [
                new Panel
                {
                    Title = "Error over time", XLabel = "training time t", YLabel = "generalisation error", XLogarithmic = true, XLimits = (1, 1e6), YLimits = (0, 0.5),
                    Series =
                    [
                        descent.Series("gradient descent", times, 1),
                        ridge.Series("ridge regression", times, 0),
                        new Series { Label = "joint formula", X = times, Y = joint, Color = 0 },
                    ],
                },
                new Panel
                {
                    Title = "Gradient flow over ridge", XLabel = "training time t", YLabel = "ratio of errors", XLogarithmic = true, XLimits = (1, 1e6), YLimits = (0, 2),
                    Series =
                    [
                        ratio.Series("ratio", times, 2),
                        new Series { Label = "bound 1.6862", X = [1, 1e6], Y = [RidgeComparison.RiskRatioBound, RidgeComparison.RiskRatioBound], Color = 6, Style = SeriesStyle.Dotted },
                    ],
                },
            ],
            Findings =
            [
                new Finding("largest difference between gradient descent and ridge regression", descent.LargestDifference(ridge.Mean)),
                new Finding("largest difference between ridge regression and the joint formula", ridge.LargestDifference(joint)),
                new Finding("largest ratio of gradient flow's error to ridge regression's", draws.Max(curves => curves[2].Max())),
            ],
        };
    }

    internal sealed record Parameters
    {
        /// <summary>Training examples. Default 150.</summary>
        public int N { get; init; } = 150;

        /// <summary>Features. Default 100.</summary>
        public int D { get; init; } = 100;

        /// <summary>Fast features. Default 60.</summary>
        public int P { get; init; } = 60;

        /// <summary>Ratio of the singular values. Default 50.</summary>
        public double Kappa { get; init; } = 50;

        /// <summary>Learning rate; lowered to 1/λ_max where it is larger. Default 0.15.</summary>
        public double Eta { get; init { ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value, nameof(Eta)); field = value; } } = 0.15;

        /// <summary>Variance of the noise on training targets. Default 0.04.</summary>
        public double NoiseVariance { get; init; } = 0.04;

        /// <summary>Draws. Default 50.</summary>
        public int Seeds { get; init { ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value, nameof(Seeds)); field = value; } } = 50;
    }
}
