using GradientDynamics.Train.Objectives;
using TorchSharp;
using static GradientDynamics.Train.Tests.Objectives.ObjectiveFixture;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Tests.Objectives;

/// <summary>Focal loss, label smoothing, squared error, hinge loss, regression and the variance of margins, by hand.</summary>
public sealed class LossTests
{
    private static readonly float[,] Single = { { 2 }, { -1 }, { 0.5f } };
    private static readonly long[] SingleLabels = [1, 1, 0];
    private static readonly float[,] Many = { { 1, 2, 3 }, { 0, -1, 1 } };
    private static readonly long[] ManyLabels = [2, 0];

    [Fact]
    public void FocalLoss_Always_WeightsByTheProbabilityOfBeingWrong()
    {
        double single = new[] { P(2), P(-1), 1 - P(0.5) }.Average(p => -Math.Pow(1 - p, 2) * Math.Log(p));
        double many = new[] { Softmax([1, 2, 3], 2), Softmax([0, -1, 1], 0) }.Average(p => -Math.Pow(1 - p, 1.5) * Math.Log(p));

        Of(new FocalLossOptions(), Single, SingleLabels).ShouldBe(single, Float32);
        Of(new FocalLossOptions { Focus = 1.5 }, Many, ManyLabels).ShouldBe(many, Float32);
    }

    [Fact]
    public void FocalLoss_OfCertainPredictions_HasFiniteGradients()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor logits = tensor(new float[,] { { 200 }, { -200 } }, requires_grad: true);

        new FocalLossOptions { Focus = 0.5 }.Create(Context(1)).Evaluate(logits, Batch([1, 1])).Total.backward();

        logits.grad!.isfinite().all().item<bool>().ShouldBeTrue();
    }

    [Fact]
    public void LabelSmoothing_Always_IsTheCrossEntropyAgainstSmoothedLabels()
    {
        // A fifth of the label in equal parts: 0.9 and 0.1 of two classes, 0.8 + 0.2/3 and 0.2/3 of three.
        double single = new[] { P(2), P(-1), 1 - P(0.5) }.Average(p => -(0.9 * Math.Log(p)) - (0.1 * Math.Log(1 - p)));
        double many = (Smoothed([1, 2, 3], 2) + Smoothed([0, -1, 1], 0)) / 2;

        Of(new LabelSmoothingOptions { Smoothing = 0.2 }, Single, SingleLabels).ShouldBe(single, Float32);
        Of(new LabelSmoothingOptions { Smoothing = 0.2 }, Many, ManyLabels).ShouldBe(many, Float32);

        static double Smoothed(double[] logits, int label) => -Enumerable.Range(0, 3).Sum(c => ((c == label ? 0.8 : 0) + (0.2 / 3)) * Math.Log(Softmax(logits, c)));
    }

    [Fact]
    public void FocusAndSmoothingZero_AreErmToTheLastBit()
    {
        double erm = Of(new ErmOptions(), Many, ManyLabels);

        Of(new FocalLossOptions { Focus = 0 }, Many, ManyLabels).ShouldBe(erm);
        Of(new LabelSmoothingOptions { Smoothing = 0 }, Many, ManyLabels).ShouldBe(erm);
        Of(new MarginVarianceOptions { Coefficient = 0 }, Many, ManyLabels).ShouldBe(erm);
    }

    [Fact]
    public void SquaredError_Always_IsTheDistanceToTheLabelsCode()
    {
        Of(new SquaredErrorOptions(), Single, SingleLabels).ShouldBe((1 + 4 + 2.25) / 3, Float32);
        Of(new SquaredErrorOptions(), Many, ManyLabels).ShouldBe((1 + 4 + 4 + 1 + 1 + 1) / 6.0, Float32);
    }

    [Fact]
    public void HingeLoss_Always_GrowsBelowAMarginOfOne()
    {
        Of(new HingeLossOptions(), Single, SingleLabels).ShouldBe((0 + 2 + 1.5) / 3, Float32);
        Of(new HingeLossOptions(), Many, ManyLabels).ShouldBe((0 + 2) / 2.0, Float32);
    }

    [Fact]
    public void Regression_Always_IsHalfTheMeanSquaredError()
    {
        using DisposeScope scope = NewDisposeScope();

        ObjectiveValue value = new RegressionOptions().Create(Context(1)).Evaluate(tensor(Single), Batch(SingleLabels, targets: [2.5f, 1, 0.5f]));

        value.Total.item<float>().ShouldBe((0.25f + 4 + 0) / 6, Float32);
    }

    [Fact]
    public void MarginVariance_Always_AddsTheVarianceOfTheMargins()
    {
        // Margins 2, −1, −0.5 have the mean 1/6; margins 3 − 2 and 0 − 1 the mean 0.
        double single = (Math.Pow(2 - (1 / 6.0), 2) + Math.Pow(-1 - (1 / 6.0), 2) + Math.Pow(-0.5 - (1 / 6.0), 2)) / 3;

        Of(new MarginVarianceOptions { Coefficient = 0.5 }, Single, SingleLabels).ShouldBe(Of(new ErmOptions(), Single, SingleLabels) + (0.5 * single), Float32);
        Of(new MarginVarianceOptions(), Many, ManyLabels).ShouldBe(Of(new ErmOptions(), Many, ManyLabels) + 1, Float32);
    }

    [Fact]
    public void MarginVariance_WithADecayRate_FallsWithTheStep()
    {
        using DisposeScope scope = NewDisposeScope();
        IObjective objective = new MarginVarianceOptions { Coefficient = 0.6, DecayRate = 0.001 }.Create(Context(3));

        float late = objective.Evaluate(tensor(Many), Batch(ManyLabels, step: 2000)).Penalty!.item<float>();

        late.ShouldBe((float)(0.6 * Math.Log(1 + Math.Exp(-2)) / Math.Log(2)), Float32);
        objective.Evaluate(tensor(Many), Batch(ManyLabels)).Penalty!.item<float>().ShouldBe(0.6f, Float32);
    }

    private static double Of(ObjectiveOptions options, float[,] logits, long[] labels)
    {
        using DisposeScope scope = NewDisposeScope();
        return Value(options, tensor(logits), Batch(labels));
    }

    private static double P(double logit) => 1 / (1 + Math.Exp(-logit));

    private static double Softmax(double[] logits, int c) => Math.Exp(logits[c]) / logits.Sum(Math.Exp);
}
