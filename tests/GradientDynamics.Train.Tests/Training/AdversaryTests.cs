using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Networks;
using GradientDynamics.Train.Datasets;
using GradientDynamics.Train.Execution;
using GradientDynamics.Train.Training;

namespace GradientDynamics.Train.Tests.Training;

public sealed class AdversaryTests
{
    // Of a linear classifier w·x + b the ascent reaches the worst point of the ball: the example falls where its margin is at most epsilon·|w|₁, as far as the bounds allow.
    [Theory]
    [InlineData(0.04)]
    [InlineData(0.12)]
    [InlineData(0.22)]
    [InlineData(10)]
    public void Accuracy_OfALinearModel_IsThatOfTheClosedForm(double epsilon)
    {
        using GraphModule module = Linear(2, -1, 0);
        // Margins y·f are 0.2, 0.5, 1 and 0.5; |w|₁ = 3: they fall at 0.067, 0.167, 0.333 and 0.167, unless a bound is nearer.
        GroupedDataset data = new(new("test", [2], ["a", "b"], [], new([0], [1])), Split.Validation, [0.3f, 0.4f, 0.5f, 0.5f, 0.5f, 0, 0, 0.5f], [1, 1, 1, 0], null);
        using SplitTensors split = new(data);

        double accuracy = AdversarialEvaluation.Accuracy(module, split, logitCount: 1, new() { Epsilon = epsilon }, CancellationToken.None);

        accuracy.ShouldBe(Expected(epsilon));

        double Expected(double radius) => Enumerable.Range(0, 4).Average(i =>
        {
            double sign = (2 * data.Labels[i]) - 1;
            double x0 = Math.Clamp(data.Input(i)[0] - (sign * radius), 0, 1);
            double x1 = Math.Clamp(data.Input(i)[1] + (sign * radius), 0, 1);
            double logit = (2 * x0) - x1;
            return logit > 0 == (data.Labels[i] == 1) ? 1.0 : 0;
        });
    }

    private static GraphModule Linear(float first, float second, float bias)
    {
        OnnxGraph graph = new MlpOptions { HiddenWidths = [] }.Create(new([2]), 1, new Random(1));
        return new(graph.WithInitializers(new Dictionary<string, ConstantTensor>
        {
            ["logits.weight"] = ConstantTensor.Of<float>([first, second], 1, 2),
            ["logits.bias"] = ConstantTensor.Of<float>([bias], 1),
        }));
    }
}
