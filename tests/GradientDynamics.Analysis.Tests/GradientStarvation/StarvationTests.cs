using GradientDynamics.Analysis.GradientStarvation;
using GradientDynamics.Analysis.Numerics;
using MathNet.Numerics.LinearAlgebra;

namespace GradientDynamics.Analysis.Tests.GradientStarvation;

public class StarvationTests
{
    // Central differences of the fixed point: truncation of order Width² and rounding 1e-12/Width.
    private const double Width = 1e-4;
    private const double DifferenceTolerance = 1e-7;

    [Theory]
    [InlineData(2, 2)]
    [InlineData(5, 5)]
    [InlineData(9, 4)]
    public void Matrix_IsTheSlopeOfTheFixedPoint(int examples, int features)
    {
        LinearizedNetwork network = LinearizedNetwork.Of(new GaussianSource(31).Matrix(examples, features), 0.1);

        Matrix<double> derivatives = Starvation.Matrix(network);

        for (int i = 0; i < features; i++)
        {
            Vector<double> slope = (Shifted(network, i, Width) - Shifted(network, i, -Width)) / (2 * Width);
            (derivatives.Column(i) - slope).InfinityNorm().ShouldBeLessThan(DifferenceTolerance * (1 + slope.InfinityNorm()));
        }
    }

    // At lambda = 0.01, s = (3, 2), by an independent computation: exact and first order in delta.
    [Theory]
    [InlineData(0.001, -3.706e-5, -3.713e-5, 5e-9)]
    [InlineData(0.5, -0.0185, -0.01607, 5e-5)]
    public void Derivative_MatchesTheVerifiedValues(double delta, double firstOrder, double exact, double printed)
    {
        Starvation.FirstOrderDerivative(delta, 3, 2, 0.01).ShouldBe(firstOrder, printed);
        Starvation.RegimeOf(3, 2, delta, 0.01).Derivative.ShouldBe(exact, printed);
    }

    [Fact]
    public void FirstOrderDerivative_IsTheSlopeOfTheApproximateDynamics()
    {
        const double Delta = 1e-5;
        double Response(double square) => FixedPoint.FindApproximate(LinearizedNetwork.TwoFeatures(Delta, Math.Sqrt(square), 2, 0.01)).Responses[1];

        double slope = (Response(9 + 1e-3) - Response(9 - 1e-3)) / 2e-3;

        // Second order in delta, and rounding of responses of 4 over differences of 2e-3.
        Starvation.FirstOrderDerivative(Delta, 3, 2, 0.01).ShouldBe(slope, 1e-9);
    }

    [Fact]
    public void StrongerFeaturesStarveWeakerOnes_OnlyWhereTheyCouple_AndNotUnderSpectralDecoupling()
    {
        for (double first = 2.5; first < 8; first += 0.5)
        {
            foreach (double delta in (double[])[0.05, 0.3, 0.6])
            {
                Starvation.Regime regime = Starvation.RegimeOf(first, 2, delta, 0.01);
                regime.IsStarving.ShouldBeTrue();
                regime.RelativeResponse.ShouldBeLessThan(1);
            }

            Starvation.RegimeOf(first, 2, 0, 0.01).Derivative.ShouldBe(0, 1e-15);
        }

        Starvation.Matrix(LinearizedNetwork.TwoFeatures(0.5, 4, 2, 0.01, Regularizer.SpectralDecoupling)).L2Norm().ShouldBe(0);
    }

    [Fact]
    public void Jacobians_AreTheSlopeOfTheRates()
    {
        LinearizedNetwork network = LinearizedNetwork.TwoFeatures(0.4, 3, 2, 0.1);
        Vector<double> dual = Vector<double>.Build.Dense([0.2, 0.6]);
        foreach (bool approximate in (bool[])[false, true])
        {
            DualDynamics dynamics = new(network, approximate);
            Matrix<double> jacobian = dynamics.Jacobian(dual);
            for (int column = 0; column < 2; column++)
            {
                Vector<double> shift = Vector<double>.Build.Dense(2);
                shift[column] = 1e-6;
                Vector<double> slope = (dynamics.Rate(dual + shift) - dynamics.Rate(dual - shift)) / 2e-6;
                (jacobian.Column(column) - slope).InfinityNorm().ShouldBeLessThan(1e-7);

                double objectiveSlope = (dynamics.Objective(dual + shift) - dynamics.Objective(dual - shift)) / 2e-6;
                dynamics.Rate(dual)[column].ShouldBe(objectiveSlope, 1e-7);
            }
        }
    }

    [Fact]
    public void Dynamics_EndAtTheFixedPoint_OnBothSides()
    {
        foreach (Regularizer regularizer in Enum.GetValues<Regularizer>())
        {
            LinearizedNetwork network = LinearizedNetwork.TwoFeatures(0.5, 3, 2, 0.05, regularizer);
            FixedPoint optimum = FixedPoint.Find(network);

            Vector<double> primal = new PrimalDynamics(network).Integrate([0, 1, 2000])[2];
            Vector<double> dual = new DualDynamics(network).Integrate(Vector<double>.Build.Dense(2, 1e-8), [0, 1e-3, 3])[2];

            // The integrator's tolerance of 1e-10 per step, damped by the contraction.
            (primal - optimum.Responses).L2Norm().ShouldBeLessThan(1e-7);
            (network.Responses(dual) - optimum.Responses).L2Norm().ShouldBeLessThan(1e-7);
        }
    }

    [Fact]
    public void SpectralDecoupling_MovesEachExampleByItself()
    {
        LinearizedNetwork coupled = LinearizedNetwork.TwoFeatures(0.5, 6, 2, 0.1, Regularizer.SpectralDecoupling);
        LinearizedNetwork apart = LinearizedNetwork.TwoFeatures(0, 1, 1, 0.1, Regularizer.SpectralDecoupling);
        double[] times = [0, 0.001, 0.01, 0.1];
        Vector<double> start = Vector<double>.Build.Dense([1e-4, 0.3]);

        IReadOnlyList<Vector<double>> first = new DualDynamics(coupled).Integrate(start, times);
        IReadOnlyList<Vector<double>> second = new DualDynamics(apart).Integrate(start, times);

        for (int i = 0; i < times.Length; i++)
        {
            (first[i] - second[i]).InfinityNorm().ShouldBeLessThan(1e-9);
        }
    }

    [Fact]
    public void DescendAndAscend_AreThePublishedRuns_AndEndNearTheFixedPoint()
    {
        // The published toy: primal rate 0.05, dual rate 3e-6 on (C/2)·alpha'K·alpha - H(alpha) with C = 100, 5000 steps each.
        LinearizedNetwork network = LinearizedNetwork.TwoFeatures(0.5, 3, 2, 0.01);
        FixedPoint optimum = FixedPoint.Find(network);

        Vector<double> primal = new PrimalDynamics(network).Descend(0.05, 5000).Last();
        Vector<double> dual = network.Responses(new DualDynamics(network).Ascend(Vector<double>.Build.Dense(2, 1e-8), 3e-6, 5000).Last());

        // After 5000 steps the verified distances were 5e-3 and 4e-3.
        (primal - optimum.Responses).InfinityNorm().ShouldBeLessThan(5e-3);
        (dual - optimum.Responses).InfinityNorm().ShouldBeLessThan(4e-3);
    }

    private static Vector<double> Shifted(LinearizedNetwork network, int feature, double shift)
        => FixedPoint.Find(network.WithStrengths(network.Strengths.MapIndexed((i, s) => i == feature ? Math.Sqrt((s * s) + shift) : s))).Responses;
}
