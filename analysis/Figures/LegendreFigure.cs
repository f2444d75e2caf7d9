using GradientDynamics.Analysis.GradientStarvation;

namespace GradientDynamics.Analysis.Figures;

/// <summary>Appendix 5: losses of the margin as the upper envelope of their tangents.</summary>
internal static class LegendreFigure
{
    public static Figure Draw(Parameters parameters, CancellationToken cancellationToken)
    {
        double[] margins = Grid.Linear(-3, 3, 241);
        List<Panel> panels = [];
        double gap = 0;
        foreach (LegendreDual dual in (LegendreDual[])[LegendreDual.CrossEntropy, LegendreDual.Hinge, LegendreDual.SquaredError])
        {
            cancellationToken.ThrowIfCancellationRequested();
            List<Series> series = [new Series { Label = dual.Name, X = margins, Y = [.. margins.Select(dual.Loss)], Color = 0 }];
            foreach ((int index, double at) in parameters.TangentMargins.Index())
            {
                double alpha = dual.Maximizer(at);
                series.Add(new Series { Label = $"α = {alpha:G3}", X = margins, Y = [.. margins.Select(margin => dual.Bound(alpha, margin))], Color = 1, Style = index % 2 == 0 ? SeriesStyle.Dashed : SeriesStyle.Dotted });
                series.Add(new Series { Label = "", X = [at, 0], Y = [dual.Loss(at), dual.Intercept(alpha)], Color = 6, Style = SeriesStyle.Points });
            }

            gap = Math.Max(gap, margins.Max(margin => Math.Abs(dual.Loss(margin) - dual.Bound(dual.Maximizer(margin), margin))));
            panels.Add(new Panel { Title = dual.Name, XLabel = "margin w = yŷ", YLabel = "loss", Series = series, XLimits = (-3, 3), YLimits = (-1, 4.5) });
        }

        return new Figure
        {
            Name = "",
            Parameters = "",
            Title = "Legendre transforms of losses",
            Caption = "Each loss (solid) is the largest of its tangents Intercept(α) − αw (dashed, dotted; App. .5.1 and Table 2); dots are the points of contact and the intercepts at w = 0. "
                + "For the squared loss (1 − w)² the intercept is α − α²/4, where Table 2 prints α − α²/2.",
            Panels = panels,
            Findings = [new Finding("largest gap between a loss and its best tangent", gap)],
        };
    }

    internal sealed record Parameters
    {
        /// <summary>Margins at which tangents touch. Default −1 and 0.6.</summary>
        public IReadOnlyList<double> TangentMargins { get; init; } = [-1, 0.6];
    }
}
