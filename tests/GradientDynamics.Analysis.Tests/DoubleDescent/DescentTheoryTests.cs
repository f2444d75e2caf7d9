using GradientDynamics.Analysis.DoubleDescent;
using GradientDynamics.Analysis.Numerics;
using MathNet.Numerics.LinearAlgebra;

namespace GradientDynamics.Analysis.Tests.DoubleDescent;

public class DescentTheoryTests
{
    [Theory]
    [InlineData(1.5, 0.1, 0.0, 1)]
    [InlineData(0.7, 0.01, 0.04, 10)]
    [InlineData(3, 1e-4, 0.0, 1)]
    [InlineData(1.1, 2, 0.25, 1000)]
    [InlineData(0.3, 1e-3, 0.1, 0.1)]
    public void FreeEnergy_HasItsSaddleAtTheClosedForm_AtEveryTemperature(double alpha, double lambda, double noiseVariance, double beta)
    {
        ReplicaFreeEnergy energy = new() { Alpha = alpha, ScaledRegularization = lambda, NoiseVariance = noiseVariance, InverseTemperature = beta };
        TeacherStudent problem = new() { ExampleCount = (int)Math.Round(alpha * 1000), Blocks = [new(1000, 1)], NoiseVariance = noiseVariance };

        (OrderParameters saddle, double spread) = energy.FindSaddle();

        PublishedPoint closed = PublishedScalarFormulas.OneBlock(problem, lambda);
        // The gradient vanishes to 1e-12; where the saddle is flat (small lambda) its place is known a thousand times worse.
        saddle.R.ShouldBe(closed.Total.R, 1e-9);
        saddle.Q.ShouldBe(closed.Total.Q, 1e-9 * (1 + closed.Total.Q));
        (1 + (1 / (beta * spread))).ShouldBe(closed.A[0], 1e-9 * closed.A[0]);
    }

    [Fact]
    public void FreeEnergy_GradientIsItsSlope()
    {
        ReplicaFreeEnergy energy = new() { Alpha = 1.3, ScaledRegularization = 0.2, NoiseVariance = 0.1, InverseTemperature = 2 };
        (double r, double q, double spread) = (0.4, 0.5, 0.7);

        (double byR, double byQ, double bySpread) = energy.Gradient(r, q, spread);

        // Central differences: truncation of order Width², rounding 1e-16/Width.
        const double Width = 1e-5;
        const double Tolerance = 1e-9;
        byR.ShouldBe((energy.Value(r + Width, q, spread) - energy.Value(r - Width, q, spread)) / (2 * Width), Tolerance);
        byQ.ShouldBe((energy.Value(r, q + Width, spread) - energy.Value(r, q - Width, spread)) / (2 * Width), Tolerance);
        bySpread.ShouldBe((energy.Value(r, q, spread + Width) - energy.Value(r, q, spread - Width)) / (2 * Width), Tolerance);
    }

    // The turning points of the published curves, as an independent Python computation found them (n = 110, d = 100, p = 70; t on its own grid).
    [Theory]
    [InlineData(12, 21.8, 0.2504, 42.6, 0.2517)]
    [InlineData(30, 14, 0.2616, 199, 0.3210)]
    [InlineData(100, 13.4, 0.2632, 761, 0.3794)]
    public void PublishedFormula_TurnsWhereTheFigureDoes(double kappa, double minimumTime, double minimum, double maximumTime, double maximum)
    {
        TeacherStudent problem = TeacherStudent.Bipartite(110, 100, 70, kappa);
        double Error(double time) => PublishedScalarFormulas.TwoBlocks(problem, problem.TotalRegularization(time)).Total.GeneralizationError;

        // Printed to four digits; the times were read from a grid of 5 % steps, where the error is flat.
        Error(minimumTime).ShouldBe(minimum, 1e-4);
        Error(maximumTime).ShouldBe(maximum, 1e-4);
        Error(minimumTime * 1.3).ShouldBeGreaterThan(Error(minimumTime));
        Error(maximumTime * 1.3).ShouldBeLessThan(Error(maximumTime));
    }

