using GradientDynamics.Analysis.DoubleDescent;

namespace GradientDynamics.Analysis.Figures;

/// <summary>Figure 4.3: simulations of gradient descent and ridge regression beside the formulas for them.</summary>
internal static class DescentAgainstTheoryFigure
{
    public static Figure Draw(Parameters parameters, CancellationToken cancellationToken)
    {
        double[] abscissas = Grid.Logarithmic(1, 1e6, 100);
        List<Series> left = [];
        List<Series> right = [];
        List<Finding> findings = [];
        foreach ((int index, double kappa) in parameters.Kappas.Index())
        {
            TeacherStudent problem = TeacherStudent.Bipartite(parameters.N, parameters.D, parameters.P, kappa, 1) with { NoiseVariance = parameters.NoiseVariance };
            IReadOnlyList<double[][]> draws = Draws.Of(problem, parameters.Seeds, spectrum => Curves(spectrum, problem, abscissas), cancellationToken);
            Band descent = Band.Of([.. draws.Select(curves => curves[0])]);
            Band exact = Band.Of([.. draws.Select(curves => curves[1])]);
            Band ridge = Band.Of([.. draws.Select(curves => curves[2])]);
            double[] joint = [.. abscissas.Select(x => JointEquivalent.GeneralizationError(problem, 1 / x))];
            double[] published = [.. abscissas.Select(x => PublishedScalarFormulas.TwoBlocks(problem, 1 / x).Total.GeneralizationError)];

            left.Add(new Series { Label = $"κ = {kappa:G6}, exact form", X = abscissas, Y = exact.Mean, Color = index });
            left.Add(descent.Series(index == 0 ? "gradient descent" : "", abscissas, index));
            right.Add(new Series { Label = $"κ = {kappa:G6}, joint", X = abscissas, Y = joint, Color = index });
            right.Add(new Series { Label = index == 0 ? "published" : "", X = abscissas, Y = published, Color = index, Style = SeriesStyle.Dotted });
            right.Add(ridge.Series(index == 0 ? "ridge regression" : "", abscissas, index));
            findings.Add(new Finding($"κ = {kappa:G6}: largest difference of gradient descent from the exact form", descent.LargestDifference(exact.Mean)));
            findings.Add(new Finding($"κ = {kappa:G6}: the same in standard errors", Enumerable.Range(0, abscissas.Length).Max(i => Math.Abs(descent.Mean[i] - exact.Mean[i]) / Math.Max(descent.StandardError[i], 1e-6))));
            findings.Add(new Finding($"κ = {kappa:G6}: largest difference of ridge regression from the joint formula", ridge.LargestDifference(joint)));
            findings.Add(new Finding($"κ = {kappa:G6}: largest difference of ridge regression from the published formula", ridge.LargestDifference(published)));
        }

        return new Figure
        {
            Name = "",
            Parameters = "",
            Title = "Theory against simulation",
            Caption = $"Left: gradient descent (dashed, mean and standard deviation of {parameters.Seeds} draws, η = 1/λ_max) and the exact form averaged over teachers (solid, Eqs. 4.2.9, 4.2.10). "
                + "Right: ridge regression (dashed) over its inverse coefficient, the joint formula (solid) and the published one (dotted, Eqs. 4.2.14, 4.2.15), which leaves out that the blocks share their examples. "
                + "The papers' own figure shifts the published curve by factors of 2 and 4 in time, which hides most of this difference.",
            Panels =
            [
                new Panel { Title = "Gradient descent", XLabel = "training time t", YLabel = "generalisation error", XLogarithmic = true, XLimits = (1, 1e6), YLimits = (0, 0.6), Series = left },
                new Panel { Title = "Ridge regression", XLabel = "inverse ridge coefficient 1/λ", YLabel = "generalisation error", XLogarithmic = true, XLimits = (1, 1e6), YLimits = (0, 0.6), Series = right },
            ],
            Findings = findings,
        };
    }

    private static double[][] Curves(StudentSpectrum spectrum, TeacherStudent problem, double[] abscissas)
    {
        double learningRate = spectrum.LearningRate();
        return
        [
            [.. abscissas.Select(x => spectrum.TestError(spectrum.GradientDescent(x, learningRate)))],
            [.. abscissas.Select(x => spectrum.Averaged(spectrum.GradientDescent(x, learningRate), problem.NoiseVariance).GeneralizationError)],
            [.. abscissas.Select(x => spectrum.TestError(SpectralFilter.Ridge(1 / x)))],
        ];
    }

    internal sealed record Parameters
    {
        /// <summary>Training examples. Default 150.</summary>
        public int N { get; init; } = 150;

        /// <summary>Features. Default 100.</summary>
        public int D { get; init; } = 100;

        /// <summary>Fast features. Default 60, as the papers' code has it (the text says 50).</summary>
        public int P { get; init; } = 60;

        /// <summary>Ratios of the singular values. Default 1, 50, 100000.</summary>
        public IReadOnlyList<double> Kappas { get; init; } = [1, 50, 1e5];

        /// <summary>Variance of the noise on training targets. Default 0.</summary>
        public double NoiseVariance { get; init; }

        /// <summary>Draws. Default 100.</summary>
        public int Seeds { get; init { ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value, nameof(Seeds)); field = value; } } = 100;
    }
}
