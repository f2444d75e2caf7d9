namespace GradientDynamics.Statistics.Tests;

public sealed class StudentTTests
{
    [Fact]
    public void MeanInterval_ByHand()
    {
        // Mean 3, s = √2.5, n = 5, t(4) = 2.7764451051977987.
        Interval interval = StudentT.MeanInterval([1, 2, 3, 4, 5]);

        interval.Lower.ShouldBe(3 - (2.7764451051977987 * Math.Sqrt(0.5)), 1e-10);
        interval.Upper.ShouldBe(3 + (2.7764451051977987 * Math.Sqrt(0.5)), 1e-10);
    }

    [Fact]
    public void MeanTest_OfTheIntervalsEnd_HasThePValueOfTheLevel()
    {
        double[] values = [0.3, -0.1, 0.7, 0.25, 0.4];
        Interval interval = StudentT.MeanInterval(values, 0.9);

        StudentT.MeanTest(values, interval.Lower).PValue.ShouldBeClose(0.1, 1e-10);
        StudentT.MeanTest(values, interval.Upper).PValue.ShouldBeClose(0.1, 1e-10);
    }

    [Fact]
    public void MeanInterval_OfEqualValues_IsThatValue()
    {
        StudentT.MeanInterval([2, 2, 2]).ShouldBe(new Interval(2, 2));
    }

    [Fact]
    public void Welch_OfEqualVariancesAndCounts_IsTheClosedFormWithFourDegrees()
    {
        TestResult result = StudentT.Welch([1, 2, 3], [2.5, 3.5, 4.5]);

        double t = -1.5 / Math.Sqrt(2.0 / 3);
        double sine = Math.Abs(t) / Math.Sqrt(4 + (t * t));
        result.Statistic.ShouldBeClose(t);
        result.PValue.ShouldBeClose(1 - (sine * (3 - (sine * sine)) / 2));
    }

    [Fact]
    public void Welch_OfUnequalVariances_UsesSatterthwaitesDegrees()
    {
        // Variances of the means 1 and 4: t = -1/√5, degrees of freedom (1 + 4)²/(1² + 4²) = 25/17.
        TestResult result = StudentT.Welch([0, 2], [0, 4]);

        result.Statistic.ShouldBeClose(-1 / Math.Sqrt(5));
        result.PValue.ShouldBeClose(Exact.StudentTwoSided(1 / Math.Sqrt(5), 25.0 / 17), 1e-5);
    }

    [Fact]
    public void WelchInterval_EndsWhereTheTestJustRejects()
    {
        double[] first = [5.1, 4.8, 5.6, 5.0];
        double[] second = [4.1, 4.3, 3.9];
        Interval interval = StudentT.WelchInterval(first, second);

        StudentT.Welch([.. first.Select(value => value - interval.Lower)], second).PValue.ShouldBeClose(0.05, 1e-9);
        StudentT.Welch([.. first.Select(value => value - interval.Upper)], second).PValue.ShouldBeClose(0.05, 1e-9);
    }

    [Fact]
    public void Tests_WithoutSpreadOrWithTooFewOrWrongValues_Throw()
    {
        Should.Throw<ArgumentException>(() => StudentT.Welch([1, 1], [2, 2]));
        Should.Throw<ArgumentException>(() => StudentT.MeanTest([1, 1]));
        Should.Throw<ArgumentOutOfRangeException>(() => StudentT.MeanInterval([1]));
        Should.Throw<ArgumentOutOfRangeException>(() => StudentT.Welch([1, 2], [3]));
        Should.Throw<ArgumentOutOfRangeException>(() => StudentT.MeanInterval([1, double.NaN]));
    }

    [Fact]
    public void Sample_OfALargeMean_KeepsTheVariance()
    {
        Sample sample = Sample.Of([1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16]);

        sample.Mean.ShouldBe(1e9 + 10);
        sample.Variance.ShouldBe(30);
        sample.StandardDeviation.ShouldBe(Math.Sqrt(30));
        sample.StandardError.ShouldBe(Math.Sqrt(7.5));
    }
}
