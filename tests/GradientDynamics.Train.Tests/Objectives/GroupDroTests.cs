using GradientDynamics.Train.Objectives;
using TorchSharp;
using static GradientDynamics.Train.Tests.Objectives.ObjectiveFixture;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Tests.Objectives;

public sealed class GroupDroTests
{
    // An independent computation of q and loss over two batches with η = 0.1, in double precision (Python, numpy): q starts at 1 for each of four groups.
    [Fact]
    public void Evaluate_OverTwoBatches_FollowsTheGoldenTrace()
    {
        using DisposeScope scope = NewDisposeScope();
        IObjective objective = new GroupDroOptions().Create(Context(1));

        float first = objective.Evaluate(LogitsWithLosses([0.3, 1.2, 0.7], [0, 0, 1]), Batch([0, 0, 1], attributes: [0, 1, 0])).Loss.item<float>();
        double[] afterFirst = [.. objective.State.OrderBy(pair => pair.Key).Select(pair => pair.Value)];
        float second = objective.Evaluate(LogitsWithLosses([0.25, 2], [0, 1]), Batch([0, 1], attributes: [0, 1])).Loss.item<float>();
        double[] afterSecond = [.. objective.State.OrderBy(pair => pair.Key).Select(pair => pair.Value)];

        // Group losses are float32: relative 1e-7 in the exponent's argument of order one.
        const double Tolerance = 1e-6;
        afterFirst.ShouldBe([0.2435798091638806, 0.2665187632169409, 0.2535204897534927, 0.2363809378656859], Tolerance);
        first.ShouldBe(0.5703608014369381f, Tolerance);
        afterSecond.ShouldBe([0.2359430075920198, 0.251788709792172, 0.239508829511385, 0.2727594531044231], Tolerance);
        second.ShouldBe(0.6045046581068512f, Tolerance);
    }

    [Fact]
    public void Evaluate_WithStepSizeZero_IsTheMeanOfTheGroupLosses()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor logits = LogitsWithLosses([0.3, 0.5, 1.2, 0.7, 2], [0, 0, 0, 1, 1]);

        ObjectiveValue value = new GroupDroOptions { WeightStepSize = 0 }.Create(Context(1)).Evaluate(logits, Batch([0, 0, 0, 1, 1], attributes: [0, 0, 1, 0, 1]));

        value.Loss.item<float>().ShouldBe((float)((0.4 + 1.2 + 0.7 + 2) / 4), Float32);
    }

    [Fact]
    public void Gradient_Always_WeightsTheGroupsByTheirNewWeights()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor logits = tensor(new float[,] { { 2 }, { -1 } }, requires_grad: true);
        IObjective objective = new GroupDroOptions { WeightStepSize = 1 }.Create(Context(1));

        objective.Evaluate(logits, Batch([1, 0], attributes: [1, 0])).Loss.backward();

        double[] weights = [.. objective.State.OrderBy(pair => pair.Key).Select(pair => pair.Value)];
        double first = weights[3] * ((1 / (1 + Math.Exp(-2))) - 1);
        double second = weights[0] / (1 + Math.Exp(1));
        logits.grad!.data<float>().ToArray().ShouldBe([(float)first, (float)second], Float32);
    }

    [Fact]
    public void State_GivenToAnother_ContinuesIt()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor logits = LogitsWithLosses([0.3, 1.2], [0, 1]);
        IObjective whole = new GroupDroOptions().Create(Context(1));
        IObjective first = new GroupDroOptions().Create(Context(1));
        IObjective second = new GroupDroOptions().Create(Context(1));

        whole.Evaluate(logits, Batch([0, 1]));
        float expected = whole.Evaluate(logits, Batch([0, 1])).Loss.item<float>();
        first.Evaluate(logits, Batch([0, 1]));
        second.State = first.State;

        second.Evaluate(logits, Batch([0, 1])).Loss.item<float>().ShouldBe(expected);
    }

    // log(1 + e^(−s·f)) = L has f = −s·log(e^L − 1).
    private static Tensor LogitsWithLosses(double[] losses, long[] labels) =>
        tensor([.. losses.Zip(labels).Select(pair => (float)(-((2 * pair.Second) - 1) * Math.Log(Math.Exp(pair.First) - 1)))]).unsqueeze(1);
}
