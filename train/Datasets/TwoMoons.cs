using System.Text.Json.Serialization;
using GradientDynamics.Train.Sampling;

namespace GradientDynamics.Train.Datasets;

/// <summary>Two interleaved half circles, separable along the first input by a gap: the simple feature that starves the curved one.</summary>
/// <remarks>
/// Pezeshki et al., "Gradient Starvation", 2021, figure 1, https://arxiv.org/abs/2011.09468. The half circles are those of scikit-learn's make_moons; its random numbers are not. Sine and cosine are
/// the system's: another machine may differ in the last bit.
/// </remarks>
public sealed record TwoMoonsOptions : DatasetOptions
{
    // Points lie within about 3 of the origin at the noise of the paper; wide enough never to clip one, narrow enough to search.
    private const double Bound = 10;

    /// <summary>Gap between the classes along the first input; negative values overlap them. Default 0.1.</summary>
    public double ClassGap { get; init { NumberGuards.ThrowIfNotFinite(value, nameof(ClassGap)); field = value; } } = 0.1;

    /// <summary>Standard deviation of the Gaussian noise on both coordinates, before the transform. Default 0.1.</summary>
    public double Noise { get; init { NumberGuards.ThrowIfNegativeOrNotFinite(value, nameof(Noise)); field = value; } } = 0.1;

    /// <summary>Examples in each split, half of each class. Default 300.</summary>
    public int Count
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 2, nameof(Count));
            field = value;
        }
    } = 300;

    /// <summary>Angle by which all inputs are turned, in degrees: 45 makes no input alone separate the classes. Default 0.</summary>
    public double Rotation { get; init { NumberGuards.ThrowIfNotFinite(value, nameof(Rotation)); field = value; } }

    /// <inheritdoc/>
    [JsonIgnore]
    public override IReadOnlyList<Split> Splits => [Split.Train, Split.Validation, Split.Test];

    internal override GroupedDataset Load(Split split, RunSeed seed)
    {
        Random random = seed.Stream($"two-moons/{split}");
        int outerCount = Count / 2;
        double[] x = new double[Count];
        double[] y = new double[Count];
        int[] labels = new int[Count];
        for (int i = 0; i < Count; i++)
        {
            bool inner = i >= outerCount;
            int position = inner ? i - outerCount : i;
            int members = inner ? Count - outerCount : outerCount;
            double angle = members == 1 ? 0 : Math.PI * position / (members - 1);
            labels[i] = inner ? 1 : 0;
            double sign = (2 * labels[i]) - 1;
            x[i] = (inner ? 1 - Math.Cos(angle) : Math.Cos(angle)) + (Noise * Gaussian.Next(random)) - 0.5;
            y[i] = (inner ? 0.5 - Math.Sin(angle) : Math.Sin(angle)) + (Noise * Gaussian.Next(random)) - (0.3 * sign);
        }

        double mean = y.Average();
        (double sine, double cosine) = Math.SinCos(Rotation * Math.PI / 180);
        float[] inputs = new float[2 * Count];
        int[] order = [.. Enumerable.Range(0, Count)];
        random.Shuffle(order);
        int[] shuffled = new int[Count];
        for (int row = 0; row < Count; row++)
        {
            int i = order[row];
            double sign = (2 * labels[i]) - 1;
            // The paper's code multiplies by the sign of -y·(2·label - 1), which forces each class to its own side, and then moves the sides apart.
            double first = -sign * (Math.Abs(y[i] - mean) + ClassGap);
            (inputs[2 * row], inputs[(2 * row) + 1]) = Rotation == 0
                ? ((float)first, (float)x[i])
                : ((float)((cosine * first) - (sine * x[i])), (float)((sine * first) + (cosine * x[i])));
            shuffled[row] = labels[i];
        }

        return new(new("two-moons", [2], ["outer", "inner"], [], new([-Bound], [Bound])), split, inputs, shuffled, attributes: null);
    }
}
