using GradientDynamics.Analysis.GradientStarvation;
using GradientDynamics.Analysis.Numerics;
using MathNet.Numerics.LinearAlgebra;

namespace GradientDynamics.Analysis.Tests.GradientStarvation;

public class FixedPointTests
{
    // The golden responses are printed to four decimals.
    private const double Printed = 5e-5;

    // What the two objectives and three methods have to share.
    private const double Agreement = 1e-8;

    // z* of the toy problem at lambda = 0.01 and s2 = 2, found by an independent primal optimisation in Python; delta = 0.5 is the published code's U, 0.6 the text's.
    public static TheoryData<double, double, double, double> Toy => new()
    {
        { 0.5, 2, 6.1204, 1.6400 },
        { 0.5, 3, 7.0681, 1.5831 },
        { 0.5, 4, 7.8120, 1.4668 },
        { 0.5, 6, 9.0710, 1.1853 },
        { 0.6, 2, 6.2727, 0.8961 },
        { 0.6, 4, 7.9362, 0.7844 },
    };

    [Theory]
    [MemberData(nameof(Toy))]
    public void Find_ByEveryMethod_GivesTheToysFixedPoint(double delta, double first, double z1, double z2)
    {
        // The text's U is ((.8, -.6), (.6, .8)), which is delta = 0.6.
        LinearizedNetwork network = LinearizedNetwork.TwoFeatures(delta, first, 2, 0.01);

        FixedPoint newton = FixedPoint.Find(network);
        FixedPoint dual = FixedPoint.Find(network, FixedPointMethod.Dual);
        FixedPoint primal = FixedPoint.Find(network, FixedPointMethod.Primal);

        Math.Abs(newton.Responses[0]).ShouldBe(z1, Printed);
        Math.Abs(newton.Responses[1]).ShouldBe(z2, Printed);
        (dual.Responses - newton.Responses).L2Norm().ShouldBeLessThan(Agreement);
        (primal.Responses - newton.Responses).L2Norm().ShouldBeLessThan(Agreement);
        newton.IsAttractive.ShouldBeTrue();
        newton.Residual.ShouldBeLessThan(FixedPoint.Tolerance(network));
    }

    [Theory]
    [InlineData(0.5, 6.3727, 1.7076)]
    [InlineData(0.6, 6.5312, 0.9330)]
    public void Find_WithSpectralDecoupling_DoesNotDependOnTheFirstStrength(double delta, double z1, double z2)
    {
        foreach (double first in (double[])[2, 3, 6, 60])
        {
            LinearizedNetwork network = LinearizedNetwork.TwoFeatures(delta, first, 2, 0.002, Regularizer.SpectralDecoupling);

            FixedPoint newton = FixedPoint.Find(network);

            Math.Abs(newton.Responses[0]).ShouldBe(z1, Printed);
            Math.Abs(newton.Responses[1]).ShouldBe(z2, Printed);
            (FixedPoint.Find(network, FixedPointMethod.Dual).Responses - newton.Responses).L2Norm().ShouldBeLessThan(Agreement);
            // f_i = y_i·alpha_i/lambda, example by example.
            (network.LeftVectors * newton.Responses - (newton.Dual / 0.002)).L2Norm().ShouldBeLessThan(1e-10);
        }
    }

    [Fact]
    public void Find_ByPrimalDescentUnderSpectralDecoupling_Agrees()
    {
        LinearizedNetwork network = LinearizedNetwork.TwoFeatures(0.5, 3, 2, 0.002, Regularizer.SpectralDecoupling);

        (FixedPoint.Find(network, FixedPointMethod.Primal).Responses - FixedPoint.Find(network).Responses).L2Norm().ShouldBeLessThan(Agreement);
    }

