using GradientDynamics.Onnx.Gradients;
using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Tests.Gradients;

public class AttackLossesTests
{
    // Sums of a few double-precision terms of order 1.
    private const double DoubleRounding = 1e-12;

    // Central differences in double with a step of 1e-5.
    private const double StepSquared = 1e-8;

    [Fact]
    public void CrossEntropy_OfThreeClasses_IsByHand()
    {
        // softmax(2, 3, 1) = (0.2447…, 0.6652…, 0.0900…); −log of the second.
        (double[] loss, double[] gradient) = Evaluate([2, 3, 1], 3, AttackLoss.CrossEntropy, 1, -1);

        loss.ShouldBe([0.40760596444438], DoubleRounding);
        gradient.ShouldBe([0.244728471054798, 0.665240955774822 - 1, 0.0900305731703805], DoubleRounding);
    }

    [Fact]
    public void CrossEntropy_WithTarget_IsMinusTheTargets()
    {
        (double[] loss, double[] gradient) = Evaluate([2, 3, 1], 3, AttackLoss.CrossEntropy, 1, 2);

        loss.ShouldBe([-2.40760596444438], DoubleRounding);
        gradient.ShouldBe([-0.244728471054798, -0.665240955774822, 1 - 0.0900305731703805], DoubleRounding);
    }

    [Fact]
    public void LogitMargin_TakesTheStrongestOtherClass_TheFirstOfEquals()
    {
        Evaluate([5, 2, 5, 1], 4, AttackLoss.LogitMargin, 1, -1).ShouldBeExactly([3], [1, -1, 0, 0]);
        Evaluate([5, 7, 2, 5], 4, AttackLoss.LogitMargin, 1, -1).ShouldBeExactly([-2], [1, -1, 0, 0]);
        Evaluate([4, 4, 4], 3, AttackLoss.LogitMargin, 0, -1).ShouldBeExactly([0], [-1, 1, 0]);
        Evaluate([5, 7, 2, 5], 4, AttackLoss.LogitMargin, 1, 2).ShouldBeExactly([-5], [0, -1, 1, 0]);
        Evaluate([5, 7, 2, 5], 4, AttackLoss.LogitMargin, 1, 1).ShouldBeExactly([0], [0, 0, 0, 0]);
    }

    [Fact]
    public void DifferenceOfLogitsRatio_IsByHand()
    {
        // −(z_y − z_π2) / (z_π1 − z_π3) = −(8 − 4) / (8 − 0); targeted −(8 − 0) / (8 − (0 − 2) / 2).
        (double[] loss, double[] gradient) = Evaluate([4, 8, -2, 0], 4, AttackLoss.DifferenceOfLogitsRatio, 1, -1);
        loss.ShouldBe([-0.5], DoubleRounding);
        gradient.ShouldBe([0.125, -0.125 + 0.5 / 8, 0, -0.5 / 8], DoubleRounding);

        (loss, gradient) = Evaluate([4, 8, -2, 0], 4, AttackLoss.DifferenceOfLogitsRatio, 1, 3);
        loss.ShouldBe([-8.0 / 9], DoubleRounding);
        gradient.ShouldBe([0, -1.0 / 9 + 8.0 / 81, -4.0 / 81, 1.0 / 9 - 4.0 / 81], DoubleRounding);
    }

    [Fact]
    public void DifferenceOfLogitsRatio_OfEqualLogits_IsFinite()
    {
        (double[] loss, double[] gradient) = Evaluate([1, 1, 1], 3, AttackLoss.DifferenceOfLogitsRatio, 0, -1);

        loss.ShouldBe([0]);
        gradient.ShouldAllBe(value => double.IsFinite(value));
    }

