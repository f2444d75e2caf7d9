using GradientDynamics.Analysis.DoubleDescent;
using GradientDynamics.Analysis.Numerics;

namespace GradientDynamics.Analysis.Figures;

/// <summary>Figure 4.2: the teacher's latent features, the student's modulated inputs, and how fast each direction is learned.</summary>
internal static class TeacherStudentFigure
{
    public static Figure Draw(Parameters parameters, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        GaussianSource source = new(parameters.Seed);
        // F = UΣVᵀ of two features with U = I, so that x = Fᵀz = VΣz, and V a rotation.
        double angle = parameters.Angle * Math.PI / 180;
        (double X, double Y) Student(double z1, double z2)
        {
            double fast = z1;
            double slow = z2 / parameters.Kappa;
            return ((Math.Cos(angle) * fast) - (Math.Sin(angle) * slow), (Math.Sin(angle) * fast) + (Math.Cos(angle) * slow));
        }

        (double X, double Y)[] latent = [.. Enumerable.Range(0, parameters.Points).Select(_ => (source.Next() / Math.Sqrt(2), source.Next() / Math.Sqrt(2)))];
        (double X, double Y) teacher = (1, 1);
        bool[] positive = [.. latent.Select(z => (z.X * teacher.X) + (z.Y * teacher.Y) > 0)];
        (double X, double Y)[] inputs = [.. latent.Select(z => Student(z.X, z.Y))];

        TeacherStudent problem = TeacherStudent.Bipartite(parameters.N, parameters.D, parameters.P, parameters.Kappa);
        double[] times = Grid.Logarithmic(0.1, 1e4 * parameters.Kappa, 200);
        JointPoint[] path = [.. times.Select(time => JointEquivalent.At(problem, problem.TotalRegularization(time)))];
        double[] Share(int block) => [.. path.Select(point => point.R[block] * parameters.D / problem.Blocks[block].Dimension)];
        return new Figure
        {
            Name = "",
            Parameters = "",
            Title = "Teacher and student",
            Caption = $"Left: latent features z, from which the teacher makes the target y = zᵀw; colours are the sign of y. Middle: what the student sees, x = Fᵀz, with the singular values 1 and 1/κ, κ = {parameters.Kappa:G4} (Eqs. 4.2.1, 4.2.2). "
                + "Lines are F's singular directions. Right: share R of the teacher that the student has learned in the fast and in the slow direction over training time, by the joint formula: "
                + "directions of large variance are learned κ² times sooner.",
            Panels =
            [
                Plane("Teacher: latent features z", "z₁", "z₂", latent, positive, [Line("fast", (1, 0), 3), Line("slow", (0, 1), 4), Line("teacher w", teacher, 6, SeriesStyle.Dashed)]),
                Plane("Student: inputs x = Fᵀz", "x₁", "x₂", inputs, positive, [Line("fast", Student(1, 0), 3), Line("slow", Student(0, 1), 4)]),
                new Panel
                {
                    Title = "Learned by the student",
                    XLabel = "training time t",
                    YLabel = "share of the teacher learned",
                    XLogarithmic = true,
                    YLimits = (0, 1.25),
                    Legend = LegendCorner.UpperLeft,
                    Series =
                    [
                        new Series { Label = "fast features", X = times, Y = Share(0), Color = 3 },
                        new Series { Label = "slow features", X = times, Y = Share(1), Color = 4, Style = SeriesStyle.Dashed },
                    ],
                },
            ],
        };
    }

    private static Panel Plane(string title, string x, string y, (double X, double Y)[] points, bool[] positive, IReadOnlyList<Series> lines)
    {
        const double Limit = 3;
        Series Cloud(bool sign, string label, int color)
        {
            (double X, double Y)[] part = [.. points.Where((_, i) => positive[i] == sign)];
            return new Series { Label = label, X = [.. part.Select(point => point.X)], Y = [.. part.Select(point => point.Y)], Color = color, Style = SeriesStyle.Dots };
        }

        return new Panel { Title = title, XLabel = x, YLabel = y, XLimits = (-Limit, Limit), YLimits = (-Limit, Limit), Series = [Cloud(true, "y > 0", 0), Cloud(false, "y < 0", 1), .. lines] };
    }

    private static Series Line(string label, (double X, double Y) direction, int color, SeriesStyle style = SeriesStyle.Solid)
        => new() { Label = label, X = [-1.6 * direction.X, 1.6 * direction.X], Y = [-1.6 * direction.Y, 1.6 * direction.Y], Color = color, Style = style };

    internal sealed record Parameters
    {
        /// <summary>Ratio of the singular values. Default 5.</summary>
        public double Kappa { get; init { ArgumentOutOfRangeException.ThrowIfLessThan(value, 1, nameof(Kappa)); field = value; } } = 5;

        /// <summary>Angle in degrees by which F turns the latent features. Default 30.</summary>
        public double Angle { get; init; } = 30;

        /// <summary>Points drawn. Default 250.</summary>
        public int Points { get; init { ArgumentOutOfRangeException.ThrowIfLessThan(value, 10, nameof(Points)); field = value; } } = 250;

        /// <summary>Seed of the points. Default 1.</summary>
        public int Seed { get; init; } = 1;

        /// <summary>Training examples in the right panel. Default 150.</summary>
        public int N { get; init; } = 150;

        /// <summary>Features in the right panel. Default 100.</summary>
        public int D { get; init; } = 100;

        /// <summary>Fast features in the right panel. Default 50.</summary>
        public int P { get; init; } = 50;
    }
}
