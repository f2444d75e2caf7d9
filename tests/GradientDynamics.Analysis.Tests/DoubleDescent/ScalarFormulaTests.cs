using System.Globalization;
using GradientDynamics.Analysis.DoubleDescent;

namespace GradientDynamics.Analysis.Tests.DoubleDescent;

public class ScalarFormulaTests
{
    // The golden values carry ten digits.
    private const double GoldenRelative = 1e-8;
    private const double GoldenAbsolute = 1e-12;

    // Sums of a few terms of order one.
    private const double Rounding = 1e-14;

    // Rows of the reference table of double descent (columns n, d, p, kappa, noise_sd, lambda_total; pub_a1, pub_a2, pub_R1, pub_R2, pub_Q1, pub_Q2,
    // pub_LG; joint_R1, joint_R2, joint_R, joint_Q, joint_LG), computed independently in Python with sigma_1 = 0.5.
    [Theory]
    [InlineData(150, 100, 60, 1.0, 0.0, 1, new[] { 9.914511014, 14.49122266, 0.1512933919, 0.1035109345, 0.0529121981, 0.03715177796, 0.2902276617 }, new[] { 0.1437608132, 0.09584054212, 0.2396013553, 0.0804188791, 0.3006080843 })]
    [InlineData(150, 100, 50, 50.0, 0.0, 0.005, new[] { 3.059422917, 103.9711458, 0.4902885416, 0.01442707963, 0.7033781662, 0.0006090350031, 0.3472779794 }, new[] { 0.4901960784, 0.009803921569, 0.5, 0.7075631837, 0.3537815919 })]
    [InlineData(110, 100, 70, 12.0, 0.0, 0.02, new[] { 1.824351416, 42.98135837, 0.6029540091, 0.02559249037, 0.756799353, 0.003181370577, 0.2514438624 }, new[] { 0.601176027, 0.01215985018, 0.6133358771, 0.7738862353, 0.2736072405 })]
    [InlineData(110, 100, 70, 100.0, 0.0, 1e-07, new[] { 1.571430143, 3.684965923, 0.6999993, 0.2985102232, 0.7000488913, 0.2970491844, 3.951465494e-05 }, new[] { 0.6999974657, 0.2895182152, 0.9895156809, 0.9823716653, 0.001670151748 })]
    [InlineData(110, 100, 70, 100000.0, 0.0, 0.001, new[] { 1.586879583, 133333338, 0.6931842918, 8.249999711e-09, 1.184484828, 3.914864447e-16, 0.3990581141 }, new[] { 0.6931842917, 3.051117758e-09, 0.6931842948, 1.184484845, 0.3990581278 })]
    [InlineData(120, 100, 80, 40.0, 0.2, 0.002, new[] { 1.528906918, 70.91539213, 0.7848744652, 0.01692157321, 1.143566226, 0.002126191542, 0.2710501705 }, new[] { 0.7846577009, 0.006194909893, 0.7908526108, 1.177959344, 0.2981270612 })]
    [InlineData(120, 100, 80, 40.0, 0.2, 0.005206716793, new[] { 1.571580265, 173.5803712, 0.7635626552, 0.006913224067, 1.081701984, 0.0003546823073, 0.270552454 }, new[] { 0.7633719364, 0.002571649435, 0.7659435859, 1.093907164, 0.2810099961 })]
    public void BothFormulas_MatchTheGoldenRows(int n, int d, int p, double kappa, double noise, double lambdaTotal, double[] published, double[] joint)
    {
        TeacherStudent problem = TeacherStudent.Bipartite(n, d, p, kappa) with { NoiseVariance = noise * noise };

        ShouldMatch(Published(problem, lambdaTotal), published);
        ShouldMatch(Joint(problem, lambdaTotal), joint);
    }

    [Fact]
    public void BothFormulas_MatchEveryRowOfTheReferenceTable()
    {
        string[] lines = File.ReadAllLines(ReferenceFolder.File("double_descent.csv"));
        string[] header = lines[0].Split(',');

        foreach (string line in lines.Skip(1))
        {
            Dictionary<string, double> row = header.Zip(line.Split(',')).Skip(1).ToDictionary(cell => cell.First, cell => double.Parse(cell.Second, CultureInfo.InvariantCulture));
            TeacherStudent problem = TeacherStudent.Bipartite((int)row["n"], (int)row["d"], (int)row["p"], row["kappa"]) with
            {
                NoiseVariance = row["noise_sd"] * row["noise_sd"],
                Lambda = row["lambda_explicit"],
            };
            double lambdaTotal = row["lambda_total"];

            // lambda_explicit is printed to eight decimals, the total to ten digits.
            problem.TotalRegularization(row["t"]).ShouldBe(lambdaTotal, 1e-8 + (lambdaTotal * GoldenRelative));
            ShouldMatch(Published(problem, lambdaTotal), ["pub_a1", "pub_a2", "pub_R1", "pub_R2", "pub_Q1", "pub_Q2", "pub_LG"], row);
            ShouldMatch(Joint(problem, lambdaTotal), ["joint_R1", "joint_R2", "joint_R", "joint_Q", "joint_LG"], row);
        }
    }

