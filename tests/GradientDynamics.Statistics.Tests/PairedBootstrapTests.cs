namespace GradientDynamics.Statistics.Tests;

public sealed class PairedBootstrapTests
{
    // Resamples of {0, 0, 3} have a mean that is binomial: 8/27, 12/27, 6/27 and 1/27 for 0 to 3.
    private static readonly double[] First = [5, 1, 7];
    private static readonly double[] Second = [5, 1, 4];

    [Theory]
    [InlineData(0.9, 0, 2)]
    [InlineData(0.99, 0, 3)]
    [InlineData(0.3, 1, 1)]
    [InlineData(0.44, 0, 1)]
    public void Percentile_EndsAtTheQuantilesOfTheEnumeratedDistribution(double confidence, double lower, double upper)
    {
        Interval interval = PairedBootstrap.MeanDifference(First, Second, new BootstrapOptions { Seed = 1, Resamples = 100_000, Confidence = confidence, Method = BootstrapMethod.Percentile });

        interval.ShouldBe(new Interval(lower, upper));
    }

    // Bias Φ⁻¹(8/27 + 6/27) = 0.0464, acceleration 6/(6·6^1.5) = 0.0680: 28 % becomes 31.9 %, past 8/27 = 29.6 %; 72 % becomes 75.9 %, past 20/27 = 74.1 %;
    // 95 % becomes 97.5 %, past 26/27 = 96.3 %.
    [Theory]
    [InlineData(0.2, 1, 1)]
    [InlineData(0.44, 1, 2)]
    [InlineData(0.9, 0, 3)]
    public void BiasCorrectedAccelerated_ShiftsTheQuantiles(double confidence, double lower, double upper)
    {
        Interval interval = PairedBootstrap.MeanDifference(First, Second, new BootstrapOptions { Seed = 1, Resamples = 100_000, Confidence = confidence });

        interval.Upper.ShouldBe(upper);
        interval.Lower.ShouldBe(lower);
    }

    [Theory]
    [InlineData(BootstrapMethod.Percentile)]
    [InlineData(BootstrapMethod.BiasCorrectedAccelerated)]
    public void MeanDifference_OfManyExamples_IsNearStudentsInterval(BootstrapMethod method)
    {
        Random random = new(3);
        double[] first = [.. Enumerable.Range(0, 2000).Select(_ => random.NextDouble())];
        double[] second = [.. first.Select(value => value - 0.1 + (0.2 * random.NextDouble()))];
        double[] differences = [.. first.Zip(second, (a, b) => a - b)];
        Interval student = StudentT.MeanInterval(differences);
        // An end rests on 250 of 10,000 resamples: its own error is about 3 % of the half width.
        double tolerance = 0.1 * (student.Upper - student.Lower) / 2;

        Interval interval = PairedBootstrap.MeanDifference(first, second, new BootstrapOptions { Seed = 5, Method = method });

        interval.Lower.ShouldBe(student.Lower, tolerance);
        interval.Upper.ShouldBe(student.Upper, tolerance);
    }

    [Theory]
    [InlineData(BootstrapMethod.Percentile)]
    [InlineData(BootstrapMethod.BiasCorrectedAccelerated)]
    public void Statistic_OfTheMean_IsTheIntervalOfTheMean(BootstrapMethod method)
    {
        Random random = new(9);
        double[] values = [.. Enumerable.Range(0, 40).Select(_ => Math.Exp(random.NextDouble() * 3))];
        BootstrapOptions options = new() { Seed = 11, Resamples = 2000, Method = method };

        Interval mean = PairedBootstrap.Mean(values, options);
        Interval statistic = PairedBootstrap.Statistic(values.Length, positions => positions.Sum(i => values[i]) / positions.Count, options);

        statistic.Lower.ShouldBeClose(mean.Lower, 1e-10);
        statistic.Upper.ShouldBeClose(mean.Upper, 1e-10);
    }