    [Fact]
    public void DescentSearch_FindsTheSecondDescent_WhereSlowFeaturesLearnLate()
    {
        DescentSearch fast = DescentSearch.Of(TeacherStudent.Bipartite(150, 100, 60, 1));
        DescentSearch slow = DescentSearch.Of(TeacherStudent.Bipartite(110, 100, 70, 100));

        fast.HasSecondDescent.ShouldBeFalse();
        fast.OptimalTime.ShouldBe(double.PositiveInfinity);
        slow.HasSecondDescent.ShouldBeTrue();
        slow.TurningPoints.Select(point => point.IsMinimum).ShouldBe([true, false]);
        slow.FinalError.ShouldBeLessThan(slow.TurningPoints[0].GeneralizationError);
    }

    [Fact]
    public void DescentSearch_FindsTurningPoints_WhereTheSlopeVanishes()
    {
        TeacherStudent problem = TeacherStudent.Bipartite(120, 100, 80, 40) with { NoiseVariance = 0.04 };

        DescentSearch search = DescentSearch.Of(problem);

        search.TurningPoints.Count.ShouldBeGreaterThanOrEqualTo(2);
        foreach (TurningPoint point in search.TurningPoints)
        {
            double before = JointEquivalent.GeneralizationError(problem, problem.TotalRegularization(point.Time * 0.99));
            double after = JointEquivalent.GeneralizationError(problem, problem.TotalRegularization(point.Time * 1.01));
            (before > point.GeneralizationError).ShouldBe(point.IsMinimum);
            (after > point.GeneralizationError).ShouldBe(point.IsMinimum);
        }
    }

    [Fact]
    public void QRegularization_WithoutStrength_IsGradientDescent_AndWithItLowersTheBump()
    {
        TeacherStudent problem = TeacherStudent.Bipartite(60, 50, 35, 30, 1);
        GaussianSource source = new(11);
        StudentSpectrum spectrum = StudentSpectrum.Of(TeacherStudentDraw.Sample(problem, ModulationMatrix.Random(problem, source), source));
        int[] steps = [2, 10, 100, 300, 1000];

        OrderParameters[] plain = [.. new QRegularization { Strength = 0 }.Run(spectrum, spectrum.LearningRate(), steps).Select(spectrum.OfComponents)];
        OrderParameters[] penalised = [.. new QRegularization().Run(spectrum, spectrum.LearningRate(), steps).Select(spectrum.OfComponents)];

        for (int i = 0; i < steps.Length; i++)
        {
            OrderParameters exact = spectrum.OfDraw(spectrum.GradientDescent(steps[i], spectrum.LearningRate()));
            plain[i].R.ShouldBe(exact.R, 1e-12);
            plain[i].Q.ShouldBe(exact.Q, 1e-12);
            penalised[i].Q.ShouldBeLessThan(plain[i].Q);
        }

        new QRegularization().Coefficient(0).ShouldBe(0.6, 1e-15);
        new QRegularization().ShouldBe(new QRegularization { Strength = 0.6, Decay = 0.001 });
        Should.Throw<ArgumentOutOfRangeException>(() => new QRegularization().Run(spectrum, 2 * spectrum.LearningRate(), steps)).Message.ShouldContain("largest stable");
    }

    [Fact]
    public void Langevin_EquilibriumIsTheLimitOfItsCovariance_AndTheGibbsLawOfSmallSteps()
    {
        TeacherStudentDraw draw = Draw(12, 8, seed: 12);
        LangevinDynamics dynamics = new(draw, 0.3, 0.2, 4);
        LangevinDynamics slow = new(draw, 1e-6, 0.2, 4);

        (dynamics.Covariance(1e4) - dynamics.EquilibriumCovariance()).L2Norm().ShouldBeLessThan(1e-14);
        (slow.EquilibriumCovariance() - slow.GibbsCovariance()).L2Norm().ShouldBeLessThan(1e-5);
        (dynamics.EquilibriumMean() - StudentSpectrum.Of(draw).Weights(SpectralFilter.Ridge(0.2))).L2Norm().ShouldBeLessThan(1e-13);
        Matrix<double> gram = draw.Inputs.TransposeThisAndMultiply(draw.Inputs) + (0.2 * Matrix<double>.Build.DenseIdentity(8));
        (dynamics.GibbsCovariance() - (gram.Inverse() / 4)).L2Norm().ShouldBeLessThan(1e-13);
    }

