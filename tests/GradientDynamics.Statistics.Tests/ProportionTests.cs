namespace GradientDynamics.Statistics.Tests;

public sealed class ProportionTests
{
    // Newcombe, "Two-sided confidence intervals for the single proportion", 1998, table I: four digits.
    private const double PrintedDigits = 0.00005;

    [Theory]
    [InlineData(81, 263, 0.2553, 0.3662)]
    [InlineData(15, 148, 0.0624, 0.1605)]
    [InlineData(0, 20, 0, 0.1611)]
    [InlineData(1, 29, 0.0061, 0.1718)]
    public void Wilson_OfPublishedExamples(int successes, int count, double lower, double upper)
    {
        Interval interval = Proportion.Wilson(successes, count);

        interval.Lower.ShouldBe(lower, PrintedDigits);
        interval.Upper.ShouldBe(upper, PrintedDigits);
    }

    [Theory]
    [InlineData(81, 263, 0.2527, 0.3676)]
    [InlineData(15, 148, 0.0578, 0.1617)]
    [InlineData(0, 20, 0, 0.1684)]
    [InlineData(1, 29, 0.0009, 0.1776)]
    public void ClopperPearson_OfPublishedExamples(int successes, int count, double lower, double upper)
    {
        Interval interval = Proportion.ClopperPearson(successes, count);

        interval.Lower.ShouldBe(lower, PrintedDigits);
        interval.Upper.ShouldBe(upper, PrintedDigits);
    }

    [Theory]
    [InlineData(3, 10, 0.95)]
    [InlineData(9999, 10000, 0.99)]
    [InlineData(500000000, 2000000000, 0.9)]
    public void Wilson_Ends_AreWhereTheScoreTestJustRejects(int successes, int count, double confidence)
    {
        Interval interval = Proportion.Wilson(successes, count, confidence);
        double share = (double)successes / count;
        double z = Distributions.NormalQuantile((1 + confidence) / 2);

        // The difference of two shares near each other loses digits.
        foreach (double end in (double[])[interval.Lower, interval.Upper])
        {
            (Math.Abs(share - end) / Math.Sqrt(end * (1 - end) / count)).ShouldBeClose(z, 1e-8);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(100000)]
    public void Intervals_AtTheEnds_AreExact(int count)
    {
        Proportion.Wilson(0, count).Lower.ShouldBe(0);
        Proportion.Wilson(count, count).Upper.ShouldBe(1);
        Proportion.ClopperPearson(0, count).Lower.ShouldBe(0);
        Proportion.ClopperPearson(count, count).Upper.ShouldBe(1);
        Proportion.ClopperPearson(0, count).Upper.ShouldBeClose(-double.ExpM1(Math.Log(0.025) / count), 1e-9);
    }

    [Fact]
    public void Intervals_OfSuccessesAndFailures_MirrorEachOther()
    {
        for (int successes = 0; successes <= 12; successes++)
        {
            Interval wilson = Proportion.Wilson(successes, 12);
            Interval mirrored = Proportion.Wilson(12 - successes, 12);

            wilson.Lower.ShouldBe(1 - mirrored.Upper, 1e-14);
            wilson.Contains(successes / 12.0).ShouldBeTrue();
        }
    }

    [Fact]
    public void ClopperPearson_Covers_AtLeastAtItsLevel()
    {
        const int count = 15;
        Interval[] intervals = [.. Enumerable.Range(0, count + 1).Select(successes => Proportion.ClopperPearson(successes, count))];
        for (double p = 0.01; p < 1; p += 0.01)
        {
            double covered = Enumerable.Range(0, count + 1).Where(successes => intervals[successes].Contains(p))
                .Sum(successes => (double)Exact.Choose(count, successes) * Math.Pow(p, successes) * Math.Pow(1 - p, count - successes));

            covered.ShouldBeGreaterThanOrEqualTo(0.95);
        }
    }

    [Fact]
    public void Arguments_OutOfRange_Throw()
    {
        Should.Throw<ArgumentOutOfRangeException>(() => Proportion.Wilson(0, 0));
        Should.Throw<ArgumentOutOfRangeException>(() => Proportion.Wilson(-1, 3));
        Should.Throw<ArgumentOutOfRangeException>(() => Proportion.Wilson(4, 3));
        Should.Throw<ArgumentOutOfRangeException>(() => Proportion.Wilson(1, 3, 1));
    }
}
