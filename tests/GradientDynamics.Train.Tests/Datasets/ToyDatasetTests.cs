using GradientDynamics.Train.Datasets;

namespace GradientDynamics.Train.Tests.Datasets;

public sealed class ToyDatasetTests
{
    [Fact]
    public void Defaults_AreDocumentedAndPassTheirOwnGuards()
    {
        SpuriousFeaturesOptions spurious = new();
        TwoPointsOptions points = new();
        TeacherStudentOptions teacher = new();

        (spurious.Count, spurious.Agreement, spurious.StandardDeviation, spurious.NoiseDimension, spurious.NoiseStandardDeviation).ShouldBe((1000, 0.8, 0.15, 1200, 1));
        points.Strengths.ShouldBe([2, 2]);
        points.Coupling.ShouldBe(0.5);
        (teacher.Count, teacher.Dimension, teacher.FastDimension, teacher.Kappa, teacher.Noise, teacher.TestCount).ShouldBe((110, 100, 70, 100, 0, 1000));
        (spurious with
        {
            Count = spurious.Count, Agreement = spurious.Agreement, StandardDeviation = spurious.StandardDeviation, NoiseDimension = spurious.NoiseDimension, NoiseStandardDeviation = spurious.NoiseStandardDeviation,
        }).ShouldBe(spurious);
        (points with { Strengths = points.Strengths, Coupling = points.Coupling }).ShouldBe(points);
        (teacher with
        {
            Count = teacher.Count, Dimension = teacher.Dimension, FastDimension = teacher.FastDimension, Kappa = teacher.Kappa, Noise = teacher.Noise, TestCount = teacher.TestCount,
        }).ShouldBe(teacher);
    }

    [Fact]
    public void SpuriousFeatures_HaveThePublishedGroupsAndSigns()
    {
        SpuriousFeaturesOptions options = new() { StandardDeviation = 0.05 };

        GroupedDataset train = options.Load(Split.Train, 3);
        GroupedDataset test = options.Load(Split.Test, 3);

        // 199 of 1,000 examples are in the minority, as the published code rounds.
        train.GroupCounts()[0].ShouldBe(199 - train.GroupCounts()[2]);
        train.GroupCounts().Sum().ShouldBe(1000);
        train.Labels.ToArray().Count(label => label == 1).ShouldBe(500);
        for (int i = 0; i < train.Count; i++)
        {
            // Twenty deviations from 0: the sign is certain.
            int sign = train.Labels[i] == 1 ? 1 : -1;
            float.Sign(train.Input(i)[1]).ShouldBe(-sign);
            float.Sign(train.Input(i)[0]).ShouldBe(train.Attributes[i] == 1 ? -sign : sign);
        }

        float[] noise = [.. Enumerable.Range(0, 1000).SelectMany(i => train.Input(i)[2..].ToArray())];
        noise.Average().ShouldBe(0, 6 / Math.Sqrt(noise.Length));
        noise.Average(value => value * value).ShouldBe(1, 6 * Math.Sqrt(2.0 / noise.Length));
        test.Input(0)[2..].ContainsAnyExcept(0f).ShouldBeFalse();
    }

    // The rows of U S have the singular values S and right vectors 1, and UᵀU = 1.
    [Fact]
    public void TwoPoints_HaveTheStrengthsAsSingularValues()
    {
        GroupedDataset train = new TwoPointsOptions { Strengths = [3, 2], Coupling = 0.6 }.Load(Split.Train, 1);

        train.Inputs.ToArray().ShouldBe([2.4f, -1.2f, 1.8f, 1.6f]);
        train.Labels.ToArray().ShouldBe([1, 1]);
    }

    // X = Z F with ZᵀZ near (n/d) 1 for many examples: XᵀX has p eigenvalues near n/d and the others smaller by κ²; here as the norm of X.
    [Fact]
    public void TeacherStudent_HasFastAndSlowFeaturesAndLinearTargets()
    {
        TeacherStudentOptions options = new() { Count = 4000, Dimension = 10, FastDimension = 4, Kappa = 100, TestCount = 50 };

        GroupedDataset train = options.Load(Split.Train, 2);
        GroupedDataset test = options.Load(Split.Test, 2);

        double squares = train.Inputs.ToArray().Sum(value => (double)value * value) / train.Count;
        // The mean square of an input: (p + (d - p) / κ²) / d; six deviations of the mean of 4,000.
        squares.ShouldBe((4 + (6 / 1e4)) / 10, 6 * Math.Sqrt(2 * 4 / 100.0 / 4000));
        double targets = train.Targets.ToArray().Average(value => (double)value * value);
        targets.ShouldBeInRange(0.1, 4); // |w|²/d of ten normal numbers
        test.Count.ShouldBe(50);
        test.Labels.ToArray().ShouldBe(test.Targets.ToArray().Select(target => target > 0 ? 1 : 0));

        // d equations determine the student that fits every example of both splits, as there is no noise and both have the teacher.
        double[] student = Solve([.. Enumerable.Range(0, 10).Select(i => train.Input(i).ToArray())], train.Targets[..10].ToArray());
        for (int i = 0; i < test.Count; i++)
        {
            double predicted = student.Zip(test.Input(i).ToArray(), (a, b) => a * b).Sum();
            predicted.ShouldBe(test.Targets[i], 0.02); // float inputs through slow features, a hundred times amplified
        }
    }

    [Fact]
    public void TeacherStudent_WithMoreFastFeaturesThanFeatures_SaysSo() =>
        Should.Throw<InvalidDataException>(() => new TeacherStudentOptions { Dimension = 3 }.Load(Split.Train, 1)).Message.ShouldContain("fastDimension");

    // Gauss's elimination with row pivots.
    private static double[] Solve(float[][] rows, float[] right)
    {
        int n = right.Length;
        double[][] a = [.. rows.Zip(right, (row, value) => row.Select(number => (double)number).Append(value).ToArray())];
        for (int k = 0; k < n; k++)
        {
            int pivot = Enumerable.Range(k, n - k).MaxBy(row => Math.Abs(a[row][k]));
            (a[k], a[pivot]) = (a[pivot], a[k]);
            for (int row = 0; row < n; row++)
            {
                double factor = row == k ? 0 : a[row][k] / a[k][k];
                for (int column = k; column <= n; column++)
                {
                    a[row][column] -= factor * a[k][column];
                }
            }
        }

        return [.. Enumerable.Range(0, n).Select(k => a[k][n] / a[k][k])];
    }
}
