using GradientDynamics.Attack.Groups;
using GradientDynamics.Attack.Tests.Audits;
using GradientDynamics.EvaluationSets;

namespace GradientDynamics.Attack.Tests.Groups;

public sealed class GroupEvaluationTests
{
    private const double Rounding = 1e-12;

    [Fact]
    public void Groups_AreCountedByHand()
    {
        // Groups: (0, red) 2 of 2, (0, green) 1 of 4, (1, red) none, (1, green) 3 of 4.
        int[] groups = [0, 0, 1, 1, 1, 1, 3, 3, 3, 3];
        bool[] correct = [true, true, true, false, false, false, true, true, true, false];
        EvaluationSetMetadata metadata = Examples.Metadata(2) with { AttributeNames = ["red", "green"], TrainingGroupShares = [0.5, 0.1, 0, 0.4] };

        GroupEvaluation evaluation = GroupEvaluation.Of(groups, correct, metadata, 0.95);

        evaluation.Average.Count.ShouldBe(10);
        evaluation.Average.Accuracy!.Value.ShouldBe(0.6, Rounding);
        evaluation.AdjustedAverage!.Value.ShouldBe((0.5 * 1) + (0.1 * 0.25) + (0.4 * 0.75), Rounding);
        evaluation.WorstGroup!.Name.ShouldBe("zero, green");
        evaluation.WorstGroup.Accuracy.Accuracy!.Value.ShouldBe(0.25, Rounding);
        evaluation.Groups[2].Accuracy.ShouldBe(new CountedAccuracy(0, 0, null, null));
        evaluation.Groups.Select(group => group.Accuracy.Count).ShouldBe([2, 4, 0, 4]);
    }

    [Fact]
    public void Interval_IsWilsons()
    {
        // Wilson's interval of 1 in 4 at z = 1.959964: (0.25 + z²/8 ± z·√(0.1875/4 + z²/64)) / (1 + z²/4).
        const double Z = 1.959963984540054;
        double center = (0.25 + (Z * Z / 8)) / (1 + (Z * Z / 4));
        double half = Z * Math.Sqrt((0.1875 / 4) + (Z * Z / 64)) / (1 + (Z * Z / 4));

        CountedAccuracy accuracy = CountedAccuracy.Of(1, 4, 0.95);

        accuracy.Interval!.Value.Lower.ShouldBe(center - half, Rounding);
        accuracy.Interval.Value.Upper.ShouldBe(center + half, Rounding);
    }

    [Fact]
    public void AdjustedAverage_WhereAGroupOfTheTrainingSetHasNoExamples_IsUnknown()
    {
        EvaluationSetMetadata metadata = Examples.Metadata(2) with { TrainingGroupShares = [0.5, 0.5] };

        GroupEvaluation.Of([0, 0], [true, true], metadata, 0.95).AdjustedAverage.ShouldBeNull();
    }

    [Fact]
    public void AdjustedAverage_WithoutShares_IsUnknown()
    {
        GroupEvaluation.Of([0, 1], [true, true], Examples.Metadata(2), 0.95).AdjustedAverage.ShouldBeNull();
    }
}
