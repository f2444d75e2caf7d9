namespace GradientDynamics.Statistics.Tests;

public sealed class DistributionsTests
{
    // Published tables: NIST handbook and Abramowitz and Stegun, table 26.
    [Theory]
    [InlineData(0.975, 1.959963984540054)]
    [InlineData(0.995, 2.575829303548901)]
    [InlineData(0.84134474606854294, 1)]
    [InlineData(0.5, 0)]
    [InlineData(0.025, -1.959963984540054)]
    public void NormalQuantile_OfKnownProbabilities(double probability, double expected)
    {
        Distributions.NormalQuantile(probability).ShouldBe(expected, 1e-13);
    }

    [Theory]
    [InlineData(1e-300)]
    [InlineData(1e-20)]
    [InlineData(0.3)]
    [InlineData(0.999)]
    public void NormalCdf_InvertsTheQuantile(double probability)
    {
        // A quantile of -37 rounded to a double moves a tail probability by 37 squared rounding errors.
        Distributions.NormalCdf(Distributions.NormalQuantile(probability)).ShouldBeClose(probability, 1e-11);
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.95)]
    [InlineData(0.999)]
    public void StudentCritical_WithOneTwoAndFourDegrees_IsTheClosedForm(double confidence)
    {
        double four = Distributions.StudentCritical(confidence, 4);

        Distributions.StudentCritical(confidence, 1).ShouldBeClose(Math.Tan(Math.PI * confidence / 2));
        Distributions.StudentCritical(confidence, 2).ShouldBeClose(confidence * Math.Sqrt(2 / (1 - (confidence * confidence))));
        double sine = four / Math.Sqrt(4 + (four * four));
        (sine * (3 - (sine * sine)) / 2).ShouldBeClose(confidence);
    }

    // Student's t table, 97.5 % point.
    [Theory]
    [InlineData(4, 2.7764451051977987)]
    [InlineData(9, 2.2621571627409915)]
    [InlineData(30, 2.0422724563012373)]
    public void StudentCritical_OfTabulatedDegrees(double degrees, double expected)
    {
        Distributions.StudentCritical(0.95, degrees).ShouldBe(expected, 1e-10);
    }

    [Theory]
    [InlineData(0.3, 1.7)]
    [InlineData(2.5, 3.25)]
    [InlineData(-4, 17)]
    [InlineData(0, 5)]
    public void StudentTwoSided_IsTheIntegralOfItsDensity(double t, double degrees)
    {
        // The midpoint rule with 200,000 steps where the integrand's derivative may be infinite at one end.
        Distributions.StudentTwoSided(t, degrees).ShouldBeClose(Exact.StudentTwoSided(t, degrees), 1e-6);
    }

    [Theory]
    [InlineData(0.1)]
    [InlineData(6.56)]
    [InlineData(80)]
    [InlineData(600)]
    public void ChiSquareSurvival_WithTwoFourAndSixDegrees_IsTheClosedForm(double x)
    {
        double half = x / 2;

        Distributions.ChiSquareSurvival(x, 2).ShouldBeClose(Math.Exp(-half));
        Distributions.ChiSquareSurvival(x, 4).ShouldBeClose(Math.Exp(-half) * (1 + half));
        Distributions.ChiSquareSurvival(x, 6).ShouldBeClose(Math.Exp(-half) * (1 + half + (half * half / 2)));
    }

    [Theory]
    [InlineData(0.3)]
    [InlineData(0.5)]
    [InlineData(0.9)]
    public void BinomialCdf_IsTheSumOfItsTerms(double p)
    {
        for (int n = 0; n <= 30; n += 5)
        {
            for (int k = -1; k <= n; k++)
            {
                Distributions.BinomialCdf(k, n, p).ShouldBeClose(k < 0 ? 0 : Exact.BinomialCdf(k, n, p));
            }
        }
    }

    [Theory]
    [InlineData(7, 1)]
    [InlineData(1, 5)]
    [InlineData(0.5, 0.5)]
    public void BetaQuantile_OfClosedForms(double a, double b)
    {
        foreach (double p in (double[])[0.001, 0.3, 0.975])
        {
            double expected = b == 1 ? Math.Pow(p, 1 / a) : a == 1 ? 1 - Math.Pow(1 - p, 1 / b) : Math.Pow(Math.Sin(Math.PI * p / 2), 2);

            Distributions.BetaQuantile(p, a, b).ShouldBeClose(expected, 1e-11);
        }
    }

    [Fact]
    public void Arguments_OutOfRange_Throw()
    {
        Should.Throw<ArgumentOutOfRangeException>(() => Distributions.NormalQuantile(double.NaN));
        Should.Throw<ArgumentOutOfRangeException>(() => Distributions.NormalQuantile(1.1));
        Should.Throw<ArgumentOutOfRangeException>(() => Distributions.StudentCritical(1, 3));
        Should.Throw<ArgumentOutOfRangeException>(() => Distributions.StudentTwoSided(1, 0));
        Should.Throw<ArgumentOutOfRangeException>(() => Distributions.ChiSquareSurvival(-1, 2));
    }
}
