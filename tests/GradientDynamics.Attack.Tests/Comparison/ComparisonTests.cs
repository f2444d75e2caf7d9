using GradientDynamics.Attack.Attacks;
using GradientDynamics.Attack.Audits;
using GradientDynamics.Attack.Comparison;
using GradientDynamics.Attack.Margins;
using GradientDynamics.Attack.Tests.Audits;
using GradientDynamics.Attack.Tests.Targets;
using GradientDynamics.EvaluationSets;
using GradientDynamics.Statistics;

namespace GradientDynamics.Attack.Tests.Comparison;

public sealed class ComparisonTests
{
    private const double Rounding = 1e-12;

    private static readonly BootstrapOptions Bootstrap = new() { Seed = 1, Resamples = 2000 };

    [Fact]
    public async Task Comparison_OfAModelWithItself_IsZeroThroughout()
    {
        LinearClassifier model = LinearClassifier.Random(31, 3, 6);
        AuditOptions options = AuditTests.Small();

        TargetComparison comparison = TargetComparison.Of(await AuditTests.RunAsync(model, 60, options), await AuditTests.RunAsync(model, 60, options), options);

        comparison.Clean.Difference.ShouldBe(0);
        comparison.Clean.Interval.ShouldBe(new Interval(0, 0));
        comparison.Clean.PValue.ShouldBe(1);
        comparison.CleanWorstGroup.Difference.ShouldBe(0);
        comparison.CleanWorstGroup.Interval.ShouldBe(new Interval(0, 0));
        foreach (ThreatComparison threat in comparison.ThreatModels)
        {
            threat.Epsilons.ShouldAllBe(epsilon => epsilon.Robust.OnlyFirst == 0 && epsilon.Robust.OnlySecond == 0 && epsilon.WorstGroup.Difference == 0);
            threat.Margins!.MedianDifference.ShouldBe(0);
            threat.Margins.Interval.ShouldBe(new Interval(0, 0));
            (threat.Margins.FirstLarger, threat.Margins.SecondLarger).ShouldBe((0, 0));
        }
    }

    [Fact]
    public async Task Comparison_WithAModelOfHalfTheMargins_FindsThem()
    {
        // z = 1 − x against class 0 at 0 and the same boundary moved to half the distance: the margins of x < 0.5 differ by 0.5.
        LinearClassifier wide = new([[0], [1]], [0, -1]);
        LinearClassifier narrow = new([[0], [1]], [0, -0.5]);
        ExampleBatch batch = new([.. Enumerable.Range(0, 40).Select(i => $"x{i}")], [.. Enumerable.Range(0, 40).Select(i => -i / 100f)], new int[40], 1);
        EvaluationSet set = Examples.Of(batch, Examples.Metadata(2, 1));
        AuditOptions options = new()
        {
            Resamples = 500,
            ThreatModels = [new ThreatModelOptions { Norm = PerturbationNorm.Linf, Epsilons = [0.755], Attacks = [new PgdOptions()], Margin = new MarginOptions { RelativeWidth = 0.01 } }],
        };

        TargetFindings first = await Audit.RunAsync(AuditTests.Target(narrow, "narrow"), set, options, _ => { }, TestContext.Current.CancellationToken);
        TargetFindings second = await Audit.RunAsync(AuditTests.Target(wide, "wide"), set, options, _ => { }, TestContext.Current.CancellationToken);
        TargetComparison comparison = TargetComparison.Of(first, second, options);

        MarginComparison margins = comparison.ThreatModels[0].Margins!;
        margins.MedianDifference.ShouldBe(0.5, 0.02);
        margins.Interval.Contains(margins.MedianDifference).ShouldBeTrue();
        (margins.FirstLarger, margins.SecondLarger).ShouldBe((0, 40));
        margins.PValue.ShouldBeLessThan(1e-9);
        // At ε = 0.755 the narrow model keeps x < −0.255, that is 14 of 40 examples; the wide one keeps all.
        comparison.ThreatModels[0].Epsilons[0].Robust.First.ShouldBe(14 / 40.0, Rounding);
        comparison.ThreatModels[0].Epsilons[0].Robust.Second.ShouldBe(1);
        comparison.ThreatModels[0].Epsilons[0].Robust.OnlySecond.ShouldBe(26);
    }

    [Fact]
    public void PairedAccuracy_CountsDiscordantExamples()
    {
        bool[] first = [true, true, true, false, false, true];
        bool[] second = [true, false, false, true, false, false];

        PairedAccuracy paired = PairedAccuracy.Of(first, second, Bootstrap);

        (paired.OnlyFirst, paired.OnlySecond).ShouldBe((3, 1));
        paired.Difference.ShouldBe(-2 / 6.0, Rounding);
        // Mid-p of 1 in 4 fair coins: 2·P(0) + P(1) = 2/16 + 4/16.
        paired.PValue.ShouldBe(6 / 16.0, Rounding);
        paired.Interval.Contains(paired.Difference).ShouldBeTrue();
    }

    [Fact]
    public void WorstGroups_MayDiffer_AndEachResampleHasThemAll()
    {
        // First: groups at 0.5 and 1; second: 1 and 0.75. A group of one right example can never become the worst by resampling.
        int[] groups = [0, 0, 0, 0, 1, 1, 1, 1, 4];
        bool[] first = [true, true, false, false, true, true, true, true, true];
        bool[] second = [true, true, true, true, true, true, true, false, true];

        WorstGroupDifference worst = WorstGroupDifference.Of(groups, first, second, Bootstrap);

        (worst.First, worst.Second, worst.Difference).ShouldBe((0.5, 0.75, 0.25));
        worst.Interval.Lower.ShouldBeGreaterThanOrEqualTo(-1);
        worst.Interval.Upper.ShouldBeLessThanOrEqualTo(1);
        worst.Interval.Contains(0.25).ShouldBeTrue();
    }

    [Fact]
    public void WorstGroups_OfCertainGroups_HaveNoSpread()
    {
        int[] groups = [0, 0, 1, 1];

        WorstGroupDifference.Of(groups, [true, true, false, false], [true, true, true, true], Bootstrap).Interval.ShouldBe(new Interval(1, 1));
    }

    [Fact]
    public void OpenMargins_CountAsTheLargestRadiusThatFailed_AndAreSigned()
    {
        InputMargin[] first = [new(0.1, 0.2), new(0.1, 0.2), InputMargin.Misclassified];
        InputMargin[] second = [new(0.5, double.PositiveInfinity), new(0.15, 0.25), new(0.3, 0.4)];

        MarginComparison margins = MarginComparison.Of(first, second, Bootstrap)!;

        (margins.FirstOpen, margins.SecondOpen).ShouldBe((0, 1));
        (margins.FirstLarger, margins.SecondLarger).ShouldBe((0, 2));
        margins.MedianDifference.ShouldBe(0.3, Rounding);
        margins.SecondMedian.ShouldBe(0.4, Rounding);
        MarginComparison.Of([], [], Bootstrap).ShouldBeNull();
    }
}
