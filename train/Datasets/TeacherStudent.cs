using System.Text.Json.Serialization;
using GradientDynamics.Train.Sampling;

namespace GradientDynamics.Train.Datasets;

/// <summary>
/// Linear regression from a teacher: y = wᵀz + noise with z ~ N(0, 1/d) and w ~ N(0, 1), of which the student sees x = Fᵀz. F = U diag(1, …, 1, 1/κ, …, 1/κ) Vᵀ with U and V orthogonal at random makes p features fast and d − p slow,
/// which is what double descent over time comes from. Targets of the test are without noise; the label is whether the target is positive.
/// </summary>
/// <remarks>Pezeshki et al., "Multi-scale Feature Learning Dynamics: Insights for Double Descent", 2022, figures 1 to 6, https://arxiv.org/abs/2112.03215.</remarks>
public sealed record TeacherStudentOptions : DatasetOptions
{
    // z has deviation 1/√d and no direction is made longer: inputs lie far within.
    private const double Bound = 10;

    /// <summary>Training examples n. Default 110.</summary>
    public int Count { get; init => field = Positive(value, nameof(Count)); } = 110;

    /// <summary>Features d. Default 100.</summary>
    public int Dimension { get; init => field = Positive(value, nameof(Dimension)); } = 100;

    /// <summary>Fast features p, at most d. Default 70.</summary>
    public int FastDimension
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value, nameof(FastDimension));
            field = value;
        }
    } = 70;

    /// <summary>Ratio κ of the strengths of fast and slow features. Default 100.</summary>
    public double Kappa { get; init { NumberGuards.ThrowIfNotPositive(value, nameof(Kappa)); field = value; } } = 100;

    /// <summary>Standard deviation of the noise on training targets. Default 0.</summary>
    public double Noise { get; init { NumberGuards.ThrowIfNegativeOrNotFinite(value, nameof(Noise)); field = value; } }

    /// <summary>Test examples. Default 1,000.</summary>
    public int TestCount { get; init => field = Positive(value, nameof(TestCount)); } = 1000;

    /// <inheritdoc/>
    [JsonIgnore]
    public override IReadOnlyList<Split> Splits => [Split.Train, Split.Test];

    internal override GroupedDataset Load(Split split, RunSeed seed)
    {
        if (FastDimension > Dimension)
        {
            throw new InvalidDataException($"dataset.fastDimension: is {FastDimension} of {Dimension} features; accepted is 0 to {Dimension}.");
        }

        // Every split has the same teacher.
        double[] teacher = Normals(seed.Stream("teacher-student/teacher"), Dimension, 1);
        double[][] left = Orthogonal(Dimension, seed.Stream("teacher-student/left"));
        double[][] right = Orthogonal(Dimension, seed.Stream("teacher-student/right"));
        Random random = seed.Stream($"teacher-student/{split}");
        int count = split == Split.Train ? Count : TestCount;
        float[] inputs = new float[count * Dimension];
        float[] targets = new float[count];
        for (int i = 0; i < count; i++)
        {
            double[] latent = Normals(random, Dimension, 1 / Math.Sqrt(Dimension));
            double noise = split == Split.Train ? Noise * Gaussian.Next(random) : 0;
            targets[i] = (float)(Dot(teacher, latent) + noise);
            for (int k = 0; k < Dimension; k++)
            {
                double seen = Dot(left[k], latent) / (k < FastDimension ? 1 : Kappa);
                for (int j = 0; j < Dimension; j++)
                {
                    inputs[(i * Dimension) + j] += (float)(seen * right[k][j]);
                }
            }
        }

        int[] labels = [.. targets.Select(target => target > 0 ? 1 : 0)];
        return new(new("teacher-student", [Dimension], ["not positive", "positive"], [], new([-Bound], [Bound])), split, inputs, labels, attributes: null, targets: targets);
    }

    private static int Positive(int value, string name)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value, name);
        return value;
    }

    private static double[] Normals(Random random, int count, double deviation) => [.. Enumerable.Range(0, count).Select(_ => deviation * Gaussian.Next(random))];

    private static double Dot(double[] a, double[] b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
        {
            sum += a[i] * b[i];
        }

        return sum;
    }

    // Gaussian vectors made orthonormal one after the other are uniform over the orthogonal matrices; the second pass removes what rounding left of the first.
    private static double[][] Orthogonal(int size, Random random)
    {
        double[][] vectors = new double[size][];
        for (int k = 0; k < size; k++)
        {
            vectors[k] = Normals(random, size, 1);
            for (int pass = 0; pass < 2; pass++)
            {
                for (int other = 0; other < k; other++)
                {
                    double along = Dot(vectors[k], vectors[other]);
                    for (int j = 0; j < size; j++)
                    {
                        vectors[k][j] -= along * vectors[other][j];
                    }
                }
            }

            double length = Math.Sqrt(Dot(vectors[k], vectors[k]));
            for (int j = 0; j < size; j++)
            {
                vectors[k][j] /= length;
            }
        }

        return vectors;
    }
}
