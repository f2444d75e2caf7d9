namespace GradientDynamics.Statistics.Tests;

public sealed class AlexanderGovernTests
{
    [Fact]
    public void Test_OfGoldenSamples_AgreesWithScipy()
    {
        // scipy.stats.alexandergovern, scipy 1.10: worst-group accuracies of four methods, five seeds each.
        TestResult result = AlexanderGovern.Test(
        [
            [79.7, 83.1, 75.2, 80.4, 80.1],
            [82.9, 80.5, 84.9, 82.0, 84.2],
            [75.6, 70.1, 83.9, 66.2, 82.2],
            [79.9, 76.0, 83.3, 78.1, 82.2],
        ]);

        result.Statistic.ShouldBeClose(6.561871121875965);
        result.PValue.ShouldBeClose(0.08725413666268993);
    }

    [Fact]
    public void Test_OfEqualMeans_FindsNothing()
    {
        TestResult result = AlexanderGovern.Test([[1, 2, 3], [0, 2, 4], [1.5, 2, 2.5]]);

        result.Statistic.ShouldBe(0, 1e-25);
        result.PValue.ShouldBe(1, 1e-12);
    }

    [Fact]
    public void Test_OfShiftedAndScaledSamples_IsTheSame()
    {
        double[][] samples = [[1, 2, 4], [3, 3.5, 5], [0, 7, 8, 9]];

        TestResult result = AlexanderGovern.Test(samples);
        TestResult moved = AlexanderGovern.Test([.. samples.Select(values => values.Select(value => (100 * value) - 50).ToArray())]);

        moved.Statistic.ShouldBeClose(result.Statistic, 1e-11);
        result.PValue.ShouldBeInRange(0.01, 0.99);
    }

    [Fact]
    public void Test_OfASampleWithoutSpread_NamesIt()
    {
        ArgumentException exception = Should.Throw<ArgumentException>(() => AlexanderGovern.Test([[1, 2], [3, 3]]));

        exception.Message.ShouldStartWith("All values of sample 1 are equal");
        Should.Throw<ArgumentOutOfRangeException>(() => AlexanderGovern.Test([[1, 2]]));
        Should.Throw<ArgumentOutOfRangeException>(() => AlexanderGovern.Test([[1, 2], [3]]));
    }
}
