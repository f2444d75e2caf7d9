using GradientDynamics.Train.Training;

namespace GradientDynamics.Train.Tests.Training;

public sealed class ModelSelectionTests
{
    // Average and worst-group accuracy on validation and test of three epochs; each rule has its own best.
    private static readonly EpochMetrics[] Epochs =
    [
        Epoch(1, validation: (Right0: 9, Right1: 5), test: (5, 5)),
        Epoch(2, validation: (10, 4), test: (10, 1)),
        Epoch(3, validation: (6, 6), test: (5, 4)),
        Epoch(4, validation: (6, 6), test: (4, 4)),
    ];

    [Theory]
    [InlineData(SelectionRule.ValidationAverage, 1)]
    [InlineData(SelectionRule.ValidationWorstGroup, 3)]
    [InlineData(SelectionRule.TestAverageOracle, 2)]
    [InlineData(SelectionRule.TestWorstGroupOracle, 1)]
    [InlineData(SelectionRule.LastEpoch, 4)]
    public void Observe_OfEveryRule_KeepsItsFirstBestEpoch(SelectionRule rule, int best)
    {
        ModelSelection selection = new(rule);

        int[] improvements = [.. Epochs.Where(selection.Observe).Select(epoch => epoch.Epoch)];

        selection.BestEpoch.ShouldBe(best);
        improvements[^1].ShouldBe(best);
        selection.EvaluationsWithoutImprovement.ShouldBe(4 - best);
    }

    // Two groups of ten examples: 14 right on average decide by average, the smaller number by worst group.
    private static EpochMetrics Epoch(int epoch, (int Right0, int Right1) validation, (int Right0, int Right1) test) =>
        new(epoch, epoch, 0, 0, Split((0, 0)), Split(validation), Split(test), 0);

    private static SplitMetrics Split((int Right0, int Right1) right) => new(0, [new(0, "a", 10, right.Right0), new(1, "b", 10, right.Right1)], [0.5, 0.5]);
}
