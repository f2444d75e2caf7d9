using System.Numerics;

namespace GradientDynamics.Statistics.Tests;

public sealed class McNemarTests
{
    [Fact]
    public void ExactAndMidP_AgreeWithEnumeration()
    {
        for (int first = 0; first <= 25; first++)
        {
            for (int second = first == 0 ? 1 : 0; second <= 25; second++)
            {
                (double exact, double midP) = Enumerate(first, second);

                McNemar.Exact(first, second).PValue.ShouldBeClose(exact);
                McNemar.MidP(first, second).PValue.ShouldBeClose(midP);
            }
        }
    }

    [Theory]
    [InlineData(480, 560)]
    [InlineData(1000, 1200)]
    [InlineData(1500, 1500)]
    public void ExactAndMidP_OfLargeCounts_AgreeWithEnumeration(int first, int second)
    {
        (double exact, double midP) = Enumerate(first, second);

        // Logarithms of factorials of thousands carry an absolute error of about 1e-12.
        McNemar.Exact(first, second).PValue.ShouldBeClose(exact, 1e-10);
        McNemar.MidP(first, second).PValue.ShouldBeClose(midP, 1e-10);
    }

    [Fact]
    public void Exact_ByHand()
    {
        // 1 against 7: 2·(1 + 8)/256.
        McNemar.Exact(1, 7).Statistic.ShouldBe(1);
        McNemar.Exact(1, 7).PValue.ShouldBeClose(18.0 / 256);
        McNemar.MidP(7, 1).PValue.ShouldBeClose(10.0 / 256);
        // Without a discordant example there is no evidence at all.
        McNemar.Exact(0, 0).ShouldBe(new TestResult(0, 1));
        McNemar.MidP(0, 0).ShouldBe(new TestResult(0, 1));
    }

    [Theory]
    [InlineData(121, 59, 3721.0 / 180)]
    [InlineData(10, 5, 16.0 / 15)]
    [InlineData(4, 4, 0)]
    [InlineData(0, 0, 0)]
    public void ChiSquareWithContinuity_ByHand(int first, int second, double statistic)
    {
        TestResult result = McNemar.ChiSquareWithContinuity(first, second);

        result.Statistic.ShouldBe(statistic, 1e-13);
        result.PValue.ShouldBeClose(Distributions.ChiSquareSurvival(statistic, 1));
        McNemar.ChiSquareWithContinuity(second, first).ShouldBe(result);
    }

    [Fact]
    public void NegativeCounts_Throw()
    {
        Should.Throw<ArgumentOutOfRangeException>(() => McNemar.Exact(-1, 2));
        Should.Throw<ArgumentOutOfRangeException>(() => McNemar.MidP(1, -2));
        Should.Throw<ArgumentOutOfRangeException>(() => McNemar.ChiSquareWithContinuity(-1, 2));
    }

    // All outcomes of n fair coins: those less likely than the observed one are more extreme.
    private static (double Exact, double MidP) Enumerate(int first, int second)
    {
        int n = first + second;
        BigInteger observed = Exact.Choose(n, first);
        BigInteger more = 0;
        BigInteger same = 0;
        BigInteger term = 1;
        for (int k = 0; k <= n; k++)
        {
            more += term < observed ? term : 0;
            same += term == observed ? term : 0;
            term = term * (n - k) / (k + 1);
        }

        return (Exact.Over(more + same, n), Exact.Over((2 * more) + same, n + 1));
    }
}
