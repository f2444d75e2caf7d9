using GradientDynamics.Train.Datasets;

namespace GradientDynamics.Train.Tests.Datasets;

public sealed class TwoMoonsTests
{
    [Fact]
    public void Defaults_AreDocumentedAndPassTheirOwnGuards()
    {
        TwoMoonsOptions options = new();

        options.ClassGap.ShouldBe(0.1);
        options.Noise.ShouldBe(0.1);
        options.Count.ShouldBe(300);
        options.Rotation.ShouldBe(0);
        (options with { ClassGap = options.ClassGap, Noise = options.Noise, Count = options.Count }).ShouldBe(options);
    }

    // The transform: class 0 goes to the positive side of the first input, class 1 to the negative one, each at least the gap away from 0.
    [Theory]
    [InlineData(0.1)]
    [InlineData(0.5)]
    public void Load_WithAPositiveGap_IsSeparableAlongTheFirstInput(double gap)
    {
        GroupedDataset data = new TwoMoonsOptions { ClassGap = gap }.Load(Split.Train, 1);

        for (int i = 0; i < data.Count; i++)
        {
            double side = data.Labels[i] == 1 ? -1 : 1;
            (side * data.Input(i)[0]).ShouldBeGreaterThanOrEqualTo(gap - 1e-7); // a float's last digit at 0.5
        }
    }

    [Fact]
    public void Load_WithANegativeGap_Overlaps()
    {
        GroupedDataset data = new TwoMoonsOptions { ClassGap = -0.1 }.Load(Split.Train, 1);

        Enumerable.Range(0, data.Count).Any(i => (data.Labels[i] == 1 ? -1 : 1) * data.Input(i)[0] < 0).ShouldBeTrue();
    }

    // Without noise the points are known: half circles of radius 1 around (0, 0) and (1, 0.5), moved by (0.5, ±0.3).
    [Fact]
    public void Load_WithoutNoise_LiesOnTheTwoHalfCircles()
    {
        GroupedDataset data = new TwoMoonsOptions { Noise = 0, ClassGap = 0, Count = 301 }.Load(Split.Train, 1);
        double mean = Enumerable.Range(0, 301).Average(i => i < 150
            ? Math.Sin(Math.PI * i / 149) + 0.3
            : 0.5 - Math.Sin(Math.PI * (i - 150) / 150) - 0.3);

        for (int i = 0; i < data.Count; i++)
        {
            double along = data.Input(i)[1] + 0.5;
            double height = Math.Abs(data.Input(i)[0]);
            (double center, double lift) = data.Labels[i] == 1 ? (1, -0.3) : (0, 0.3);
            double half = Math.Sqrt(Math.Max(0, 1 - Math.Pow(along - center, 2)));
            double expected = Math.Abs((data.Labels[i] == 1 ? 0.5 - half : half) + lift - mean);
            height.ShouldBe(expected, 2e-3); // the root of a float's last digit, at the ends of the half circles
        }
    }

    // A quarter turn takes (a, b) to (-b, a).
    [Fact]
    public void Load_WithARotation_TurnsEveryInput()
    {
        GroupedDataset straight = new TwoMoonsOptions().Load(Split.Train, 1);
        GroupedDataset turned = new TwoMoonsOptions { Rotation = 90 }.Load(Split.Train, 1);

        for (int i = 0; i < straight.Count; i++)
        {
            turned.Input(i)[0].ShouldBe(-straight.Input(i)[1], 1e-6f);
            turned.Input(i)[1].ShouldBe(straight.Input(i)[0], 1e-6f);
        }
    }

    [Fact]
    public void Load_Always_HasHalfOfEachClassShuffledAndNoAttribute()
    {
        GroupedDataset data = new TwoMoonsOptions().Load(Split.Test, 1);

        data.GroupCounts().ShouldBe([150, 150]);
        data.Attributes.IsEmpty.ShouldBeTrue();
        data.Labels[..150].ToArray().Distinct().Count().ShouldBe(2);
        data.ContentHash().ShouldBe(new TwoMoonsOptions().Load(Split.Test, 1).ContentHash());
        data.ContentHash().ShouldNotBe(new TwoMoonsOptions().Load(Split.Train, 1).ContentHash());
    }
}
