namespace GradientDynamics.Statistics.Tests;

public sealed class EmpiricalDistributionTests
{
    [Fact]
    public void Cdf_CountsWhatIsAtMostTheValue()
    {
        EmpiricalDistribution margins = new([3, 1, 2, 2]);

        margins.Sorted.ShouldBe([1, 2, 2, 3]);
        margins.Cdf(0.9).ShouldBe(0);
        margins.Cdf(1).ShouldBe(0.25);
        margins.Cdf(2).ShouldBe(0.75);
        margins.ShareBelow(2).ShouldBe(0.25);
        margins.Cdf(3).ShouldBe(1);
        margins.ShareBelow(double.PositiveInfinity).ShouldBe(1);
    }

    // numpy.quantile's documented default on [1, 2, 3, 4]: positions 3p.
    [Theory]
    [InlineData(0, 1)]
    [InlineData(0.25, 1.75)]
    [InlineData(0.5, 2.5)]
    [InlineData(0.9, 3.7)]
    [InlineData(1, 4)]
    public void Quantile_InterpolatesOrderStatistics(double probability, double expected)
    {
        new EmpiricalDistribution([4, 2, 1, 3]).Quantile(probability).ShouldBe(expected, 1e-15);
    }

    [Fact]
    public void Infinity_StandsForBeyond()
    {
        EmpiricalDistribution margins = new([1, double.PositiveInfinity, 2, double.PositiveInfinity]);

        margins.Cdf(1e300).ShouldBe(0.5);
        margins.Quantile(1.0 / 3).ShouldBe(2);
        margins.Quantile(0.5).ShouldBe(double.PositiveInfinity);
        margins.Quantile(0.9).ShouldBe(double.PositiveInfinity);
    }

    [Fact]
    public void WrongValues_Throw()
    {
        Should.Throw<ArgumentOutOfRangeException>(() => new EmpiricalDistribution([]));
        Should.Throw<ArgumentOutOfRangeException>(() => new EmpiricalDistribution([1, double.NaN]));
        Should.Throw<ArgumentOutOfRangeException>(() => new EmpiricalDistribution([double.NegativeInfinity]));
        Should.Throw<ArgumentOutOfRangeException>(() => new EmpiricalDistribution([1]).Cdf(double.NaN));
        Should.Throw<ArgumentOutOfRangeException>(() => new EmpiricalDistribution([1]).Quantile(1.5));
    }
}