    [Theory]
    [InlineData(6, 6)]
    [InlineData(12, 4)]
    public void Find_OnRandomFeatures_ClosesTheDualityGap(int examples, int features)
    {
        GaussianSource source = new(21);
        foreach (Regularizer regularizer in Enum.GetValues<Regularizer>())
        {
            LinearizedNetwork network = LinearizedNetwork.Of(source.Matrix(examples, features), 0.05, regularizer);

            FixedPoint optimum = FixedPoint.Find(network);

            double primal = new PrimalDynamics(network).Loss(optimum.Responses);
            double dual = new DualDynamics(network).Objective(optimum.Dual);
            primal.ShouldBe(dual, 1e-12 * examples);
            network.IsRankDeficient.ShouldBe(features < examples);
            (FixedPoint.Find(network, FixedPointMethod.Dual).Responses - optimum.Responses).L2Norm().ShouldBeLessThan(Agreement);
        }
    }

    // Lambert W values of the uncoupled case, to ten digits, by an independent computation; the exact ones without log(1 - alpha) ~ -alpha.
    [Theory]
    [InlineData(2, 0.01, 4.4805233744, 4.4804718070)]
    [InlineData(2, 0.1, 2.6486237107, 2.6469902506)]
    [InlineData(1, 0.1, 1.6422750686, 1.6335061702)]
    public void Uncoupled_ClosedForms_SolveTheirDynamics(double strength, double lambda, double approximate, double exact)
    {
        LinearizedNetwork network = LinearizedNetwork.TwoFeatures(0, strength, 1.5 * strength, lambda);

        UncoupledSolution.Response(strength, lambda).ShouldBe(approximate, 1e-10);
        UncoupledSolution.ExactResponse(strength, lambda).ShouldBe(exact, 1e-10);
        FixedPoint.FindApproximate(network).Responses[0].ShouldBe(approximate, 1e-10);
        FixedPoint.Find(network).Responses[0].ShouldBe(exact, 1e-10);
        FixedPoint.FindApproximate(network).IsAttractive.ShouldBeTrue();
    }

    [Fact]
    public void Uncoupled_WithEqualStrengths_HoldsForEveryRotation()
    {
        Matrix<double> left = new GaussianSource(22).Rotation(5);
        LinearizedNetwork network = new(left, Vector<double>.Build.Dense(5, 1.7), 0.03);

        Vector<double> closed = UncoupledSolution.Responses(left, 1.7, 0.03);

        (FixedPoint.FindApproximate(network).Responses - closed).L2Norm().ShouldBeLessThan(1e-11);
        UncoupledSolution.Dual(2, 0.01).ShouldBe(0.0112013084, 1e-10);
    }

    [Fact]
    public void Perturbation_ErrsAtSecondOrderInTheCoupling()
    {
        double Distance(double delta, UnperturbedSolution around)
        {
            LinearizedNetwork network = LinearizedNetwork.TwoFeatures(delta, 3, 2, 0.01);
            return (PerturbativeSolution.Responses(network, around) - FixedPoint.FindApproximate(network).Responses).L2Norm();
        }

        foreach (UnperturbedSolution around in Enum.GetValues<UnperturbedSolution>())
        {
            double ratio = Distance(2e-3, around) / Distance(1e-3, around);

            // Second order: four times the error at twice the coupling.
            ratio.ShouldBe(4, 0.1);
        }
    }

    [Fact]
    public void LinearizedNetworks_WithWrongNumbers_SayWhatIsAccepted()
    {
        Matrix<double> identity = Matrix<double>.Build.DenseIdentity(2);
        Should.Throw<ArgumentOutOfRangeException>(() => new LinearizedNetwork(identity, Vector<double>.Build.Dense([1.0, 2]), 0)).Message.ShouldContain("lambda is positive");
        Should.Throw<InvalidDataException>(() => new LinearizedNetwork(2 * identity, Vector<double>.Build.Dense([1.0, 2]), 1)).Message.ShouldContain("orthonormal");
        Should.Throw<InvalidDataException>(() => new LinearizedNetwork(identity, Vector<double>.Build.Dense(3, 1), 1)).Message.ShouldContain("3 singular values");
        Should.Throw<InvalidDataException>(() => new LinearizedNetwork(identity, Vector<double>.Build.Dense([1.0, 0]), 1)).Message.ShouldContain("positive");
        Should.Throw<InvalidDataException>(() => LinearizedNetwork.Of(Matrix<double>.Build.Dense(2, 2, double.NaN), 1)).Message.ShouldContain("NaN");
    }
}
