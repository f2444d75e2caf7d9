using GradientDynamics.Statistics;
using GradientDynamics.Train.Sampling;

namespace GradientDynamics.Train.Tests.Sampling;

public sealed class RunSeedTests
{
    // The sequence is part of the file formats: a data set is named by its seed. Computed by an independent implementation of xoshiro256** (Python integers) from
    // sha256("7/shuffle/3"): `python3 tests/GradientDynamics.Train.Tests/Sampling/xoshiro.py 7/shuffle/3`.
    [Fact]
    public void Stream_OfAPurposeAndStep_IsTheSameOnEveryMachine()
    {
        var random = (SeededRandom)new RunSeed(7).Stream("shuffle", 3);

        ulong[] bits = [random.NextBits(), random.NextBits(), random.NextBits()];

        bits.ShouldBe([374259310112953648, 18372782372594638205, 12351384876127324842]);
    }

    [Fact]
    public void Stream_OfAnotherSeedPurposeOrStep_IsAnother()
    {
        double[] first =
        [
            new RunSeed(7).Stream("shuffle", 3).NextDouble(), new RunSeed(8).Stream("shuffle", 3).NextDouble(),
            new RunSeed(7).Stream("shuffle", 4).NextDouble(), new RunSeed(7).Stream("noise", 3).NextDouble(),
        ];

        first.Distinct().Count().ShouldBe(4);
        new RunSeed(7).Stream("shuffle", 3).NextDouble().ShouldBe(first[0]);
    }

    [Fact]
    public void Next_BelowABound_IsUniform()
    {
        const int Draws = 70_000;
        // 10,000 per value with standard deviation 93; six of them are exceeded once in 5e8 draws of a fair generator.
        const double Tolerance = 6 * 93;
        Random random = new RunSeed(1).Stream("uniform");
        int[] counts = new int[7];

        for (int i = 0; i < Draws; i++)
        {
            counts[random.Next(7)]++;
        }

        counts.ShouldAllBe(count => Math.Abs(count - 10_000) < Tolerance);
    }

    [Fact]
    public void NextDouble_AndSingle_StayBelowOne()
    {
        Random random = new RunSeed(2).Stream("range");
        double mean = 0;

        for (int i = 0; i < 10_000; i++)
        {
            double value = random.NextDouble();
            value.ShouldBeInRange(0, 1);
            value.ShouldNotBe(1);
            random.NextSingle().ShouldBeLessThan(1);
            mean += value / 10_000;
        }

        mean.ShouldBe(0.5, 0.02); // seven standard deviations of the mean of 10,000 uniform numbers
    }

    [Fact]
    public void Next_WithAnEmptyOrWrongRange_BehavesAsRandomDoes()
    {
        Random random = new RunSeed(3).Stream("edges");

        random.Next(0).ShouldBe(0);
        random.Next(5, 5).ShouldBe(5);
        random.NextInt64(long.MinValue, long.MaxValue).ShouldBeLessThan(long.MaxValue);
        Should.Throw<ArgumentOutOfRangeException>(() => random.Next(-1));
        Should.Throw<ArgumentOutOfRangeException>(() => random.Next(2, 1));
    }
}
