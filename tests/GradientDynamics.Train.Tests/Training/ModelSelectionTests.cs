using GradientDynamics.Train.Training;

namespace GradientDynamics.Train.Tests.Training;

public sealed class ModelSelectionTests
{
    // Right answers of ten in each of two groups of two classes, and the share that is right under attack; each rule has its own best.
    private static readonly EpochMetrics[] Epochs =
    [
        Epoch(1, validation: [10, 10, 8, 4], adversarial: 0.1, test: [5, 5, 5, 5]),
        Epoch(2, validation: [10, 5, 10, 5], adversarial: 0.1, test: [10, 10, 10, 1]),
        Epoch(3, validation: [7, 7, 7, 7], adversarial: 0.2, test: [5, 5, 5, 4]),
        Epoch(4, validation: [7, 7, 7, 7], adversarial: 0.9, test: [4, 4, 4, 4]),
    ];

    [Theory]
    [InlineData(SelectionRule.ValidationAverage, 1)]
    [InlineData(SelectionRule.ValidationWorstGroup, 3)]
    [InlineData(SelectionRule.ValidationWorstClass, 2)]
    [InlineData(SelectionRule.ValidationCleanAndAdversarial, 4)]
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

    [Theory]
    [InlineData(SelectionRule.ValidationWorstGroup, "selected by validation-worst-group")]
    [InlineData(SelectionRule.TestAverageOracle, "selected by test-average-oracle: chosen on the test set, an oracle")]
    public void Title_OfARule_SaysWhetherItIsAnOracle(SelectionRule rule, string title) => rule.Title().ShouldBe(title);

    private static EpochMetrics Epoch(int epoch, int[] validation, double adversarial, int[] test) =>
        new(epoch, epoch, 0, 0, Split(test), Split(validation) with { AdversarialAccuracy = adversarial }, Split(test), new Dictionary<string, double>(), 0);

    private static SplitMetrics Split(int[] right) => new(0, [.. right.Select((count, group) => new GroupAccuracy(group, $"{group}", 10, count))], [0.25, 0.25, 0.25, 0.25], attributeCount: 2);
}
