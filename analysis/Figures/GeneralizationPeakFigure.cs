using GradientDynamics.Analysis.LinearNetworks;
using GradientDynamics.Analysis.Numerics;
using MathNet.Numerics.LinearAlgebra;

namespace GradientDynamics.Analysis.Figures;

/// <summary>Figure 2.4: spectra of random inputs, and the peak of the generalisation error where examples and parameters are equally many.</summary>
internal static class GeneralizationPeakFigure
{
    public static Figure Draw(Parameters parameters, CancellationToken cancellationToken)
    {
        GeneralizationDynamics dynamics = new() { NoiseVariance = parameters.NoiseVariance };
        List<Series> densities = [];
        foreach ((int index, double alpha) in parameters.SpectrumAlphas.Index())
        {
            (double lower, double upper) = MarchenkoPastur.Support(alpha);
            double[] x = Grid.Linear(lower + 1e-3, upper, 400);
            densities.Add(new Series { Label = $"α = {alpha:G3}", X = x, Y = [.. x.Select(value => MarchenkoPastur.Density(value, alpha))], Color = index });
            densities.Add(Histogram(parameters, alpha, index));
        }

        double[] alphas = Grid.Linear(0.1, 3, 146);
        double[] sampledAlphas = [0.25, 0.5, 0.75, 1, 1.5, 2, 2.5];
        double[][] sampled = [.. sampledAlphas.Select(alpha => Simulate(parameters, dynamics, alpha))];
        List<Series> errors = [];
        double largest = 0;
        foreach ((int index, double time) in parameters.Times.Index())
        {
            cancellationToken.ThrowIfCancellationRequested();
            errors.Add(new Series { Label = $"t = {time:G4}", X = alphas, Y = [.. alphas.Select(alpha => dynamics.LimitError(alpha, time))], Color = index });
            double[] simulated = [.. sampled.Select(errorsOverTime => errorsOverTime[index])];
            errors.Add(new Series { Label = "", X = sampledAlphas, Y = simulated, Color = index, Style = SeriesStyle.Points });
            // At α = 1 the finite spectrum's smallest eigenvalue decides, and the limit is not yet reached.
            largest = Math.Max(largest, sampledAlphas.Zip(simulated).Where(pair => pair.First != 1).Max(pair => Math.Abs(pair.Second - dynamics.LimitError(pair.First, time))));
        }

        return new Figure
        {
            Name = "",
            Parameters = "",
            Title = "Spectra and the generalisation peak",
            Caption = $"Left: Marchenko-Pastur densities (lines) and eigenvalues sampled at N = {parameters.Dimension} (dots). Right: generalisation error over α = P/N after different training times, "
                + "in the limit of large N (lines) and as the mean over simulated teachers and students (dots). This is the error of fresh inputs (Advani and Saxe); "
                + "the dissertation's Eq. 2.3.22 carries a further factor λ, is the error at the training inputs, and has no peak.",
            Panels =
            [
                new Panel { Title = "Eigenvalues of the input correlation", XLabel = "eigenvalue λ", YLabel = "density ρ(λ)", Series = densities, YLimits = (0, 1.5) },
                new Panel { Title = "Error of fresh inputs", XLabel = "examples per parameter α = P/N", YLabel = "generalisation error", Series = errors, YLimits = (0, parameters.ErrorLimit) },
            ],
            Findings = [new Finding("largest difference between simulation and limit, α = 1 left out", largest)],
        };
    }

    private static Series Histogram(Parameters parameters, double alpha, int color)
    {
        int examples = (int)Math.Round(alpha * parameters.Dimension);
        double[] eigenvalues = [.. Enumerable.Range(0, parameters.Draws).SelectMany(seed => MarchenkoPastur.Sample(parameters.Dimension, examples, new GaussianSource(seed)))];
        (double lower, double upper) = MarchenkoPastur.Support(alpha);
        const int Bins = 24;
        double width = (upper - lower) / Bins;
        double[] centers = [.. Enumerable.Range(0, Bins).Select(bin => lower + ((bin + 0.5) * width))];
        double[] density = [.. centers.Select(center => eigenvalues.Count(value => value > 0 && Math.Abs(value - center) <= width / 2) / (eigenvalues.Length * width))];
        return new Series { Label = "", X = centers, Y = density, Color = color, Style = SeriesStyle.Points };
    }

    // Mean error at each of the times.
    private static double[] Simulate(Parameters parameters, GeneralizationDynamics dynamics, double alpha)
    {
        int dimension = parameters.Dimension;
        int examples = (int)Math.Round(alpha * dimension);
        double[] sums = new double[parameters.Times.Count];
        for (int seed = 0; seed < parameters.Draws; seed++)
        {
            GaussianSource source = new(1000 + seed);
            IReadOnlyList<double> eigenvalues = MarchenkoPastur.Sample(dimension, examples, source);
            Vector<double> teacher = source.Vector(dimension, Math.Sqrt(dynamics.TeacherVariance));
            Vector<double> noise = source.Vector(dimension, Math.Sqrt(dynamics.NoiseVariance));
            for (int i = 0; i < dimension; i++)
            {
                double strength = Math.Sqrt(eigenvalues[i]);
                foreach ((int index, double time) in parameters.Times.Index())
                {
                    double remaining = Math.Exp(-strength * strength * time / dynamics.TimeConstant);
                    double error = (teacher[i] * remaining) - (strength > 0 ? noise[i] / strength * (1 - remaining) : 0);
                    sums[index] += error * error / dimension;
                }
            }
        }

        return [.. sums.Select(sum => (sum / parameters.Draws) + dynamics.NoiseVariance)];
    }

    internal sealed record Parameters
    {
        /// <summary>α of the spectra. Default 0.3, 1, 3.</summary>
        public IReadOnlyList<double> SpectrumAlphas { get; init; } = [0.3, 1, 3];

        /// <summary>Training times. Default 1, 5, 20, 100, 1000.</summary>
        public IReadOnlyList<double> Times { get; init; } = [1, 5, 20, 100, 1000];

        /// <summary>Variance of the noise on targets. Default 0.25.</summary>
        public double NoiseVariance { get; init; } = 0.25;

        /// <summary>N of the simulations. Default 100.</summary>
        public int Dimension { get; init { ArgumentOutOfRangeException.ThrowIfLessThan(value, 4, nameof(Dimension)); field = value; } } = 100;

        /// <summary>Draws of the simulations. Default 20.</summary>
        public int Draws { get; init { ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value, nameof(Draws)); field = value; } } = 20;

        /// <summary>Upper end of the error's axis. Default 4.</summary>
        public double ErrorLimit { get; init; } = 4;
    }
}
