using GradientDynamics.Analysis.Balancing;
using GradientDynamics.Analysis.Numerics;
using MathNet.Numerics.LinearAlgebra;

namespace GradientDynamics.Analysis.Tests.Balancing;

public class BalancingTests
{
    [Fact]
    public void CoreErrorProbability_HasThePapersValue()
    {
        // 1 - Phi(1/0.15) by an independent computation, four digits.
        SpuriousFeatureProblem.CoreErrorProbability(0.15).ShouldBe(1.308e-11, 5e-15);
        SpuriousFeatureProblem.CoreErrorProbability(1e9).ShouldBe(0.5, 1e-9);
        // P(Z > 1) of the standard normal distribution.
        SpuriousFeatureProblem.CoreErrorProbability(1).ShouldBe(0.15865525393145707, 1e-15);
        SpuriousFeatureProblem.SpuriousErrorProbability(0.8, 0.15).ShouldBe(0.2, 1e-10);
    }

    [Fact]
    public void ExpectedUnique_IsWhatDrawingWithReplacementGives()
    {
        // CelebA, class-balanced: half of each epoch's 162770 draws fall on the 138503 examples of the majority; 44.4 % after one epoch, 82.8 % after three.
        (SpuriousFeatureProblem.ExpectedUnique(138503, 162770 / 2) / 138503).ShouldBe(0.444, 5e-4);
        (SpuriousFeatureProblem.ExpectedUnique(138503, 3 * 162770 / 2) / 138503).ShouldBe(0.828, 5e-4);
        SpuriousFeatureProblem.ExpectedUnique(10, 0).ShouldBe(0);
        SpuriousFeatureProblem.ExpectedUnique(1, 5).ShouldBe(1);
        SpuriousFeatureProblem.ExpectedUnique(2, 2).ShouldBe(1.5, 1e-15);
        SpuriousFeatureProblem.ExpectedUnique(1e15, 3).ShouldBe(3, 1e-12);

        Random random = new(71);
        double[] simulated = [.. Enumerable.Range(0, 4000).Select(_ => (double)Enumerable.Range(0, 30).Select(_ => random.Next(20)).Distinct().Count())];
        double mean = simulated.Average();
        double error = Math.Sqrt(simulated.Sum(value => (value - mean) * (value - mean))) / simulated.Length;
        mean.ShouldBe(SpuriousFeatureProblem.ExpectedUnique(20, 30), 4 * error);
    }

    [Fact]
    public void ImbalanceTable_ReproducesTheTableOfCelebA()
    {
        ImbalanceTable table = new([[22880, 1387], [71629, 66874]]);

        table.Total.ShouldBe(162770);
        table.ClassTotal(0).ShouldBe(24267);
        // Printed to a tenth of a percent.
        table.ProbabilityGivenAttribute(0, 0).ShouldBe(0.242, 5e-4);
        table.ProbabilityGivenAttribute(0, 1).ShouldBe(0.020, 5e-4);
        table.Probability(0).ShouldBe(0.149, 5e-4);
        table.KeptByGroupSubsampling().ShouldBe(4 * 1387);
        table.KeptByClassSubsampling().ShouldBe(2 * 24267);
    }

    [Fact]
    public void ImbalanceTable_CountsLabelsAndAttributes_AndRefusesWhatIsNone()
    {
        ImbalanceTable table = ImbalanceTable.Of([0, 1, 1, 2, 1], [0, 1, 1, 0, 0]);

        table.GroupCount(1, 1).ShouldBe(2);
        table.GroupCount(2, 1).ShouldBe(0);
        table.KeptByGroupSubsampling().ShouldBe(4);
        Should.Throw<InvalidDataException>(() => ImbalanceTable.Of([0, 1], [0])).Message.ShouldContain("2 labels and 1 attributes");
        Should.Throw<InvalidDataException>(() => new ImbalanceTable([[1, 2], [3]]));
        Should.Throw<InvalidDataException>(() => new ImbalanceTable([[0, 0]]));
    }

    [Fact]
    public void MaximumMargin_OfTwoPoints_IsTheirBisector()
    {
        MaximumMargin found = MaximumMargin.Find(Matrix<double>.Build.DenseOfRowArrays([3, 1], [1, 3]));

        found.Direction[0].ShouldBe(Math.Sqrt(0.5), 1e-9);
        found.Margin.ShouldBe(4 * Math.Sqrt(0.5), 1e-8);
    }

    [Fact]
    public void LogisticRegression_TendsToTheMaximumMargin_HoweverExamplesAreWeighted_ButNotAfterSubsampling()
    {
        // Two majority examples on the spurious axis, one minority example across it.
        Matrix<double> data = Matrix<double>.Build.DenseOfRowArrays([2, 1, 0], [2, 0.8, 0.3], [-2, 1, 2.5]);
        MaximumMargin margin = MaximumMargin.Find(data);

        Vector<double> plain = Descend(data, Vector<double>.Build.Dense([1.0, 1, 1]));
        Vector<double> reweighted = Descend(data, Vector<double>.Build.Dense([0.5, 0.5, 2]));
        MaximumMargin subsampled = MaximumMargin.Find(data.RemoveRow(1));

        // The direction converges like 1/log t, log t = 12 here with the constant of this data.
        plain.DotProduct(margin.Direction).ShouldBeGreaterThan(0.995);
        reweighted.DotProduct(margin.Direction).ShouldBeGreaterThan(0.995);
        subsampled.Margin.ShouldBeGreaterThanOrEqualTo(margin.Margin - 1e-9);
    }

    [Fact]
    public void MaximumMargin_OfInseparableData_SaysSo()
    {
        Should.Throw<NonConvergenceException>(() => MaximumMargin.Find(Matrix<double>.Build.DenseOfRowArrays([1, 0], [-1, 0]))).Message.ShouldContain("separable");
    }

    private static Vector<double> Descend(Matrix<double> data, Vector<double> weights)
    {
        Vector<double> direction = Vector<double>.Build.Dense(data.ColumnCount);
        for (int step = 0; step < 200_000; step++)
        {
            Vector<double> pull = (data * direction).MapIndexed((i, margin) => weights[i] / (1 + Math.Exp(margin)));
            direction += 0.3 * data.TransposeThisAndMultiply(pull);
        }

        return direction / direction.L2Norm();
    }
}
