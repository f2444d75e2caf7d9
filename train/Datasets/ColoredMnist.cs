using System.Text.Json.Serialization;
using GradientDynamics.Train.Sampling;

namespace GradientDynamics.Train.Datasets;

/// <summary>
/// Colored MNIST: is the digit below five? A quarter of the labels is wrong, and the colour agrees with the (noisy) label more often than the digit does, in two training environments of different
/// strength; in the test the colour mostly contradicts it.
/// </summary>
/// <remarks>
/// Arjovsky et al., 2019, https://arxiv.org/abs/1907.02893, as run by Pezeshki et al., 2021, https://arxiv.org/abs/2011.09468: only MNIST's train file, 50,000 images for training and 10,000 for the
/// test, every second pixel. The shuffle and the flips are this library's: numpy's random numbers cannot be repeated here, so single runs differ from theirs as two seeds do.
/// </remarks>
public sealed record ColoredMnistOptions : DatasetOptions
{
    private const int Side = 14;
    private const int SourceSide = 28;

    /// <summary>Folder with train-images-idx3-ubyte and train-labels-idx1-ubyte, each plain or gzip. A relative folder lies below $GRADIENTDYNAMICS_DATA. Default "mnist".</summary>
    public string Folder
    {
        get;
        init
        {
            ArgumentException.ThrowIfNullOrEmpty(value, nameof(Folder));
            field = value;
        }
    } = "mnist";

