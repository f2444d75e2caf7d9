using GradientDynamics.Train.Datasets;
using GradientDynamics.Train.Training;

namespace GradientDynamics.Train.Tests.Training;

public sealed class SplitMetricsTests
{
    private static readonly DatasetDescription Dataset = new("test", [1], ["a", "b"], ["x", "y"], new([0], [1]));

    // Group 0: 3 of 4 right, group 1: 1 of 1, group 2: empty, group 3: 1 of 2.
    private static readonly int[] Groups = [0, 0, 0, 0, 1, 3, 3];
    private static readonly bool[] Correct = [true, true, true, false, true, false, true];

    [Fact]
    public void Of_Always_CountsGroupsAndLeavesEmptyOnesWithoutAccuracy()
    {
        SplitMetrics metrics = SplitMetrics.Of(Dataset, 0.5, Groups, Correct, [0.5, 0.25, 0, 0.25]);

        metrics.Groups.Select(group => group.Accuracy).ShouldBe([0.75, 1, null, 0.5]);
        metrics.Groups.Select(group => group.Count).ShouldBe([4, 1, 0, 2]);
        metrics.WorstGroupAccuracy.ShouldBe(0.5);
        metrics.WorstGroup.ShouldBe("b, y");
        metrics.AverageAccuracy.ShouldBe(5.0 / 7);
        metrics.AdjustedAverageAccuracy.ShouldBe((0.5 * 0.75) + (0.25 * 1) + (0.25 * 0.5));
    }

    [Fact]
    public void AdjustedAverage_WithTrainingGroupsThatAreEmptyHere_WeightsTheOthers()
    {
        SplitMetrics metrics = SplitMetrics.Of(Dataset, 0.5, Groups, Correct, [0.25, 0, 0.5, 0.25]);

        metrics.AdjustedAverageAccuracy.ShouldBe((0.75 + 0.5) / 2);
    }

    [Fact]
    public void AdjustedAverage_WithoutAnyTrainingGroupHere_IsNone() =>
        SplitMetrics.Of(Dataset, 0.5, Groups, Correct, [0, 0, 1, 0]).AdjustedAverageAccuracy.ShouldBeNull();
}
