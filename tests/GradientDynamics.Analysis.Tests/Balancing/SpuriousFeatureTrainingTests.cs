using GradientDynamics.Analysis.Balancing;
using GradientDynamics.Analysis.Numerics;

namespace GradientDynamics.Analysis.Tests.Balancing;

public class SpuriousFeatureTrainingTests
{
    private static readonly SpuriousFeatureTraining Small = new() { Count = 200, NoiseDimension = 240, BatchSize = 50, Epochs = 200, LearningRate = 5e-5 };

    [Fact]
    public void Draw_HasTheMinorityOfThePapersCode()
    {
        SpuriousFeatureSet set = new SpuriousFeatureTraining { NoiseDimension = 0 }.Draw(new GaussianSource(1), noisy: true);

        // int((1 - 0.8)·1000) is 199 in floating point.
        set.IsMajority.Count(majority => !majority).ShouldBe(199);
        set.Labels.Count(label => label == 1).ShouldBe(500);
        // The core feature has the other sign than the label, and the scale 1; the spurious one agrees with it in the majority, at the scale 4.
        Enumerable.Range(0, 1000).Average(i => set.Inputs[i][1] * set.Labels[i]).ShouldBe(-1, 0.02);
        Enumerable.Range(0, 1000).Where(i => set.IsMajority[i]).Average(i => set.Inputs[i][0] * set.Labels[i]).ShouldBe(-4, 0.1);
        Enumerable.Range(0, 1000).Where(i => !set.IsMajority[i]).Average(i => set.Inputs[i][0] * set.Labels[i]).ShouldBe(4, 0.2);
    }

    // The paper's observation: without balance the minority is wrong, subsampling mends it and stays there, reweighting mends it and then loses it.
    [Fact]
    public void Balancing_MendsTheWorstGroup()
    {
        GaussianSource source = new(3);
        SpuriousFeatureSet training = Small.Draw(source, noisy: true);
        SpuriousFeatureSet validation = Small.Draw(source, noisy: false);

        (_, double[] erm, _) = Small.Train(training, validation, GroupBalancing.None, new GaussianSource(4), TestContext.Current.CancellationToken);
        (_, double[] subsampled, _) = Small.Train(training, validation, GroupBalancing.Subsampling, new GaussianSource(4), TestContext.Current.CancellationToken);
        (double[] best, _, double[] curve) = Small.Train(training, validation, GroupBalancing.Reweighting, new GaussianSource(4), TestContext.Current.CancellationToken);

        validation.WorstGroupAccuracy(erm).ShouldBeLessThan(0.3);
        validation.WorstGroupAccuracy(subsampled).ShouldBeGreaterThan(0.9);
        validation.WorstGroupAccuracy(best).ShouldBe(curve.Max());
        curve.Max().ShouldBeGreaterThan(0.9);
    }

    // One step from known weights, by hand: the gradient of the mean logistic loss at weights so small that σ(-m) = 1/2.
    [Fact]
    public void FirstStep_FollowsTheMeanGradient()
    {
        SpuriousFeatureTraining training = Small with { Epochs = 1, BatchSize = 200, LearningRate = 1e-3, NoiseDimension = 1 };
        SpuriousFeatureSet set = training.Draw(new GaussianSource(5), noisy: true);
        SpuriousFeatureTraining still = training with { LearningRate = 1e-300 };

        (_, double[] start, _) = still.Train(set, set, GroupBalancing.None, new GaussianSource(6), TestContext.Current.CancellationToken);
        (_, double[] moved, _) = training.Train(set, set, GroupBalancing.None, new GaussianSource(6), TestContext.Current.CancellationToken);

        for (int j = 0; j < 3; j++)
        {
            double gradient = Enumerable.Range(0, 200).Average(i => -set.Labels[i] * set.Inputs[i][j] / (1 + Math.Exp(set.Labels[i] * Enumerable.Range(0, 3).Sum(k => set.Inputs[i][k] * start[k]))));
            (moved[j] - start[j]).ShouldBe(-1e-3 * gradient, 1e-12);
        }
    }
}