    /// <summary>Images for training and validation, the first of the file; the rest is the test. Default 50,000.</summary>
    public int TrainCount
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value, nameof(TrainCount));
            field = value;
        }
    } = 50_000;

    /// <summary>Images held out of <see cref="TrainCount"/> as validation; the paper has none. Default 0.</summary>
    public int ValidationCount
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value, nameof(ValidationCount));
            field = value;
        }
    }

    /// <summary>Probability that the colour contradicts the label, one per training environment. Default 0.2 and 0.1.</summary>
    public IReadOnlyList<double> TrainColorFlips
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfZero(value.Count, nameof(TrainColorFlips));
            foreach (double flip in value)
            {
                NumberGuards.ThrowIfNoProbability(flip, nameof(TrainColorFlips));
            }

            field = value;
        }
    } = [0.2, 0.1];

    /// <summary>Probability that the colour contradicts the label in the validation set. Default 0.5: colour says nothing there.</summary>
    public double ValidationColorFlip { get; init { NumberGuards.ThrowIfNoProbability(value, nameof(ValidationColorFlip)); field = value; } } = 0.5;

    /// <summary>Probability that the colour contradicts the label in the test. Default 0.9.</summary>
    public double TestColorFlip { get; init { NumberGuards.ThrowIfNoProbability(value, nameof(TestColorFlip)); field = value; } } = 0.9;

    /// <summary>Probability that a label is flipped, in every split. Default 0.25.</summary>
    public double LabelNoise { get; init { NumberGuards.ThrowIfNoProbability(value, nameof(LabelNoise)); field = value; } } = 0.25;

    /// <summary>Whether the colour is left out, so that inputs have one channel of intensities: the oracle, which cannot be misled. Default false.</summary>
    public bool Grayscale { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override IReadOnlyList<Split> Splits => ValidationCount > 0 ? [Split.Train, Split.Validation, Split.Test] : [Split.Train, Split.Test];

    internal override GroupedDataset Load(Split split, RunSeed seed) => Draw(split, seed).Paint(Grayscale, digits: true, colors: true);

    /// <summary>Figure 3 of Pezeshki et al., 2021: the test set with and without digits and with and without colours.</summary>
    internal override IReadOnlyList<TestEnvironment> LoadTestEnvironments(RunSeed seed)
    {
        Drawing test = Draw(Split.Test, seed);
        return Grayscale
            ? [new("gray-digit", test.Paint(Grayscale, digits: true, colors: false)), new("gray-blank", test.Paint(Grayscale, digits: false, colors: false))]
            :
            [
                new("gray-digit", test.Paint(Grayscale, digits: true, colors: false)),
                new("colored-digit", test.Paint(Grayscale, digits: true, colors: true)),
                new("gray-blank", test.Paint(Grayscale, digits: false, colors: false)),
                new("colored-blank", test.Paint(Grayscale, digits: false, colors: true)),
            ];
    }

    private Drawing Draw(Split split, RunSeed seed)
    {
        string folder = DataFolder.Resolve(Folder);
        IdxFile images = IdxFile.Read(folder, "train-images-idx3-ubyte", 3);
        IdxFile digits = IdxFile.Read(folder, "train-labels-idx1-ubyte", 1);
        Check(images, digits, folder);

        int[] order = [.. Enumerable.Range(0, TrainCount)];
        seed.Stream("colored-mnist/shuffle").Shuffle(order);
        int[] chosen = split switch
        {
            Split.Train => order[ValidationCount..],
            Split.Validation => order[..ValidationCount],
            _ => [.. Enumerable.Range(TrainCount, images.Sizes[0] - TrainCount)],
        };

        Random random = seed.Stream($"colored-mnist/{split}");
        Drawing drawing = new(split, new int[chosen.Length], new int[chosen.Length], new int[chosen.Length], new float[chosen.Length * Side * Side]);
        for (int row = 0; row < chosen.Length; row++)
        {
            int image = chosen[row];
            drawing.Environments[row] = split == Split.Train ? row % TrainColorFlips.Count : 0;
            double flip = split switch
            {
                Split.Train => TrainColorFlips[drawing.Environments[row]],
                Split.Validation => ValidationColorFlip,
                _ => TestColorFlip,
            };
            int label = digits.Elements.Span[image] < 5 ? 1 : 0;
            drawing.Labels[row] = random.NextDouble() < LabelNoise ? 1 - label : label;
            drawing.Colors[row] = random.NextDouble() < flip ? 1 - drawing.Labels[row] : drawing.Labels[row];
            ReadEverySecondPixel(images.Elements.Span.Slice(image * SourceSide * SourceSide, SourceSide * SourceSide), drawing.Intensities.AsSpan(row * Side * Side, Side * Side));
        }

        return drawing;
    }

    private static void ReadEverySecondPixel(ReadOnlySpan<byte> image, Span<float> intensities)
    {
        for (int y = 0; y < Side; y++)
        {
            for (int x = 0; x < Side; x++)
            {
                intensities[(y * Side) + x] = image[(2 * y * SourceSide) + (2 * x)] / 255f;
            }
        }
    }

    private void Check(IdxFile images, IdxFile digits, string folder)
    {
        if (images.Sizes[1] != SourceSide || images.Sizes[2] != SourceSide)
        {
            throw new InvalidDataException($"{folder}: train-images-idx3-ubyte holds images of {images.Sizes[1]} x {images.Sizes[2]}; accepted are MNIST's of {SourceSide} x {SourceSide}.");
        }

        if (images.Sizes[0] != digits.Sizes[0])
        {
            throw new InvalidDataException($"{folder}: train-images-idx3-ubyte holds {images.Sizes[0]} images and train-labels-idx1-ubyte {digits.Sizes[0]} labels; accepted are equal numbers.");
        }

        if (digits.Elements.Span.IndexOfAnyExceptInRange((byte)0, (byte)9) is int wrong and >= 0)
        {
            throw new InvalidDataException($"{folder}: train-labels-idx1-ubyte holds the label {digits.Elements.Span[wrong]} at {wrong}; accepted are 0 to 9.");
        }

        if (images.Sizes[0] <= TrainCount || TrainCount - ValidationCount < TrainColorFlips.Count)
        {
            throw new InvalidDataException($"{folder}: {images.Sizes[0]} images cannot be split into trainCount {TrainCount} (of them validationCount {ValidationCount}) and a test; accepted is a trainCount below {images.Sizes[0]} that leaves images for every environment.");
        }
    }

    // Labels, colours and images before they are put together.
    private sealed record Drawing(Split Split, int[] Labels, int[] Colors, int[] Environments, float[] Intensities)
    {
        private const int Pixels = Side * Side;

        // Without a colour each channel has half the intensity; without a digit every pixel has the mean of all.
        public GroupedDataset Paint(bool grayscale, bool digits, bool colors)
        {
            int size = (grayscale ? 1 : 2) * Pixels;
            float[] inputs = new float[Labels.Length * size];
            float[] blank = digits ? [] : [.. Enumerable.Repeat((float)Intensities.Average(value => (double)value), Pixels)];
            for (int row = 0; row < Labels.Length; row++)
            {
                ReadOnlySpan<float> image = digits ? Intensities.AsSpan(row * Pixels, Pixels) : blank;
                Span<float> input = inputs.AsSpan(row * size, size);
                if (grayscale)
                {
                    image.CopyTo(input);
                }
                else if (colors)
                {
                    TwoColors.Paint(image, Colors[row], saturation: 1, input);
                }
                else
                {
                    for (int i = 0; i < Pixels; i++)
                    {
                        input[i] = input[Pixels + i] = image[i] / 2;
                    }
                }
            }

            return new(
                new("colored-mnist", [grayscale ? 1 : 2, Side, Side], ["5 to 9", "0 to 4"], TwoColors.Names, new([0], [1])),
                Split,
                inputs,
                [.. Labels],
                [.. Colors],
                Split == Split.Train ? [.. Environments] : null);
        }
    }
}
