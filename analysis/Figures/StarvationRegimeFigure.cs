using GradientDynamics.Analysis.GradientStarvation;

namespace GradientDynamics.Analysis.Figures;

/// <summary>Where and how strongly one feature starves another.</summary>
internal static class StarvationRegimeFigure
{
    public static Figure Draw(Parameters parameters, CancellationToken cancellationToken)
    {
        double[] strengths = Grid.Linear(parameters.SecondStrength, 4 * parameters.SecondStrength, 49);
        double[] deltas = Grid.Linear(0, 0.7, 43);
        double[][] values = new double[deltas.Length][];
        Parallel.For(0, deltas.Length, new ParallelOptions { CancellationToken = cancellationToken }, row =>
            values[row] = [.. strengths.Select(first => Starvation.RegimeOf(first, parameters.SecondStrength, deltas[row], parameters.Lambda).RelativeResponse)]);
        double[] fine = Grid.Logarithmic(1e-3, 0.7, 60);
        List<Series> derivatives = [];
        foreach ((int index, double lambda) in parameters.Lambdas.Index())
        {
            Starvation.Regime[] regimes = [.. fine.Select(delta => Starvation.RegimeOf(parameters.FirstStrength, parameters.SecondStrength, delta, lambda))];
            derivatives.Add(new Series { Label = $"λ = {lambda:G2}, exact", X = fine, Y = [.. regimes.Select(regime => -regime.Derivative)], Color = index });
            derivatives.Add(new Series { Label = index == 0 ? "first order in δ" : "", X = fine, Y = [.. regimes.Select(regime => -regime.FirstOrder)], Color = index, Style = SeriesStyle.Dotted });
        }

        return new Figure
        {
            Name = "",
            Parameters = "",
            Title = "Regimes of gradient starvation",
            Caption = $"Left: response z₂ relative to what it is at s₁ = s₂ = {parameters.SecondStrength:G3}, over the excess strength of the first feature and the coupling δ at λ = {parameters.Lambda:G2}; below 1 the second feature is starved. "
                + $"Right: the starvation criterion −dz₂/d(s₁²) at s₁ = {parameters.FirstStrength:G3} (Thm. 6.3.5), exact (solid) and to first order in δ (dotted, Eq. .5.47).",
            Panels =
            [
                new Panel
                {
                    Title = "Relative response z₂", XLabel = "strength s₁", YLabel = "coupling δ", Series = [], XLimits = (strengths[0], strengths[^1]), YLimits = (0, 0.7),
                    HeatMap = new HeatMap { Label = "z₂ relative to s₁ = s₂", X = strengths, Y = deltas, Values = values },
                },
                new Panel { Title = "Starvation criterion", XLabel = "coupling δ", YLabel = "−dz₂/d(s₁²)", XLogarithmic = true, YLogarithmic = true, XLimits = (1e-3, 0.7), Series = derivatives, Legend = LegendCorner.UpperLeft },
            ],
        };
    }

    internal sealed record Parameters
    {
        /// <summary>Strength of the second feature. Default 2.</summary>
        public double SecondStrength { get; init { ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value, nameof(SecondStrength)); field = value; } } = 2;

        /// <summary>Strength of the first feature in the right panel. Default 3.</summary>
        public double FirstStrength { get; init { ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value, nameof(FirstStrength)); field = value; } } = 3;

        /// <summary>Weight decay of the left panel. Default 0.01.</summary>
        public double Lambda { get; init { ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value, nameof(Lambda)); field = value; } } = 0.01;

        /// <summary>Weight decays of the right panel. Default 0.001, 0.01, 0.1, 1.</summary>
        public IReadOnlyList<double> Lambdas { get; init; } = [0.001, 0.01, 0.1, 1];
    }
}
