using GradientDynamics.Train.Objectives;
using GradientDynamics.Train.Training;
using TorchSharp;
using static GradientDynamics.Train.Tests.Objectives.ObjectiveFixture;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Tests.Objectives;

/// <summary>IRM and V-REx.</summary>
public sealed class EnvironmentObjectiveTests
{
    private static readonly float[,] Logits = { { 2 }, { -1 }, { 0.5f }, { -3 } };
    private static readonly long[] Labels = [1, 1, 0, 0];
    private static readonly long[] Environments = [0, 0, 1, 1];

    [Fact]
    public void Irm_OfTwoEnvironments_IsTheMeanRiskAndTheMeanSquaredSlope()
    {
        using DisposeScope scope = NewDisposeScope();

        ObjectiveValue value = new IrmOptions { Coefficient = 0.5 }.Create(Context(1)).Evaluate(tensor(Logits), Batch(Labels, Environments));

        double slope0 = ((2 * (Sigmoid(2) - 1)) + (-1 * (Sigmoid(-1) - 1))) / 2;
        double slope1 = ((0.5 * Sigmoid(0.5)) + (-3 * Sigmoid(-3))) / 2;
        value.Loss.item<float>().ShouldBe((float)((Risk(0) + Risk(1)) / 2), Float32);
        value.Penalty!.item<float>().ShouldBe((float)(0.5 * ((slope0 * slope0) + (slope1 * slope1)) / 2), Float32);
    }

    // The penalty's definition, differentiated twice by autograd.
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Irm_Always_HasThePenaltyAndGradientOfDifferentiatingTwice(int logitCount)
    {
        using DisposeScope scope = NewDisposeScope();
        Generator generator = new(7);
        Tensor values = randn([8, logitCount], float64, generator: generator);
        long[] labels = [0, 1, 1, 0, 1, 0, 0, 1];
        long[] environments = [0, 0, 0, 1, 1, 1, 1, 0];
        Tensor own = values.clone().requires_grad_(true);
        Tensor twice = values.clone().requires_grad_(true);

        Tensor penalty = new IrmOptions { Coefficient = 1 }.Create(Context(logitCount)).Evaluate(own, Batch(labels, environments)).Penalty!;
        penalty.backward();
        Tensor expected = zeros([], float64);
        foreach (long environment in (long[])[0, 1])
        {
            Tensor members = tensor([.. Enumerable.Range(0, 8).Where(i => environments[i] == environment).Select(i => (long)i)]);
            Tensor scale = ones([], float64, requires_grad: true);
            Tensor risk = ClassificationLoss.CrossEntropy(twice.index_select(0, members) * scale, tensor(labels).index_select(0, members));
            Tensor slope = autograd.grad([risk], [scale], retain_graph: true, create_graph: true)[0];
            expected += slope.square() / 2;
        }

        expected.backward();

        const double Rounding = 1e-12; // doubles of order one, summed in another order
        penalty.item<double>().ShouldBe(expected.item<double>(), Rounding);
        own.grad!.data<double>().ToArray().ShouldBe(twice.grad!.data<double>().ToArray(), Rounding);
    }

    [Fact]
    public void Irm_FromItsStart_DividesEverythingByTheCoefficient()
    {
        using DisposeScope scope = NewDisposeScope();
        Batch before = Batch(Labels, Environments, step: 189);
        IrmOptions options = new() { Coefficient = 100, Start = new() { Step = 190 }, WeightPenalty = 0.5 };
        IObjective irm = options.Create(Context(1));
        IObjective undivided = (options with { DivideByCoefficient = false }).Create(Context(1));

        ObjectiveValue early = irm.Evaluate(tensor(Logits), before);
        ObjectiveValue late = irm.Evaluate(tensor(Logits), before with { Step = 190 });
        ObjectiveValue whole = undivided.Evaluate(tensor(Logits), before with { Step = 190 });

        early.WeightPenalty.ShouldBe(0.5);
        late.WeightPenalty.ShouldBe(0.005);
        late.Loss.item<float>().ShouldBe(early.Loss.item<float>() / 100, Float32);
        late.Penalty!.item<float>().ShouldBe(early.Penalty!.item<float>(), Float32);
        whole.Penalty!.item<float>().ShouldBe(100 * early.Penalty!.item<float>(), 100 * Float32);
    }

    [Fact]
    public void VRex_OfTwoEnvironments_IsTheMeanRiskAndTheVarianceOfTheRisks()
    {
        using DisposeScope scope = NewDisposeScope();

        ObjectiveValue value = new VRexOptions { Coefficient = 0.5 }.Create(Context(1)).Evaluate(tensor(Logits), Batch(Labels, Environments));

        value.Loss.item<float>().ShouldBe((float)((Risk(0) + Risk(1)) / 2), Float32);
        value.Penalty!.item<float>().ShouldBe((float)(0.5 * Math.Pow((Risk(0) - Risk(1)) / 2, 2)), Float32);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void VRex_OfOneEnvironment_IsErm(int environment)
    {
        using DisposeScope scope = NewDisposeScope();

        ObjectiveValue value = new VRexOptions { Coefficient = 1 }.Create(Context(1)).Evaluate(tensor(Logits), Batch(Labels, [environment, environment, environment, environment]));

        value.Penalty!.item<float>().ShouldBe(0);
        value.Total.item<float>().ShouldBe(new ErmOptions().Create(Context(1)).Evaluate(tensor(Logits), Batch(Labels)).Total.item<float>(), Float32);
    }

    [Fact]
    public void Environments_OfTheAttribute_AreItsValues()
    {
        using DisposeScope scope = NewDisposeScope();
        Batch batch = Batch(Labels, environments: [0, 0, 0, 0], attributes: Environments);

        float byAttribute = new VRexOptions { Coefficient = 1, Environments = EnvironmentSource.Attribute }.Create(Context(1)).Evaluate(tensor(Logits), batch).Penalty!.item<float>();

        byAttribute.ShouldBe((float)Math.Pow((Risk(0) - Risk(1)) / 2, 2), Float32);
    }

    private static double Risk(int environment) => Enumerable.Range(0, 4).Where(i => Environments[i] == environment).Average(i => Math.Log(1 + Math.Exp((Labels[i] == 1 ? -1 : 1) * Logits[i, 0])));

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));
}
