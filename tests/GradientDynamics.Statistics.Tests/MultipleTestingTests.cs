namespace GradientDynamics.Statistics.Tests;

public sealed class MultipleTestingTests
{
    // Sums and quotients of a few decimal fractions.
    private const double Rounding = 1e-15;

    [Fact]
    public void Holm_ByHand()
    {
        MultipleTesting.Holm([0.01, 0.04, 0.03, 0.005]).ShouldBe([0.03, 0.06, 0.06, 0.02], Rounding);
        MultipleTesting.Holm([0.5, 0.9, 0.4]).ShouldBe([1, 1, 1], Rounding);
    }

    [Fact]
    public void BenjaminiHochberg_ByHand()
    {
        MultipleTesting.BenjaminiHochberg([0.01, 0.04, 0.03, 0.005]).ShouldBe([0.02, 0.04, 0.04, 0.02], Rounding);
        MultipleTesting.BenjaminiHochberg([0.9, 0.001]).ShouldBe([0.9, 0.002], Rounding);
    }

    [Fact]
    public void Adjustments_OfOneOrNoTest_ChangeNothing()
    {
        MultipleTesting.Holm([0.2]).ShouldBe([0.2]);
        MultipleTesting.BenjaminiHochberg([0.2]).ShouldBe([0.2]);
        MultipleTesting.Holm([]).ShouldBeEmpty();
    }

    [Fact]
    public void Adjustments_KeepTheOrderAndNeverShrinkAPValue()
    {
        Random random = new(7);
        double[] pValues = [.. Enumerable.Range(0, 50).Select(_ => Math.Pow(random.NextDouble(), 3))];

        foreach (double[] adjusted in (double[][])[MultipleTesting.Holm(pValues), MultipleTesting.BenjaminiHochberg(pValues)])
        {
            for (int i = 0; i < pValues.Length; i++)
            {
                adjusted[i].ShouldBeGreaterThanOrEqualTo(pValues[i]);
                adjusted[i].ShouldBeLessThanOrEqualTo(1);
                for (int j = 0; j < pValues.Length; j++)
                {
                    (pValues[i] >= pValues[j] || adjusted[i] <= adjusted[j]).ShouldBeTrue();
                }
            }
        }
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(-0.1)]
    [InlineData(1.1)]
    public void Adjustments_OfWhatIsNoProbability_Throw(double pValue)
    {
        Should.Throw<ArgumentOutOfRangeException>(() => MultipleTesting.Holm([0.1, pValue]));
        Should.Throw<ArgumentOutOfRangeException>(() => MultipleTesting.BenjaminiHochberg([0.1, pValue]));
    }
}