    [Fact]
    public void MeanDifference_SwappedWithTheSameSeed_IsMirrored()
    {
        double[] first = [0.25, 0.5, 1, 0, 0.75, 1, 1, 0.5];
        double[] second = [0, 0.5, 0.75, 0.25, 0.5, 1, 0, 0];
        BootstrapOptions options = new() { Seed = 2 };

        Interval interval = PairedBootstrap.MeanDifference(first, second, options);
        Interval swapped = PairedBootstrap.MeanDifference(second, first, options);

        // Quantiles between two order statistics are interpolated from the other side.
        swapped.Lower.ShouldBe(-interval.Upper, 1e-12);
        swapped.Upper.ShouldBe(-interval.Lower, 1e-12);
    }

    [Fact]
    public void MeanDifference_OfEqualDifferences_IsThatDifference()
    {
        PairedBootstrap.MeanDifference([1, 2, 3], [0, 1, 2], new BootstrapOptions { Seed = 1 }).ShouldBe(new Interval(1, 1));
        PairedBootstrap.MeanDifference([0.5], [0.25], new BootstrapOptions { Seed = 1 }).ShouldBe(new Interval(0.25, 0.25));
    }

    [Fact]
    public void SameSeed_GivesTheSameInterval_AndAnotherSeedAnother()
    {
        double[] values = [.. Enumerable.Range(0, 100).Select(i => Math.Sin(i))];

        Interval one = PairedBootstrap.Mean(values, new BootstrapOptions { Seed = 1 });

        PairedBootstrap.Mean(values, new BootstrapOptions { Seed = 1 }).ShouldBe(one);
        PairedBootstrap.Mean(values, new BootstrapOptions { Seed = 2 }).ShouldNotBe(one);
    }

    [Fact]
    public void SplitMix64_ReproducesItsPublishedSequence()
    {
        // The reference implementation with seed 1234567.
        SplitMix64 random = new(1234567);

        ulong[] sequence = [random.Next(), random.Next(), random.Next(), random.Next(), random.Next()];

        sequence.ShouldBe([6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821]);
    }

    [Fact]
    public void SplitMix64_DrawsEveryIndexEquallyOften()
    {
        SplitMix64 random = new(4);
        int[] counts = new int[7];
        for (int i = 0; i < 70_000; i++)
        {
            counts[random.NextIndex(7)]++;
        }

        // Chi-square of 6 degrees at one in a million.
        double statistic = counts.Sum(count => (count - 10_000.0) * (count - 10_000.0) / 10_000);
        Distributions.ChiSquareSurvival(statistic, 6).ShouldBeGreaterThan(1e-6);
    }

    [Fact]
    public void WrongArguments_Throw()
    {
        BootstrapOptions options = new() { Seed = 1 };

        Should.Throw<ArgumentOutOfRangeException>(() => PairedBootstrap.MeanDifference([1, 2], [1], options));
        Should.Throw<ArgumentOutOfRangeException>(() => PairedBootstrap.MeanDifference([], [], options));
        Should.Throw<ArgumentOutOfRangeException>(() => PairedBootstrap.MeanDifference([double.NaN], [1], options));
        Should.Throw<InvalidOperationException>(() => PairedBootstrap.Statistic(3, _ => double.NaN, options));
        Should.Throw<ArgumentOutOfRangeException>(() => options with { Resamples = 0 });
        Should.Throw<ArgumentOutOfRangeException>(() => options with { Confidence = 1 });
    }

    [Fact]
    public void Defaults_AreThoseDocumented()
    {
        BootstrapOptions options = new() { Seed = 1 };

        options.Resamples.ShouldBe(10000);
        options.Confidence.ShouldBe(0.95);
        options.Method.ShouldBe(BootstrapMethod.BiasCorrectedAccelerated);
        (options with { Resamples = options.Resamples, Confidence = options.Confidence }).ShouldBe(options);
    }
}
