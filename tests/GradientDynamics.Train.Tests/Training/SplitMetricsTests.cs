using GradientDynamics.Train.Datasets;
using GradientDynamics.Train.Training;

namespace GradientDynamics.Train.Tests.Training;

public sealed class SplitMetricsTests
{
    private static readonly DatasetDescription Dataset = new("test", [1], ["a", "b"], ["x", "y"], new([0], [1]));

    // Group 0: 3 of 4 right, group 1: 1 of 1, group 2: empty, group 3: 1 of 2.
    private static readonly int[] Groups = [0, 0, 0, 0, 1, 3, 3];
    private static readonly int[] Labels = [0, 0, 0, 0, 0, 1, 1];

    // A single logit: right, right, right, wrong, right, wrong, right.
    private static readonly Predictions Predicted = Predictions.Of([-1, -1, -1, 1, -1, -1, 1], logitCount: 1);

    [Fact]
    public void Of_Always_CountsGroupsAndLeavesEmptyOnesWithoutAccuracy()
    {
        SplitMetrics metrics = SplitMetrics.Of(Dataset, Predicted, Labels, Groups, [0.5, 0.25, 0, 0.25]);

        metrics.Groups.Select(group => group.Accuracy).ShouldBe([0.75, 1, null, 0.5]);
        metrics.Groups.Select(group => group.Count).ShouldBe([4, 1, 0, 2]);
        metrics.WorstGroupAccuracy.ShouldBe(0.5);
        metrics.WorstGroup.ShouldBe("b, y");
        metrics.AverageAccuracy.ShouldBe(5.0 / 7);
        metrics.BalancedAccuracy.ShouldBe(((4.0 / 5) + (1.0 / 2)) / 2);
        metrics.WorstClassAccuracy.ShouldBe(0.5);
        metrics.AdversarialAccuracy.ShouldBeNull();
        metrics.AdjustedAverageAccuracy.ShouldBe((0.5 * 0.75) + (0.25 * 1) + (0.25 * 0.5));
    }

    [Fact]
    public void AdjustedAverage_WithTrainingGroupsThatAreEmptyHere_WeightsTheOthers()
    {
        SplitMetrics metrics = SplitMetrics.Of(Dataset, Predicted, Labels, Groups, [0.25, 0, 0.5, 0.25]);

        metrics.AdjustedAverageAccuracy.ShouldBe((0.75 + 0.5) / 2);
    }

    [Fact]
    public void AdjustedAverage_WithoutAnyTrainingGroupHere_IsNone() =>
        SplitMetrics.Of(Dataset, Predicted, Labels, Groups, [0, 0, 1, 0]).AdjustedAverageAccuracy.ShouldBeNull();

    [Fact]
    public void Of_WithOneClassOnly_HasNoAreaUnderTheRocAndThatClassesAccuracy()
    {
        SplitMetrics metrics = SplitMetrics.Of(Dataset, Predictions.Of([-1, 1], logitCount: 1), [0, 0], [0, 1], [0.5, 0.5, 0, 0]);

        metrics.AreaUnderRoc.ShouldBeNull();
        metrics.BalancedAccuracy.ShouldBe(0.5);
        metrics.WorstClassAccuracy.ShouldBe(0.5);
        metrics.WorstGroupAccuracy.ShouldBe(0);
    }

    [Fact]
    public void OfRegression_Always_HasHalfTheMeanSquaredError()
    {
        GroupedDataset data = new(new("test", [1], ["below", "above"], [], new([-1], [1])), Split.Test, [0, 0, 0], [1, 0, 1], null, targets: [2, -1, 1]);

        SplitMetrics metrics = SplitMetrics.OfRegression(data, Predictions.Of([1, 1, 1], logitCount: 1), [0, 1, 2], [1, 0, 1], [0.5, 0.5]);

        metrics.Loss.ShouldBe((1 + 4 + 0) / 6.0);
        metrics.AverageAccuracy.ShouldBe(2 / 3.0);
        metrics.Entropy.ShouldBeNull();
    }
}
