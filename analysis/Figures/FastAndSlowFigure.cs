using GradientDynamics.Analysis.DoubleDescent;

namespace GradientDynamics.Analysis.Figures;

/// <summary>Figure 4.1: training on fast features alone, slow features alone, and both.</summary>
internal static class FastAndSlowFigure
{
    // A singular value so small that its features are not learned at any time drawn.
    private const double Untrained = 1e-12;

    public static Figure Draw(Parameters parameters, CancellationToken cancellationToken)
    {
        double[] times = Grid.Logarithmic(1, 1e5, 160);
        TeacherStudent both = TeacherStudent.Bipartite(parameters.N, parameters.D, parameters.P, parameters.Kappa);
        TeacherStudent fast = both with { Blocks = [both.Blocks[0], both.Blocks[1] with { SingularValue = Untrained }] };
        TeacherStudent slow = both with { Blocks = [both.Blocks[0] with { SingularValue = Untrained }, both.Blocks[1]] };
        Band simulated = Simulate(parameters, times, cancellationToken);
        double[] joint = Joint(both, times);
        double[] published = Published(both, times);
        return new Figure
        {
            Name = "",
            Parameters = "",
            Title = "Two time scales make two descents",
            Caption = "Generalisation error over training time by the joint formula (solid) and the published formulas (dotted, Eqs. 4.2.14, 4.2.15), at ridge coefficient 4/t for unit singular values. "
                + $"Left: only fast or only slow features are trained; the others act as noise. Right: both; dashed is gradient descent (η = 1/λ_max), mean and standard deviation of {parameters.Seeds} draws.",
            Panels =
            [
                Panel("One kind of feature trained", [
                    Line("fast, joint", times, Joint(fast, times), 0, SeriesStyle.Solid),
                    Line("fast, published", times, Published(fast, times), 0, SeriesStyle.Dotted),
                    Line("slow, joint", times, Joint(slow, times), 1, SeriesStyle.Solid),
                    Line("slow, published", times, Published(slow, times), 1, SeriesStyle.Dotted),
                ]),
                Panel("Both trained", [
                    simulated.Series("gradient descent", times, 7),
                    Line("joint", times, joint, 2, SeriesStyle.Solid),
                    Line("published", times, published, 2, SeriesStyle.Dotted),
                ]),
            ],
            Findings =
            [
                new Finding("largest difference between published and joint formula", published.Zip(joint, (a, b) => Math.Abs(a - b)).Max()),
                new Finding("largest difference between gradient descent and the joint formula of ridge regression", simulated.LargestDifference(joint)),
                new Finding("maximum of the published curve", published.Skip(60).Max()),
            ],
        };
    }

    private static Band Simulate(Parameters parameters, double[] times, CancellationToken cancellationToken)
    {
        TeacherStudent problem = TeacherStudent.Bipartite(parameters.N, parameters.D, parameters.P, parameters.Kappa, 1);
        return Band.Of(Draws.Of(problem, parameters.Seeds, spectrum => times.Select(time => spectrum.TestError(spectrum.GradientDescent(time, spectrum.LearningRate()))).ToArray(), cancellationToken));
    }

    private static double[] Joint(TeacherStudent problem, double[] times) => [.. times.Select(time => JointEquivalent.GeneralizationError(problem, problem.TotalRegularization(time)))];

    private static double[] Published(TeacherStudent problem, double[] times) => [.. times.Select(time => PublishedScalarFormulas.TwoBlocks(problem, problem.TotalRegularization(time)).Total.GeneralizationError)];

    private static Series Line(string label, double[] x, double[] y, int color, SeriesStyle style) => new() { Label = label, X = x, Y = y, Color = color, Style = style };

    private static Panel Panel(string title, IReadOnlyList<Series> series)
        => new() { Title = title, XLabel = "training time t", YLabel = "generalisation error", XLogarithmic = true, XLimits = (1, 1e5), YLimits = (0, 0.7), Series = series };

    internal sealed record Parameters
    {
        /// <summary>Training examples. Default 130.</summary>
        public int N { get; init; } = 130;

        /// <summary>Features. Default 100.</summary>
        public int D { get; init; } = 100;

        /// <summary>Fast features. Default 70.</summary>
        public int P { get; init; } = 70;

        /// <summary>Ratio of the singular values. Default 100.</summary>
        public double Kappa { get; init; } = 100;

        /// <summary>Draws. Default 100.</summary>
        public int Seeds { get; init { ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value, nameof(Seeds)); field = value; } } = 100;
    }
}