    [Theory]
    [InlineData(3, false)]
    [InlineData(2, true)]
    public void DifferenceOfLogitsRatio_WhereItIsNotDefined_GivesNoNumber(int classes, bool untargeted)
    {
        double[] logits = [.. Enumerable.Range(0, classes).Select(i => (double)i * i)];

        (double[] loss, double[] gradient) = Evaluate(logits, classes, AttackLoss.DifferenceOfLogitsRatio, 0, untargeted ? -1 : 1);

        loss.ShouldAllBe(value => double.IsNaN(value));
        gradient.ShouldContain(value => double.IsNaN(value));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(7)]
    public void Gradient_OfEveryKind_AgreesWithFiniteDifferencesOfTheDefinition(int logits)
    {
        const double step = 1e-5;
        int classes = Math.Max(2, logits);
        using RuntimeSession session = Session(ElementType.Double, logits);
        Random random = new(31);
        foreach (AttackLoss kind in Enum.GetValues<AttackLoss>())
        {
            foreach (int target in Enumerable.Range(-1, classes + 1))
            {
                if (!AttackLosses.KindsFor(classes, target >= 0).Contains(kind))
                {
                    continue;
                }

                for (int label = 0; label < classes; label++)
                {
                    double[] z = [.. Enumerable.Range(0, logits).Select(_ => 6 * random.NextDouble() - 3)];
                    (double[] loss, double[] gradient) = Evaluate(session, z, logits, kind, label, target);

                    loss[0].ShouldBe(ReferenceLoss.Of(kind, z, label, target), DoubleRounding * 10);
                    for (int j = 0; j < logits; j++)
                    {
                        double Moved(double by) => ReferenceLoss.Of(kind, [.. z.Select((value, i) => i == j ? value + by : value)], label, target);
                        double difference = (Moved(step) - Moved(-step)) / (2 * step);

                        // The ratio's third derivative grows with its slope, where the largest logits are near each other.
                        gradient[j].ShouldBe(difference, StepSquared * (1 + difference * difference), $"{kind}, label {label}, target {target}, logit {j}");
                    }
                }
            }
        }
    }

    [Fact]
    public void Kinds_OfOneBatch_AreEachExamplesOwn()
    {
        using RuntimeSession session = Session(ElementType.Double, 4);
        double[] z = [4, 8, -2, 0];
        long[] kinds = [0, 1, 2, 0, 1, 2];
        long[] targets = [-1, -1, -1, 3, 3, 3];

        (double[] loss, double[] gradient) = Evaluate(session, [.. Enumerable.Repeat(z, 6).SelectMany(row => row)], 4, kinds, [1, 1, 1, 1, 1, 1], targets);

        for (int i = 0; i < 6; i++)
        {
            (double[] own, double[] ownGradient) = Evaluate(session, z, 4, (AttackLoss)kinds[i], 1, targets[i]);
            loss[i].ShouldBe(own[0]);
            gradient[(4 * i)..(4 * i + 4)].ShouldBe(ownGradient);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void CrossEntropy_OfAConfidentNetwork_KeepsItsGradient(int logits)
    {
        // In single precision p_y is 1 here, and p_y - 1 would be 0: the gradient must still be the other classes' probability.
        const float gap = 40;
        double other = Math.Exp(-gap);
        double[] z = logits == 1 ? [-gap] : logits == 2 ? [gap, 0] : [gap, 0, -gap];
        using RuntimeSession session = Session(ElementType.Float, logits);

        (_, double[] gradient) = Evaluate(session, z, logits, AttackLoss.CrossEntropy, 0, -1);

        // Relative rounding of exp at -40 in single precision.
        double[] expected = logits == 1 ? [other] : [-other, other];
        gradient[..expected.Length].ShouldBe(expected, 1e-5 * other);
    }

    [Fact]
    public void LogitMargin_OfLargeLogits_IsRoundedOnce()
    {
        using RuntimeSession session = Session(ElementType.Float, 3);
        (double[] loss, _) = Evaluate(session, [1000.25, 1000.5, -3000], 3, AttackLoss.LogitMargin, 1, -1);

        loss.ShouldBe([-0.25]);
    }

    private static RuntimeSession Session(ElementType element, int logits)
    {
        GraphBuilder graph = new(new Random(1));
        return new(InputGradientGraph.Derive(graph.Output(graph.Input("input", element, new([Dimension.Named("batch"), logits])))));
    }

    private static (double[] Loss, double[] Gradient) Evaluate(double[] z, int logits, AttackLoss kind, long label, long target)
    {
        using RuntimeSession session = Session(ElementType.Double, logits);
        return Evaluate(session, z, logits, kind, label, target);
    }

    private static (double[] Loss, double[] Gradient) Evaluate(RuntimeSession session, double[] z, int logits, AttackLoss kind, long label, long target) =>
        Evaluate(session, z, logits, [(long)kind], [label], [target]);

    private static (double[] Loss, double[] Gradient) Evaluate(RuntimeSession session, double[] z, int logits, long[] kinds, long[] labels, long[] targets)
    {
        long batch = labels.Length;
        Dictionary<string, double[]> outputs = session.Run(
            ("input", z, [batch, logits]), ("labels", labels, [batch]), ("targets", targets, [batch]), ("loss_kind", kinds, [batch]));
        return (outputs["loss"], outputs["input_gradient"]);
    }
}

internal static class LossAssertions
{
    public static void ShouldBeExactly(this (double[] Loss, double[] Gradient) actual, double[] loss, double[] gradient)
    {
        actual.Loss.ShouldBe(loss);
        actual.Gradient.ShouldBe(gradient);
    }
}
