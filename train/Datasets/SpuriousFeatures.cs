using System.Text.Json.Serialization;
using GradientDynamics.Train.Sampling;

namespace GradientDynamics.Train.Datasets;

/// <summary>
/// A spurious feature, a core feature and many noise features: the core feature says the label, the spurious one agrees with it in most examples, and the noise identifies training examples. Inputs are the spurious feature,
/// the core feature, then noise; the attribute is whether the spurious feature agrees.
/// </summary>
/// <remarks>
/// Idrissi et al., "Simple data balancing achieves competitive worst-group-accuracy", 2022, figure 1 and Eq. 8.4.1, https://arxiv.org/abs/2110.14503, after Sagawa et al., 2020. Core and spurious feature are label times −1 + N(0, σ²). The noise of the published code is N(0, 1); the text
/// has N(0, σ²). Validation and test have no noise. The scales γ belong to the network, scaled-linear.
/// </remarks>
public sealed record SpuriousFeaturesOptions : DatasetOptions
{
    // Noise of deviation 1 lies within 6 of 0 in every draw that a computer will see; wide enough never to clip one, narrow enough to search.
    private const double Bound = 10;

    /// <summary>Examples in each split, half of each label. Default 1,000.</summary>
    public int Count
    {
        get;
        init
        {
            // Fewer would leave a label without a majority example.
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 8, nameof(Count));
            field = value;
        }
    } = 1000;

    /// <summary>Share of examples whose spurious feature agrees with the label; the published code's rounding gives 199 of 1,000 that do not. Default 0.8.</summary>
    public double Agreement { get; init { NumberGuards.ThrowIfNoProbability(value, nameof(Agreement)); field = value; } } = 0.8;

    /// <summary>Standard deviation σ of core and spurious feature. Default 0.15.</summary>
    public double StandardDeviation { get; init { NumberGuards.ThrowIfNegativeOrNotFinite(value, nameof(StandardDeviation)); field = value; } } = 0.15;

    /// <summary>Number of noise features. Default 1,200.</summary>
    public int NoiseDimension
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value, nameof(NoiseDimension));
            field = value;
        }
    } = 1200;

    /// <summary>Standard deviation of the noise features in training. Default 1, as in the published code.</summary>
    public double NoiseStandardDeviation { get; init { NumberGuards.ThrowIfNegativeOrNotFinite(value, nameof(NoiseStandardDeviation)); field = value; } } = 1;

    /// <inheritdoc/>
    [JsonIgnore]
    public override IReadOnlyList<Split> Splits => [Split.Train, Split.Validation, Split.Test];

    internal override GroupedDataset Load(Split split, RunSeed seed)
    {
        Random random = seed.Stream($"spurious-features/{split}");
        // Truncated as in the published code, where (1 - 0.8) * 1000 is 199.99….
        int minority = (int)((1 - Agreement) * Count);
        int[] order = [.. Enumerable.Range(0, Count)];
        random.Shuffle(order);
        int[] attributes = [.. Enumerable.Repeat(1, Count)];
        foreach (int example in order[..minority])
        {
            attributes[example] = 0;
        }

        int width = 2 + NoiseDimension;
        int[] labels = new int[Count];
        float[] inputs = new float[Count * width];
        for (int i = 0; i < Count; i++)
        {
            labels[i] = i < Count / 2 ? 0 : 1;
            int sign = (2 * labels[i]) - 1;
            double Feature() => sign * (-1 + (StandardDeviation * Gaussian.Next(random)));
            Span<float> input = inputs.AsSpan(i * width, width);
            input[0] = (float)(Feature() * (attributes[i] == 1 ? 1 : -1));
            input[1] = (float)Feature();
            for (int j = 2; j < width && split == Split.Train; j++)
            {
                input[j] = (float)(NoiseStandardDeviation * Gaussian.Next(random));
            }
        }

        return new(new("spurious-features", [width], ["-1", "+1"], ["minority", "majority"], new([-Bound], [Bound])), split, inputs, labels, attributes);
    }
}
