using GradientDynamics.Analysis.LinearNetworks;

namespace GradientDynamics.Analysis.Figures;

/// <summary>Figure 2.3: u(t) for several singular values, and the (a, b) plane with its hyperbolas.</summary>
internal static class ModeLearningFigure
{
    public static Figure Draw(Parameters parameters, CancellationToken cancellationToken)
    {
        double[] times = Grid.Linear(0, parameters.EndTime, 200);
        List<Series> curves = [];
        double largest = 0;
        foreach ((int index, double s) in parameters.SingularValues.Index())
        {
            cancellationToken.ThrowIfCancellationRequested();
            double[] closed = [.. times.Select(time => ModeDynamics.Strength(time, s, parameters.Start, parameters.TimeConstant))];
            double amplitude = Math.Sqrt(parameters.Start);
            double[] integrated = [.. ModeDynamics.Path(amplitude, amplitude, s, times, parameters.TimeConstant).Select(point => point.Input * point.Output)];
            largest = Math.Max(largest, closed.Zip(integrated, (a, b) => Math.Abs(a - b)).Max());
            curves.Add(new Series { Label = $"s = {s:G3}", X = times, Y = closed, Color = index });
        }

        return new Figure
        {
            Name = "",
            Parameters = "",
            Title = "Modes of a two-layer linear network",
            Caption = "Left: strength u = ab of modes with different singular values s (Eq. 2.2.22); the larger s, the earlier the rise. Right: the plane of a and b (Eqs. 2.2.15, 2.2.16); "
                + "arrows are the direction of the flow, green are two trajectories on hyperbolas a² − b² = c, orange the solutions ab = s.",
            Panels =
            [
                new Panel { Title = "Sigmoidal learning", XLabel = "time t", YLabel = "strength u = ab", Series = curves, Legend = LegendCorner.UpperLeft, YLimits = (0, parameters.SingularValues.Max() * 1.12) },
                Portrait(parameters.PortraitSingularValue),
            ],
            Findings = [new Finding("largest difference between the closed form and the integrated modes", largest)],
        };
    }

    private static Panel Portrait(double s)
    {
        const double Limit = 2;
        List<Series> series = [];
        double[] grid = Grid.Linear(-1.85, 1.85, 17);
        foreach (double a in grid)
        {
            foreach (double b in grid)
            {
                double error = s - (a * b);
                double norm = double.Hypot(b * error, a * error);
                if (norm > 1e-9)
                {
                    double length = 0.12 * Math.Min(1, norm);
                    double da = b * error / norm * length;
                    double db = a * error / norm * length;
                    series.Add(new Series { Label = "", X = [a, a + da], Y = [b, b + db], Color = 7 });
                    series.Add(new Series { Label = "", X = [a + (0.7 * da) - (0.2 * db), a + da, a + (0.7 * da) + (0.2 * db)], Y = [b + (0.7 * db) + (0.2 * da), b + db, b + (0.7 * db) - (0.2 * da)], Color = 7 });
                }
            }
        }

        double[] branch = Grid.Linear(s / Limit, Limit, 100);
        series.Add(new Series { Label = "ab = s", X = branch, Y = [.. branch.Select(a => s / a)], Color = 1 });
        series.Add(new Series { Label = "", X = [.. branch.Select(a => -a)], Y = [.. branch.Select(a => -s / a)], Color = 1 });
        double[] times = Grid.Linear(0, 12, 200);
        string label = "trajectories";
        foreach ((double a, double b) in ((double, double)[])[(0.7, -0.6), (-1.2, 0.25)])
        {
            IReadOnlyList<(double Input, double Output)> path = ModeDynamics.Path(a, b, s, times);
            series.Add(new Series { Label = label, X = [.. path.Select(point => point.Input)], Y = [.. path.Select(point => point.Output)], Color = 2 });
            label = "";
        }

        return new Panel { Title = $"Phase portrait, s = {s:G3}", XLabel = "a", YLabel = "b", Series = series, XLimits = (-Limit, Limit), YLimits = (-Limit, Limit), Legend = LegendCorner.UpperLeft };
    }

    internal sealed record Parameters
    {
        /// <summary>Singular values. Default 1 to 5.</summary>
        public IReadOnlyList<double> SingularValues { get; init; } = [1, 2, 3, 4, 5];

        /// <summary>Strength at the start. Default 0.001.</summary>
        public double Start { get; init { ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value, nameof(Start)); field = value; } } = 0.001;

        /// <summary>Time constant. Default 1.</summary>
        public double TimeConstant { get; init { ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value, nameof(TimeConstant)); field = value; } } = 1;

        /// <summary>Last time. Default 6.</summary>
        public double EndTime { get; init { ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value, nameof(EndTime)); field = value; } } = 6;

        /// <summary>Singular value of the phase portrait. Default 1.</summary>
        public double PortraitSingularValue { get; init { ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value, nameof(PortraitSingularValue)); field = value; } } = 1;
    }
}
