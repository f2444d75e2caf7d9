using System.Text.Json.Serialization;
using GradientDynamics.Train.Sampling;

namespace GradientDynamics.Train.Datasets;

/// <summary>
/// Digits drawn as strokes of random shape, width and position, coloured like Colored MNIST: two channels, of which the colour keeps one, and a colour that agrees with the label as often as each
/// split says. Nothing is downloaded, and a seed gives the same bytes on every machine.
/// </summary>
public sealed record DrawnDigitsOptions : DatasetOptions
{
    /// <summary>Width and height of the images. Default 14, as Colored MNIST.</summary>
    public int Side
    {
        get;
        init
        {
            // Below 8 pixels the strokes of a 6 and an 8 run together; above 64 the set no longer is small.
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 8, nameof(Side));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, 64, nameof(Side));
            field = value;
        }
    } = 14;

    /// <summary>What the label is. Default below-five.</summary>
    public DigitLabels Labels { get; init; } = DigitLabels.BelowFive;

    /// <summary>How much of the other channel the colour removes: 1 leaves it empty, 0 leaves both channels equal. Default 1.</summary>
    public double Saturation { get; init { NumberGuards.ThrowIfNoProbability(value, nameof(Saturation)); field = value; } } = 1;

    /// <summary>Amplitude of uniform noise on every pixel of both channels, clipped to [0, 1]. Default 0.1.</summary>
    public double PixelNoise { get; init { NumberGuards.ThrowIfNoProbability(value, nameof(PixelNoise)); field = value; } } = 0.1;

    /// <summary>The training set. Default 4,000 examples, colour agreement 0.95, no label noise.</summary>
    public DrawnDigitsSplit Train { get; init; } = new() { Count = 4000, ColorAgreement = 0.95 };

    /// <summary>The validation set. Default 2,000 examples, colour agreement 0.5: every group equally frequent, so that its worst group is measured well; no label noise.</summary>
    public DrawnDigitsSplit Validation { get; init; } = new() { Count = 2000, ColorAgreement = 0.5 };

    /// <summary>The test set. Default 2,000 examples, colour agreement 0.5, no label noise.</summary>
    public DrawnDigitsSplit Test { get; init; } = new() { Count = 2000, ColorAgreement = 0.5 };

    /// <inheritdoc/>
    [JsonIgnore]
    public override IReadOnlyList<Split> Splits => [Split.Train, Split.Validation, Split.Test];

    internal override GroupedDataset Load(Split split, RunSeed seed)
    {
        DrawnDigitsSplit part = split switch
        {
            Split.Train => Train,
            Split.Validation => Validation,
            _ => Test,
        };
        int pixels = Side * Side;
        int classes = Labels == DigitLabels.Digit ? 10 : 2;
        float[] inputs = new float[part.Count * 2 * pixels];
        int[] labels = new int[part.Count];
        int[] colors = new int[part.Count];
        // Every example has a stream of its own: a larger set begins with the examples of a smaller one, and the order of drawing does not matter.
        Parallel.For(0, part.Count, i =>
        {
            Random random = seed.Stream($"drawn-digits/{split}", i);
            int digit = random.Next(10);
            bool noisy = random.NextDouble() < part.LabelNoise;
            int other = random.Next(classes - 1);
            bool agrees = random.NextDouble() < part.ColorAgreement;
            int label = Labels == DigitLabels.Digit ? digit : digit < 5 ? 1 : 0;
            labels[i] = noisy ? (label + 1 + other) % classes : label;
            int agreeing = Labels == DigitLabels.Digit ? (labels[i] < 5 ? 1 : 0) : labels[i];
            colors[i] = agrees ? agreeing : 1 - agreeing;

            float[] intensities = new float[pixels];
            DigitStrokes.Draw(digit, Side, random, intensities);
            Span<float> channels = inputs.AsSpan(i * 2 * pixels, 2 * pixels);
            TwoColors.Paint(intensities, colors[i], (float)Saturation, channels);
            foreach (ref float value in channels)
            {
                double noise = PixelNoise * ((2 * random.NextDouble()) - 1);
                value = (float)Math.Clamp(value + noise, 0, 1);
            }
        });

        IReadOnlyList<string> names = Labels == DigitLabels.Digit ? [.. Enumerable.Range(0, 10).Select(digit => digit.ToString())] : ["5 to 9", "0 to 4"];
        return new(new("drawn-digits", [2, Side, Side], names, TwoColors.Names, new([0], [1])), split, inputs, labels, colors);
    }
}

/// <summary>What the label of a drawn digit is.</summary>
public enum DigitLabels
{
    /// <summary>Two classes: 1 for the digits 0 to 4, 0 for 5 to 9.</summary>
    BelowFive,

    /// <summary>Ten classes; the colour then agrees with whether the label is below five.</summary>
    Digit,
}

/// <summary>Size, colour and noise of one split of the drawn digits.</summary>
public sealed record DrawnDigitsSplit
{
    /// <summary>Number of examples.</summary>
    public required int Count
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value, nameof(Count));
            field = value;
        }
    }

    /// <summary>Probability that the colour agrees with the label, noise included: 0.5 makes the colour meaningless, below that it misleads.</summary>
    public required double ColorAgreement { get; init { NumberGuards.ThrowIfNoProbability(value, nameof(ColorAgreement)); field = value; } }

    /// <summary>Probability that a label is replaced by another class. Default 0.</summary>
    public double LabelNoise { get; init { NumberGuards.ThrowIfNoProbability(value, nameof(LabelNoise)); field = value; } }
}