    [Theory]
    [InlineData(150, 60, 40, 1e-3)]
    [InlineData(70, 60, 40, 1e-6)]
    [InlineData(50, 60, 40, 0.3)]
    [InlineData(100, 60, 40, 1e-12)]
    public void Joint_WithEqualBlocks_IsTheIsotropicPublishedFormula(int n, int first, int second, double lambda)
    {
        TeacherStudent split = new() { ExampleCount = n, Blocks = [new(first, 0.7), new(second, 0.7)], NoiseVariance = 0.1 };
        TeacherStudent whole = split with { Blocks = [new(first + second, 0.7)] };

        JointPoint one = JointEquivalent.At(whole, lambda);
        JointPoint two = JointEquivalent.At(split, lambda);
        PublishedPoint published = PublishedScalarFormulas.OneBlock(whole, lambda);

        // At n = d the solution moves with the square root of the regularisation: sqrt(eps) of 1e-6 relative is lost there.
        double tolerance = n == 100 ? 1e-7 : 1e-12;
        two.GeneralizationError.ShouldBe(one.GeneralizationError, tolerance * one.GeneralizationError);
        two.Total.R.ShouldBe(one.Total.R, tolerance);
        two.Total.Q.ShouldBe(one.Total.Q, tolerance * one.Total.Q);
        published.Total.R.ShouldBe(one.Total.R, tolerance);
        published.Total.Q.ShouldBe(one.Total.Q, tolerance * one.Total.Q);
    }

    [Fact]
    public void Joint_GeneralizationError_IsHalfOfOnePlusQMinusTwoR()
    {
        foreach (double kappa in (double[])[1, 7, 100, 1e5])
        {
            TeacherStudent problem = TeacherStudent.Bipartite(110, 100, 70, kappa) with { NoiseVariance = 0.04 };
            for (double exponent = -10; exponent <= 5; exponent += 0.37)
            {
                JointPoint point = JointEquivalent.At(problem, Math.Pow(10, exponent));

                // 1 + Q and 2R cancel: rounding is absolute in units of Q.
                point.GeneralizationError.ShouldBe(point.Total.GeneralizationError, 1e-13 * (1 + point.Total.Q));
                point.R.Sum().ShouldBe(point.Total.R, Rounding);
            }
        }
    }

    [Fact]
    public void Formulas_AtExtremeRegularisation_StayFinite_AndReachTheirLimits()
    {
        TeacherStudent problem = TeacherStudent.Bipartite(150, 100, 60, 50);

        JointEquivalent.At(problem, 1e-300).GeneralizationError.ShouldBe(0, 1e-12);
        JointEquivalent.At(problem, 1e300).GeneralizationError.ShouldBe(0.5, 1e-12);
        PublishedScalarFormulas.TwoBlocks(problem, 1e-300).A[0].ShouldBe(2.5, 1e-12);
        PublishedScalarFormulas.TwoBlocks(problem, 1e-300).A[1].ShouldBe(3.75, 1e-12);
        PublishedScalarFormulas.TwoBlocks(problem, 1e290).Total.GeneralizationError.ShouldBe(0.5, 1e-12);
    }

    [Fact]
    public void Published_ForManyExamplesAndTinyRegularisation_KeepsItsDigits()
    {
        // a = alpha + lambda·alpha/(alpha - 1) + O(lambda²): the form with 1 - alpha in the denominator loses this digit by digit.
        TeacherStudent problem = new() { ExampleCount = 300, Blocks = [new(100, 1)] };

        double a = PublishedScalarFormulas.OneBlock(problem, 1e-10).A[0];

        (a - 3).ShouldBe(1.5e-10, 1e-15);
    }

    [Fact]
    public void Problems_WithWrongNumbers_SayWhichAndWhatIsAccepted()
    {
        Should.Throw<ArgumentOutOfRangeException>(() => new FeatureBlock(10, 0)).Message.ShouldContain("singular");
        Should.Throw<ArgumentOutOfRangeException>(() => TeacherStudent.Bipartite(10, 10, 5, 2) with { NoiseVariance = double.NaN }).ParamName.ShouldBe("NoiseVariance");
        Should.Throw<ArgumentOutOfRangeException>(() => TeacherStudent.Bipartite(10, 10, 5, 2).TotalRegularization(0)).Message.ShouldContain("R = Q = 0");
        Should.Throw<ArgumentException>(() => PublishedScalarFormulas.TwoBlocks(new TeacherStudent { ExampleCount = 3, Blocks = [new(2, 1)] }, 1)).Message.ShouldContain("two blocks");
    }