    [Fact]
    public void Langevin_SimulationHasTheEquilibriumsMoments()
    {
        TeacherStudentDraw draw = Draw(30, 4, seed: 13);
        LangevinDynamics dynamics = new(draw, 0.08, 0.3, 5);
        const int Steps = 100_000;

        double[] q = [.. dynamics.Simulate(Steps, new GaussianSource(14)).Skip(500).Select(weights => draw.Measure(weights).Q)];

        // Successive weights are correlated over about 2/(ηh) < 10 steps: 4 standard errors of a tenth of the sample.
        double mean = q.Average();
        double deviation = Math.Sqrt(q.Sum(value => (value - mean) * (value - mean)) / q.Length);
        mean.ShouldBe(dynamics.EquilibriumOrderParameters().Q, 4 * deviation / Math.Sqrt(q.Length / 10.0));
    }

    [Fact]
    public void Langevin_WithoutAnEquilibrium_SaysWhy()
    {
        TeacherStudentDraw draw = Draw(5, 8, seed: 15);

        Should.Throw<InvalidDataException>(() => new LangevinDynamics(draw, 0.1, 0, 1).EquilibriumMean()).Message.ShouldContain("singular");
        Should.Throw<ArgumentOutOfRangeException>(() => new LangevinDynamics(draw, 100, 0.1, 1)).Message.ShouldContain("stable");
    }

    [Fact]
    public void GradientFlow_StaysWithinTheBoundOfRidge_ModeByMode()
    {
        double worst = 0;
        for (double exponent = -8; exponent < 4; exponent += 0.01)
        {
            double eigenvalue = Math.Pow(10, exponent);
            double flow = SpectralFilter.GradientFlow(1).At(eigenvalue);
            double ridge = SpectralFilter.Ridge(1).At(eigenvalue);

            // Bias: what is not learned. Variance: what noise is learned.
            (1 - (eigenvalue * flow)).ShouldBeLessThanOrEqualTo(1 - (eigenvalue * ridge) + 1e-15);
            worst = Math.Max(worst, flow / ridge);
        }

        (worst * worst).ShouldBeLessThanOrEqualTo(RidgeComparison.RiskRatioBound);
        (worst * worst).ShouldBe(RidgeComparison.RiskRatioBound, 1e-3);
    }

    [Fact]
    public void RidgeComparison_WithAnIsotropicStudent_ObeysTheBound()
    {
        TeacherStudent problem = new() { ExampleCount = 60, Blocks = [new(40, 1)] };
        GaussianSource source = new(16);
        StudentSpectrum spectrum = StudentSpectrum.Of(TeacherStudentDraw.Sample(problem, ModulationMatrix.Diagonal(problem), source));

        foreach (double time in (double[])[1, 3, 10, 100, 1000])
        {
            RidgeComparison comparison = RidgeComparison.Of(spectrum, time, spectrum.LearningRate(), 0, 0.5);

            comparison.Flow.GeneralizationError.ShouldBeLessThanOrEqualTo(RidgeComparison.RiskRatioBound * comparison.Ridge.GeneralizationError);
            Math.Abs(comparison.Gap).ShouldBeLessThan(0.2);
        }
    }

    private static TeacherStudentDraw Draw(int examples, int dimension, int seed)
    {
        TeacherStudent problem = new() { ExampleCount = examples, Blocks = [new(dimension, 1)], NoiseVariance = 0.04 };
        return TeacherStudentDraw.Sample(problem, ModulationMatrix.Diagonal(problem), new GaussianSource(seed));
    }
}
