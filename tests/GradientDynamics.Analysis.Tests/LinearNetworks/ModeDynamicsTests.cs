using GradientDynamics.Analysis.LinearNetworks;
using GradientDynamics.Analysis.Numerics;
using MathNet.Numerics.LinearAlgebra;

namespace GradientDynamics.Analysis.Tests.LinearNetworks;

public class ModeDynamicsTests
{
    // The integrator's 1e-10 per step over some hundred steps.
    private const double Integrated = 1e-8;

    private static readonly double[] Times = [0, 0.3, 1, 2, 5, 20];

    [Theory]
    [InlineData(0.5, 1.0)]
    [InlineData(2.0, 1.0)]
    [InlineData(2.0, 3.0)]
    public void Strength_IsTheProductOfTheIntegratedModes(double singularValue, double timeConstant)
    {
        double start = Math.Sqrt(0.01);

        IReadOnlyList<(double Input, double Output)> path = ModeDynamics.Path(start, start, singularValue, Times, timeConstant);

        for (int i = 0; i < Times.Length; i++)
        {
            ModeDynamics.Strength(Times[i], singularValue, 0.01, timeConstant).ShouldBe(path[i].Input * path[i].Output, Integrated);
        }
    }

    [Fact]
    public void TimeToLearn_InvertsStrength_AndIsShorterForLargerSingularValues()
    {
        double previous = double.PositiveInfinity;
        for (double s = 0.5; s <= 4; s += 0.5)
        {
            double half = ModeDynamics.TimeToLearn(0.01, s / 2, s, 2);

            ModeDynamics.Strength(half, s, 0.01, 2).ShouldBe(s / 2, 1e-13);
            half.ShouldBeLessThan(previous);
            previous = half;
        }

        ModeDynamics.Strength(1e9, 3, 0.01).ShouldBe(3);
    }

    [Theory]
    [InlineData(1.5, 0.1, 1.0)]
    [InlineData(-0.2, 0.9, 2.0)]
    [InlineData(-1.0, -0.3, 0.5)]
    public void Path_StaysOnItsHyperbola_AndEndsAtTheLimit(double a, double b, double s)
    {
        IReadOnlyList<(double Input, double Output)> path = ModeDynamics.Path(a, b, s, [.. Times, 200]);

        foreach ((double input, double output) in path)
        {
            ((input * input) - (output * output)).ShouldBe((a * a) - (b * b), Integrated);
        }

        (double limitInput, double limitOutput) = ModeDynamics.Limit(a, b, s);
        path[^1].Input.ShouldBe(limitInput, Integrated);
        path[^1].Output.ShouldBe(limitOutput, Integrated);
        (limitInput * limitOutput).ShouldBe(s, 1e-14);
    }

    [Fact]
    public void Network_OnWhitenedInputs_LearnsEachModeByItself()
    {
        Matrix<double> correlation = Matrix<double>.Build.DenseOfRowArrays([2, 0.3, -0.1], [0.1, 1, 0.4]);
        SingularValues values = SingularValues.Of(correlation);

        IReadOnlyList<TwoLayerNetwork> networks = TwoLayerNetwork.Aligned(correlation, 0.01).Integrate(correlation, null, Times);

        for (int i = 0; i < Times.Length; i++)
        {
            Vector<double> strengths = networks[i].ModeStrengths(correlation);
            for (int mode = 0; mode < 2; mode++)
            {
                strengths[mode].ShouldBe(ModeDynamics.Strength(Times[i], values.Strengths[mode], 0.01), Integrated);
            }

            (double cooperation, double competition) = networks[i].Energy(correlation);
            competition.ShouldBe(0, Integrated);
            cooperation.ShouldBe(0.5 * Math.Pow((correlation - networks[i].Map).FrobeniusNorm(), 2), Integrated);
        }
    }

    [Fact]
    public void Network_FromRandomWeights_ConservesTheBalance_AndEndsAtTheRegression()
    {
        GaussianSource source = new(51);
        Matrix<double> inputs = source.Matrix(3, 40, 1 / Math.Sqrt(40));
        Matrix<double> inputCorrelation = inputs.TransposeAndMultiply(inputs);
        Matrix<double> correlation = source.Matrix(2, 3);
        TwoLayerNetwork start = new(source.Matrix(4, 3, 0.3), source.Matrix(2, 4, 0.3));

        IReadOnlyList<TwoLayerNetwork> networks = start.Integrate(correlation, inputCorrelation, [0, 1, 300]);

        foreach (TwoLayerNetwork network in networks)
        {
            (Balance(network) - Balance(start)).FrobeniusNorm().ShouldBeLessThan(Integrated);
        }

        (networks[^1].Map - (correlation * inputCorrelation.Inverse())).FrobeniusNorm().ShouldBeLessThan(1e-6);
    }

    [Fact]
    public void Energy_SplitsTheSquaredError_IntoCooperationAndCompetition()
    {
        GaussianSource source = new(52);
        Matrix<double> correlation = source.Matrix(3, 5);
        TwoLayerNetwork network = new(source.Matrix(4, 5), source.Matrix(3, 4));

        (double cooperation, double competition) = network.Energy(correlation);

        (cooperation + competition).ShouldBe(0.5 * Math.Pow((correlation - network.Map).FrobeniusNorm(), 2), 1e-12);
        competition.ShouldBeGreaterThan(0);
    }

    private static Matrix<double> Balance(TwoLayerNetwork network)
        => network.InputWeights.TransposeAndMultiply(network.InputWeights) - network.OutputWeights.TransposeThisAndMultiply(network.OutputWeights);
}
