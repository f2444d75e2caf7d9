using GradientDynamics.Analysis.DoubleDescent;

namespace GradientDynamics.Analysis.Figures;

/// <summary>Figure 4.5 c and d: the generalisation error over weight decay and training time, and three slices.</summary>
internal static class RegularizationMapFigure
{
    public static Figure Draw(Parameters parameters, CancellationToken cancellationToken)
    {
        double[] exponents = Grid.Linear(0.1, 8, parameters.Columns);
        double[] times = Grid.Logarithmic(1, 1e5, 120);
        double[][] columns = new double[exponents.Length][];
        double largest = 0;
        for (int i = 0; i < exponents.Length; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            TeacherStudent problem = Problem(parameters, exponents[i]);
            columns[i] = [.. times.Select(time => parameters.Formula.At(problem, time).GeneralizationError + (parameters.NoiseVariance / 2))];
            largest = Math.Max(largest, times.Max(time => Math.Abs(ScalarFormula.Published.At(problem, time).GeneralizationError - ScalarFormula.Joint.At(problem, time).GeneralizationError)));
        }

        HeatMap map = new()
        {
            Label = "error on noisy targets",
            X = [.. exponents.Select(exponent => Math.Pow(10, exponent))],
            Y = times,
            Values = [.. times.Select((_, row) => columns.Select(column => column[row]).ToArray())],
        };
        int[] slices = [exponents.Length / 10, 3 * exponents.Length / 10, exponents.Length - 1];
        string[] names = ["large", "intermediate", "small"];
        List<Series> curves = [];
        List<Series> marks = [];
        List<Finding> findings = [new Finding("largest difference between published and joint formula", largest)];
        for (int k = 0; k < slices.Length; k++)
        {
            double lambda = Math.Pow(10, -exponents[slices[k]]);
            TeacherStudent problem = Problem(parameters, exponents[slices[k]]);
            curves.Add(new Series { Label = $"{names[k]}, λ = {lambda:G2}", X = times, Y = columns[slices[k]], Color = k });
            ScalarFormula other = parameters.Formula == ScalarFormula.Published ? ScalarFormula.Joint : ScalarFormula.Published;
            curves.Add(new Series
            {
                Label = k == 0 ? $"{other.ToString().ToLowerInvariant()} formula" : "",
                X = times,
                Y = [.. times.Select(time => other.At(problem, time).GeneralizationError + (parameters.NoiseVariance / 2))],
                Color = k,
                Style = SeriesStyle.Dotted,
            });
            marks.Add(new Series { Label = "", X = [1 / lambda, 1 / lambda], Y = [times[0], times[^1]], Color = k, Style = SeriesStyle.Dashed });
            findings.Add(new Finding($"{names[k]} regularisation: error at the end", columns[slices[k]][^1]));
            findings.Add(new Finding($"{names[k]} regularisation: smallest error", columns[slices[k]].Min()));
        }

        return new Figure
        {
            Name = "",
            Parameters = "",
            Title = "Weight decay and training time",
            Caption = $"Left: mean squared error on noisy test targets, ½(1 + σ² + Q − 2R), over inverse weight decay and training time by the {parameters.Formula.ToString().ToLowerInvariant()} formula. "
                + "Right: slices of large, intermediate and small weight decay (solid), and the other formula's (dotted). Large weight decay ends after the first descent, intermediate keeps the classical U, small lets the error descend twice.",
            Panels =
            [
                new Panel
                {
                    Title = "Error over weight decay and time", XLabel = "inverse weight decay 1/λ", YLabel = "training time t", XLogarithmic = true, YLogarithmic = true,
                    XLimits = (map.X[0], map.X[^1]), YLimits = (1, 1e5), Series = marks, HeatMap = map,
                },
                new Panel { Title = "Slices", XLabel = "training time t", YLabel = "error", XLogarithmic = true, XLimits = (1, 1e5), YLimits = (0, 0.55), Series = curves },
            ],
            Findings = findings,
        };
    }

    private static TeacherStudent Problem(Parameters parameters, double exponent)
        => TeacherStudent.Bipartite(parameters.N, parameters.D, parameters.P, parameters.Kappa) with { NoiseVariance = parameters.NoiseVariance, Lambda = Math.Pow(10, -exponent) };

    internal sealed record Parameters
    {
        /// <summary>Training examples. Default 120.</summary>
        public int N { get; init; } = 120;

        /// <summary>Features. Default 100.</summary>
        public int D { get; init; } = 100;

        /// <summary>Fast features. Default 80.</summary>
        public int P { get; init; } = 80;

        /// <summary>Ratio of the singular values. Default 40, as the papers' code has it (the text says 100).</summary>
        public double Kappa { get; init; } = 40;

        /// <summary>Variance of the noise on targets. Default 0.04.</summary>
        public double NoiseVariance { get; init { ArgumentOutOfRangeException.ThrowIfNegative(value, nameof(NoiseVariance)); field = value; } } = 0.04;

        /// <summary>Values of weight decay. Default 100.</summary>
        public int Columns { get; init { ArgumentOutOfRangeException.ThrowIfLessThan(value, 10, nameof(Columns)); field = value; } } = 100;

        /// <summary>Which formula. Default published, as in the papers.</summary>
        public ScalarFormula Formula { get; init; }
    }
}
