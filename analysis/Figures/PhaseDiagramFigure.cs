using GradientDynamics.Analysis.DoubleDescent;

namespace GradientDynamics.Analysis.Figures;

/// <summary>Figure 4.4: trajectories of (R, Q) over the generalisation error, and the curves they make.</summary>
internal static class PhaseDiagramFigure
{
    public static Figure Draw(Parameters parameters, CancellationToken cancellationToken)
    {
        double[] times = Grid.Logarithmic(0.1, 1e8, 400);
        List<Series> trajectories = [];
        List<Series> curves = [];
        List<Finding> findings = [];
        double slowest = parameters.Kappas.Max();
        List<(double, double, string)> points = [];
        foreach ((int index, double kappa) in parameters.Kappas.Index())
        {
            cancellationToken.ThrowIfCancellationRequested();
            TeacherStudent problem = TeacherStudent.Bipartite(parameters.N, parameters.D, parameters.P, kappa) with { NoiseVariance = parameters.NoiseVariance };
            OrderParameters[] path = [.. times.Select(time => parameters.Formula.At(problem, time))];
            OrderParameters[] other = [.. times.Select(time => (parameters.Formula == ScalarFormula.Published ? ScalarFormula.Joint : ScalarFormula.Published).At(problem, time))];
            trajectories.Add(new Series { Label = $"κ = {kappa:G6}", X = [.. path.Select(point => point.R)], Y = [.. path.Select(point => point.Q)], Color = Color(index), Style = Style(index) });
            curves.Add(new Series { Label = $"κ = {kappa:G6}", X = times, Y = [.. path.Select(point => point.GeneralizationError)], Color = Color(index), Style = Style(index) });
            findings.Add(new Finding($"κ = {kappa:G6}: largest difference between published and joint formula", path.Zip(other, (a, b) => Math.Abs(a.GeneralizationError - b.GeneralizationError)).Max()));
            if (kappa == slowest)
            {
                // The end of the first descent, and where it stays for as long as the slow features are not learned.
                double plateau = Math.Sqrt(kappa) * 100;
                OrderParameters best = path.Zip(times).Where(pair => pair.Second < plateau).MinBy(pair => pair.First.GeneralizationError).First;
                OrderParameters fitted = parameters.Formula.At(problem, plateau);
                OrderParameters end = parameters.Formula.At(problem, 1e14);
                points.Add((best.R, best.Q, "A"));
                points.Add((fitted.R, fitted.Q, "B"));
                points.Add((end.R, end.Q, "C"));
            }
        }

        string shown = parameters.Formula == ScalarFormula.Published ? "the published formulas (Eqs. 4.2.14, 4.2.15)" : "the joint formula";
        return new Figure
        {
            Name = "",
            Parameters = "",
            Title = "Phase diagram of the generalisation error",
            Caption = $"Left: L_G = (1 + Q − 2R)/2 over the alignment R and the modulated norm Q, with the trajectories of training by {shown}; A is the end of the first descent, B the overfitted state "
                + "while slow features are not learned, C the end. Right: the corresponding generalisation curves in the same colours. With --set formula=joint (or published) the other formula is drawn.",
            Panels =
            [
                new Panel
                {
                    Title = "Phase diagram",
                    XLabel = "R, alignment with the teacher",
                    YLabel = "Q, modulated norm",
                    Series = trajectories,
                    XLimits = (0, 1.05),
                    YLimits = (0, 1.3),
                    HeatMap = Field(),
                    Annotations = points,
                    Legend = LegendCorner.UpperLeft,
                },
                new Panel { Title = "Generalisation over time", XLabel = "training time t", YLabel = "generalisation error", XLogarithmic = true, XLimits = (0.1, 1e8), YLimits = (0, 0.5), Series = curves, Legend = LegendCorner.None },
            ],
            Findings = findings,
        };
    }

    private static HeatMap Field()
    {
        double[] r = Grid.Linear(0, 1.05, 85);
        double[] q = Grid.Linear(0, 1.3, 105);
        return new HeatMap { Label = "generalisation error", X = r, Y = q, Values = [.. q.Select(y => r.Select(x => Math.Max(0, new OrderParameters(x, y).GeneralizationError)).ToArray())] };
    }

    // On Viridis the light and warm colours of the palette stand out; seven trajectories need two line styles.
    private static int Color(int index) => (index % 4) switch { 0 => 1, 1 => 3, 2 => 6, _ => 4 };

    private static SeriesStyle Style(int index) => index < 4 ? SeriesStyle.Solid : SeriesStyle.Dashed;

    internal sealed record Parameters
    {
        /// <summary>Training examples. Default 110.</summary>
        public int N { get; init; } = 110;

        /// <summary>Features. Default 100.</summary>
        public int D { get; init; } = 100;

        /// <summary>Fast features. Default 70.</summary>
        public int P { get; init; } = 70;

        /// <summary>Ratios of the singular values. Default 1, 7, 12, 30, 100, 1000, 100000.</summary>
        public IReadOnlyList<double> Kappas { get; init; } = [1, 7, 12, 30, 100, 1000, 1e5];

        /// <summary>Variance of the noise on training targets. Default 0.</summary>
        public double NoiseVariance { get; init; }

        /// <summary>Which formula. Default published, as in the papers.</summary>
        public ScalarFormula Formula { get; init; }
    }
}