    private static double[] Published(TeacherStudent problem, double lambda)
    {
        PublishedPoint point = PublishedScalarFormulas.TwoBlocks(problem, lambda);
        return [.. point.A, .. point.R, .. point.Q, point.Total.GeneralizationError];
    }

    private static double[] Joint(TeacherStudent problem, double lambda)
    {
        JointPoint point = JointEquivalent.At(problem, lambda);
        return [.. point.R, point.Total.R, point.Total.Q, point.GeneralizationError];
    }

    private static void ShouldMatch(double[] actual, string[] columns, Dictionary<string, double> row)
        => ShouldMatch(actual, [.. columns.Select(column => row[column])]);

    private static void ShouldMatch(double[] actual, double[] expected)
    {
        actual.Length.ShouldBe(expected.Length);
        for (int i = 0; i < actual.Length; i++)
        {
            actual[i].ShouldBe(expected[i], Math.Max(GoldenAbsolute, GoldenRelative * Math.Abs(expected[i])));
        }
    }

    // Lanes and the rest of the division by their number, both signs of 1 - α - λ̃, n slightly above and below d, and a regularisation whose square overflows.
    [Theory]
    [InlineData(130, 100, 70, 30)]
    [InlineData(101, 100, 70, 1e5)]
    [InlineData(99, 100, 70, 1e3)]
    [InlineData(20, 100, 70, 1)]
    public void ManyRegularizations_GiveTheNumbersOfOneByOne(int n, int d, int p, double kappa)
    {
        TeacherStudent problem = TeacherStudent.Bipartite(n, d, p, kappa) with { NoiseVariance = 0.04 };
        double[] totals = [.. Enumerable.Range(0, 43).Select(i => Math.Pow(10, (i / 3.0) - 9)), 1e200];
        double[] joint = new double[totals.Length];
        double[] published = new double[totals.Length];

        JointEquivalent.GeneralizationErrors(problem, totals, joint);
        PublishedScalarFormulas.GeneralizationErrors(problem, totals, published);

        for (int i = 0; i < totals.Length; i++)
        {
            // Both evaluate the same expressions in another order; where n is close to d the formulas amplify rounding.
            double expected = JointEquivalent.GeneralizationError(problem, totals[i]);
            joint[i].ShouldBe(expected, 1e-11 * (1 + expected), $"{totals[i]:R}");
            OrderParameters one = PublishedScalarFormulas.TwoBlocks(problem, totals[i]).Total;
            published[i].ShouldBe(one.GeneralizationError, 1e-11 * (1 + Math.Abs(one.Q)), $"{totals[i]:R}");
        }

        Should.Throw<ArgumentOutOfRangeException>(() => JointEquivalent.GeneralizationErrors(problem, [1, 1, 1, 0], joint));
        Should.Throw<ArgumentException>(() => PublishedScalarFormulas.GeneralizationErrors(problem with { Blocks = [new FeatureBlock(100, 1)] }, totals, published));
    }

    // With n slightly above d the root of the joint formula is small and badly conditioned; bisection on the equation as it is written needs no care.
    [Theory]
    [InlineData(101, 1e-8)]
    [InlineData(101, 1e-3)]
    [InlineData(100, 1e-6)]
    [InlineData(99, 1e-8)]
    public void Joint_NearTheInterpolationThreshold_SolvesItsEquation(int n, double total)
    {
        TeacherStudent problem = TeacherStudent.Bipartite(n, 100, 70, 100) with { NoiseVariance = 0.04 };
        double[] squares = [0.25, 0.25e-4];
        double[] shares = [0.7, 0.3];
        // δ = (1/d)Σp_kσ_k²/(λ + ρσ_k²), ρ = (n/d)/(1 + δ), solved as written by bisection over log ρ.
        double Excess(double rho) => (n / 100.0 / (1 + shares.Zip(squares, (share, square) => share * square / (total + (rho * square))).Sum())) - rho;
        double low = 1e-16;
        double high = 10;
        for (int i = 0; i < 200; i++)
        {
            double middle = Math.Sqrt(low * high);
            (low, high) = Excess(middle) > 0 ? (middle, high) : (low, middle);
        }

        double[] r = [.. squares.Select(square => low * square / (total + (low * square)))];
        double bias = shares.Zip(r, (share, learned) => share * (1 - learned) * (1 - learned)).Sum();
        double gamma = shares.Zip(r, (share, learned) => 100 * share * learned * learned).Sum() / n;
        double expected = (((bias + 0.04) / (1 - gamma)) - 0.04) / 2;

        JointPoint point = JointEquivalent.At(problem, total);

        // 1 - γ is as small as 1e-4 here, and the reference computes it by a difference.
        point.GeneralizationError.ShouldBe(expected, 1e-9 * expected);
        point.Total.GeneralizationError.ShouldBe(point.GeneralizationError, 1e-12 * (1 + point.Total.Q));
    }
}
