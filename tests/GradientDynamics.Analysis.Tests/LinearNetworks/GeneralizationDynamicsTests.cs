using GradientDynamics.Analysis.LinearNetworks;
using GradientDynamics.Analysis.Numerics;
using MathNet.Numerics.LinearAlgebra;

namespace GradientDynamics.Analysis.Tests.LinearNetworks;

public class GeneralizationDynamicsTests
{
    [Theory]
    [InlineData(0.3)]
    [InlineData(1.0)]
    [InlineData(2.5)]
    public void MarchenkoPastur_HasItsMoments(double alpha)
    {
        // Smooth functions: the midpoint rule in the angle is exact to rounding of 8192 terms.
        MarchenkoPastur.Average(_ => 1, alpha).ShouldBe(1, 1e-12);
        MarchenkoPastur.Average(x => x, alpha).ShouldBe(alpha, 1e-12);
        MarchenkoPastur.Average(x => x * x, alpha).ShouldBe(alpha + (alpha * alpha), 1e-12 * 10);
        MarchenkoPastur.Density(MarchenkoPastur.Support(alpha).Upper + 0.01, alpha).ShouldBe(0);
    }

    [Fact]
    public void MarchenkoPastur_AverageIsTheIntegralOfTheDensity()
    {
        (double lower, double upper) = MarchenkoPastur.Support(0.5);
        const int Points = 200_000;
        double sum = Enumerable.Range(0, Points).Sum(i =>
        {
            double x = lower + ((upper - lower) * (i + 0.5) / Points);
            return Math.Exp(-x) * MarchenkoPastur.Density(x, 0.5);
        });

        // The midpoint rule errs by the power 3/2 of its step at the square-root ends.
        ((sum * (upper - lower) / Points) + 0.5).ShouldBe(MarchenkoPastur.Average(x => Math.Exp(-x), 0.5), 1e-7);
    }

    [Theory]
    [InlineData(100, 50)]
    [InlineData(60, 150)]
    public void SampledSpectra_FollowTheLaw(int dimension, int examples)
    {
        GaussianSource source = new(61);
        double alpha = (double)examples / dimension;

        double[] averages = [.. Enumerable.Range(0, 20).Select(_ => MarchenkoPastur.Sample(dimension, examples, source).Average(x => 1 / (1 + x)))];

        // Linear statistics fluctuate by 1/N, their mean is off by 1/N at most.
        averages.Average().ShouldBe(MarchenkoPastur.Average(x => 1 / (1 + x), alpha), 0.5 / dimension);
    }

    [Theory]
    [InlineData(40, 24)]
    [InlineData(40, 40)]
    [InlineData(40, 90)]
    public void Errors_AreTheMeanOfSimulatedGradientDescent(int dimension, int examples)
    {
        GaussianSource source = new(62);
        GeneralizationDynamics dynamics = new() { TeacherVariance = 1, StartVariance = 0.2, NoiseVariance = 0.25 };
        Matrix<double> inputs = source.Matrix(dimension, examples, 1 / Math.Sqrt(dimension));
        SingularValues values = SingularValues.Of(inputs);
        double[] eigenvalues = [.. Enumerable.Range(0, dimension).Select(i => i < values.Strengths.Count ? values.Strengths[i] * values.Strengths[i] : 0)];
        const int Draws = 200;
        // Gradient flow at t = 3 as steps of 0.005: the error of Euler's method is t·λ²·step/2, below 1e-2 for the damped fast modes.
        const double Step = 0.005;
        double[] fresh = new double[Draws];
        double[] train = new double[Draws];
        double[] atInputs = new double[Draws];
        Matrix<double> teachers = source.Matrix(Draws, dimension);
        Matrix<double> weights = source.Matrix(Draws, dimension, Math.Sqrt(0.2));
        Matrix<double> targets = (teachers * inputs) + source.Matrix(Draws, examples, 0.5);
        Matrix<double> gram = inputs.TransposeAndMultiply(inputs);
        Matrix<double> force = targets.TransposeAndMultiply(inputs);
        for (int step = 0; step < 600; step++)
        {
            weights += Step * (force - (weights * gram));
        }

        Matrix<double> errors = teachers - weights;
        Matrix<double> residuals = targets - (weights * inputs);
        Matrix<double> outputs = errors * inputs;
        for (int i = 0; i < Draws; i++)
        {
            fresh[i] = (errors.Row(i).DotProduct(errors.Row(i)) / dimension) + 0.25;
            train[i] = residuals.Row(i).DotProduct(residuals.Row(i));
            atInputs[i] = (outputs.Row(i).DotProduct(outputs.Row(i)) / dimension) + 0.25;
        }

        ShouldBeMean(dynamics.GeneralizationError(eigenvalues, 3), fresh);
        ShouldBeMean(dynamics.TrainingError(eigenvalues, examples, 3), train);
        ShouldBeMean(dynamics.ErrorAtTrainingInputs(eigenvalues, 3), atInputs);
    }

    [Fact]
    public void OnlyTheFreshError_PeaksAtEqualNumbers()
    {
        GeneralizationDynamics dynamics = new() { NoiseVariance = 0.25 };
        GaussianSource source = new(63);
        IReadOnlyList<double> eigenvalues = MarchenkoPastur.Sample(200, 200, source);

        // The verified values of one such draw at t = 1000 were 5.37 and 0.49; the peak's height varies from draw to draw.
        dynamics.GeneralizationError(eigenvalues, 1000).ShouldBeInRange(3, 9);
        dynamics.ErrorAtTrainingInputs(eigenvalues, 1000).ShouldBe(0.49, 0.02);
        dynamics.LimitError(1, 1000).ShouldBeGreaterThan(dynamics.LimitError(0.5, 1000));
        dynamics.LimitError(1, 1000).ShouldBeGreaterThan(dynamics.LimitError(2, 1000));
    }

    [Fact]
    public void ZeroEigenvalues_AreFrozen()
    {
        GeneralizationDynamics dynamics = new() { StartVariance = 0.5, NoiseVariance = 0.3 };

        dynamics.ModeError(0, 1e12).ShouldBe(1.5);
        dynamics.ModeError(1e-300, 1).ShouldBe(1.5, 1e-15);
        dynamics.ModeError(2, 1e6).ShouldBe(0.15, 1e-15);
    }

    [Fact]
    public void OptimalStopping_IsWhereTheSlopeVanishes_AndNeverWithoutNoise()
    {
        GeneralizationDynamics noisy = new() { NoiseVariance = 0.5 };

        (double time, double error) = noisy.OptimalStopping(1);

        // Half a percent beside a minimum of curvature one moves the error by 1e-5 or less.
        noisy.LimitError(1, time * 1.01).ShouldBeGreaterThan(error);
        noisy.LimitError(1, time * 0.99).ShouldBeGreaterThan(error);
        new GeneralizationDynamics().OptimalStopping(1.5).Time.ShouldBe(double.PositiveInfinity);
    }

    private static void ShouldBeMean(double expected, double[] values)
    {
        double mean = values.Average();
        double error = Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (values.Length - 1) / values.Length);
        // Four standard errors, and the step's bias of half a percent.
        mean.ShouldBe(expected, (4 * error) + (0.005 * expected));
    }
}
