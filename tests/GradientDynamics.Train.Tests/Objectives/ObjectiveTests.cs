using GradientDynamics.Train.Objectives;
using GradientDynamics.Train.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Tests.Objectives;

public sealed class ObjectiveTests
{
    private static readonly long[] Labels = [0, 1, 1, 0];

    public static TheoryData<ObjectiveOptions> All => [new ErmOptions(), new SpectralDecouplingOptions()];

    [Theory]
    [MemberData(nameof(All))]
    public void Evaluate_OfEveryKind_GivesScalarsWithGradients(ObjectiveOptions options)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor logits = tensor(new float[,] { { 1, -1 }, { 0, 2 }, { 3, 1 }, { 0, 0 } }, requires_grad: true);

        ObjectiveValue value = options.Create().Evaluate(logits, Batch());
        value.Total.backward();

        value.Loss.shape.ShouldBeEmpty();
        value.Total.shape.ShouldBeEmpty();
        logits.grad!.abs().sum().item<float>().ShouldBeGreaterThan(0);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Evaluate_OfASingleLogit_HasTheLossOfTheLogitsZeroAndIt(ObjectiveOptions options)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor single = tensor(new float[,] { { 1 }, { -2 }, { 30 }, { 0 } });
        Tensor pair = cat([zeros_like(single), single], 1);

        float one = options.Create().Evaluate(single, Batch()).Loss.item<float>();
        float two = options.Create().Evaluate(pair, Batch()).Loss.item<float>();

        one.ShouldBe(two, 1e-6); // the same sums of four terms of order one in float32, in another order
    }

    [Theory]
    [MemberData(nameof(All))]
    public void State_OfEveryKind_ComesBackAsItWas(ObjectiveOptions options)
    {
        IObjective objective = options.Create();
        objective.ObserveValidation(0.5, 1);
        IObjective other = options.Create();

        other.State = objective.State;

        other.State.ShouldBe(objective.State);
    }

    [Fact]
    public void Predict_OfASingleLogit_IsClassOneWhereItIsPositive()
    {
        using DisposeScope scope = NewDisposeScope();

        ClassificationLoss.Predict(tensor(new float[,] { { -1 }, { 0 }, { 1 } })).data<long>().ToArray().ShouldBe([0, 0, 1]);
        ClassificationLoss.Predict(tensor(new float[,] { { 1, 3, 2 }, { 2, 0, 2 } })).data<long>().ToArray().ShouldBe([1, 0]);
    }

    private static Batch Batch()
    {
        Tensor labels = tensor(Labels);
        return new(labels, labels, labels, null, Step: 0);
    }
}
