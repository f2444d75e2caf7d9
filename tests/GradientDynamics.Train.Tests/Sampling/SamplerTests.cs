using GradientDynamics.Train.Sampling;

namespace GradientDynamics.Train.Tests.Sampling;

public sealed class SamplerTests
{
    // Two classes and two attributes; group 1 is the smallest with 2 examples, class 1 the smaller with 5.
    private static readonly int[] Groups = [0, 0, 0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 3];
    private static readonly int[] Labels = [.. Groups.Select(group => group / 2)];

    public static TheoryData<SamplerOptions> All =>
    [
        new ShuffleOptions(), new GroupSubsamplingOptions(), new ClassSubsamplingOptions(), new GroupReweightingOptions(), new ClassReweightingOptions(),
        new GroupSquareRootReweightingOptions(), new ClassSquareRootReweightingOptions(), new ClassBalancedBatchesOptions(),
    ];

    [Theory]
    [MemberData(nameof(All))]
    public void SampleEpoch_OfEveryKind_IsTheSameForTheSameSeedAndEpochAndElseAnother(SamplerOptions options)
    {
        ISampler sampler = options.Create(Labels, Groups, new RunSeed(1));

        sampler.SampleEpoch(5).ShouldBe(options.Create(Labels, Groups, new RunSeed(1)).SampleEpoch(5));
        sampler.SampleEpoch(6).ShouldNotBe(sampler.SampleEpoch(5));
        sampler.SampleEpoch(5).ShouldAllBe(index => index >= 0 && index < Labels.Length);
    }

    [Fact]
    public void Shuffle_Always_YieldsEveryExampleOnce() =>
        new ShuffleOptions().Create(Labels, Groups, new RunSeed(1)).SampleEpoch(0).Order().ShouldBe(Enumerable.Range(0, Labels.Length));

    [Fact]
    public void GroupSubsampling_Always_KeepsAsManyOfEveryGroupAndTheSameInEveryEpoch()
    {
        ISampler sampler = new GroupSubsamplingOptions().Create(Labels, Groups, new RunSeed(1));

        int[] epoch = sampler.SampleEpoch(0);

        epoch.CountBy(index => Groups[index]).OrderBy(pair => pair.Key).Select(pair => pair.Value).ShouldBe([2, 2, 2, 2]);
        epoch.Distinct().Count().ShouldBe(epoch.Length);
        sampler.SampleEpoch(1).Order().ShouldBe(epoch.Order());
    }

    [Fact]
    public void ClassSubsampling_Always_KeepsAsManyOfEveryClass() =>
        new ClassSubsamplingOptions().Create(Labels, Groups, new RunSeed(1)).SampleEpoch(0).CountBy(index => Labels[index]).Select(pair => pair.Value).ShouldBe([5, 5]);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Reweighting_OverManyEpochs_DrawsEveryPartEquallyOften(bool byGroup)
    {
        SamplerOptions options = byGroup ? new GroupReweightingOptions() : new ClassReweightingOptions();
        int[] parts = byGroup ? Groups : Labels;
        ISampler sampler = options.Create(Labels, Groups, new RunSeed(1));
        const int Epochs = 4000;

        Dictionary<int, int> counts = Enumerable.Range(0, Epochs).SelectMany(epoch => sampler.SampleEpoch(epoch)).CountBy(index => parts[index]).ToDictionary();

        double draws = (double)Epochs * Labels.Length;
        double share = 1.0 / counts.Count;
        // Six standard deviations of a share among 52,000 independent draws.
        double tolerance = 6 * Math.Sqrt(share * (1 - share) / draws);
        counts.Values.ShouldAllBe(count => Math.Abs((count / draws) - share) < tolerance);
        sampler.SampleEpoch(0).Length.ShouldBe(Labels.Length);
    }

    [Fact]
    public void Reweighting_WithAnEmptyGroup_DrawsTheOthers()
    {
        int[] groups = [0, 0, 0, 3];

        int[] epoch = new GroupReweightingOptions().Create([0, 0, 0, 1], groups, new RunSeed(1)).SampleEpoch(0);

        epoch.Length.ShouldBe(4);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void SquareRootReweighting_OverManyEpochs_DrawsEveryPartByTheRootOfItsSize(bool byGroup)
    {
        SamplerOptions options = byGroup ? new GroupSquareRootReweightingOptions() : new ClassSquareRootReweightingOptions();
        int[] parts = byGroup ? Groups : Labels;
        ISampler sampler = options.Create(Labels, Groups, new RunSeed(1));
        const int Epochs = 4000;

        Dictionary<int, int> counts = Enumerable.Range(0, Epochs).SelectMany(epoch => sampler.SampleEpoch(epoch)).CountBy(index => parts[index]).ToDictionary();

        double draws = (double)Epochs * Labels.Length;
        double sum = parts.CountBy(part => part).Sum(part => Math.Sqrt(part.Value));
        foreach ((int part, int size) in parts.CountBy(part => part))
        {
            double share = Math.Sqrt(size) / sum;
            // Six standard deviations of a share among 52,000 independent draws.
            (counts[part] / draws).ShouldBe(share, 6 * Math.Sqrt(share * (1 - share) / draws));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void ClassBalancedBatches_InBatchesOfAnySize_HaveTheClassesEquallyOftenUpToOne(int batchSize)
    {
        int[] labels = [0, 0, 0, 0, 0, 0, 0, 1, 1, 2];

        int[] epoch = new ClassBalancedBatchesOptions().Create(labels, labels, new RunSeed(1)).SampleEpoch(0);

        epoch.Length.ShouldBe(labels.Length);
        foreach (int[] batch in epoch.Chunk(batchSize))
        {
            int[] counts = [.. Enumerable.Range(0, 3).Select(label => batch.Count(index => labels[index] == label))];
            (counts.Max() - counts.Min()).ShouldBeLessThanOrEqualTo(1);
        }
    }

    [Fact]
    public void ClassBalancedBatches_OfALargeClass_RepeatNoneBeforeAllWereTaken()
    {
        int[] labels = [.. Enumerable.Repeat(0, 50), .. Enumerable.Repeat(1, 10)];

        int[] epoch = new ClassBalancedBatchesOptions().Create(labels, labels, new RunSeed(1)).SampleEpoch(0);

        epoch.Where(index => labels[index] == 0).CountBy(index => index).Max(pair => pair.Value).ShouldBe(1);
        epoch.Where(index => labels[index] == 1).CountBy(index => index).Select(pair => pair.Value).ShouldBe(Enumerable.Repeat(3, 10));
    }
}
