using System.Buffers.Binary;
using GradientDynamics.Train.Datasets;

namespace GradientDynamics.Train.Tests.Datasets;

public sealed class ColoredMnistTests
{
    private const int Side = 28;

    [Fact]
    public void Defaults_AreThePapersAndPassTheirOwnGuards()
    {
        ColoredMnistOptions options = new();

        options.Folder.ShouldBe("mnist");
        options.TrainCount.ShouldBe(50_000);
        options.ValidationCount.ShouldBe(0);
        options.TrainColorFlips.ShouldBe([0.2, 0.1]);
        options.ValidationColorFlip.ShouldBe(0.5);
        options.TestColorFlip.ShouldBe(0.9);
        options.LabelNoise.ShouldBe(0.25);
        options.Grayscale.ShouldBeFalse();
        (options with
        {
            Folder = options.Folder,
            TrainCount = options.TrainCount,
            ValidationCount = options.ValidationCount,
            TrainColorFlips = options.TrainColorFlips,
            ValidationColorFlip = options.ValidationColorFlip,
            TestColorFlip = options.TestColorFlip,
            LabelNoise = options.LabelNoise,
        }).ShouldBe(options);
    }

    [Fact]
    public void Load_OfSmallFiles_FollowsTheConstruction()
    {
        using TemporaryFolder folder = new();
        WriteMnist(folder, count: 600);
        ColoredMnistOptions options = new() { Folder = folder.Path, TrainCount = 400, ValidationCount = 100, LabelNoise = 0, TrainColorFlips = [0, 1], TestColorFlip = 0, ValidationColorFlip = 1 };

        GroupedDataset train = options.Load(Split.Train, 1);
        GroupedDataset validation = options.Load(Split.Validation, 1);
        GroupedDataset test = options.Load(Split.Test, 1);

        (train.Count, validation.Count, test.Count).ShouldBe((300, 100, 200));
        train.Description.InputShape.ShouldBe([2L, 14, 14]);
        HashSet<int> seen = [];
        foreach (GroupedDataset split in (GroupedDataset[])[train, validation, test])
        {
            for (int i = 0; i < split.Count; i++)
            {
                // The first pixel of image n is n's low byte, the pixel right of the next sampled one its high byte: see WriteMnist.
                ReadOnlySpan<float> kept = split.Input(i).Slice(split.Attributes[i] * 196, 196);
                ReadOnlySpan<float> other = split.Input(i).Slice((1 - split.Attributes[i]) * 196, 196);
                int image = (int)Math.Round(255 * kept[0]) + (256 * (int)Math.Round(255 * kept[1]));
                seen.Add(image).ShouldBeTrue();
                other.ContainsAnyExcept(0f).ShouldBeFalse();
                kept[2..].ContainsAnyExcept(100 / 255f).ShouldBeFalse();
                split.Labels[i].ShouldBe(image % 10 < 5 ? 1 : 0);
                bool flipped = split.Split == Split.Train ? train.Environments[i] == 1 : split.Split == Split.Validation;
                split.Attributes[i].ShouldBe(flipped ? 1 - split.Labels[i] : split.Labels[i]);
                (image < 400).ShouldBe(split.Split != Split.Test);
            }
        }

        seen.Count.ShouldBe(600);
        train.Environments.ToArray().Count(environment => environment == 1).ShouldBe(150);
    }

    // The four forms of figure 3: with colour or both channels halved, with the digit or the mean of all intensities.
    [Fact]
    public void LoadTestEnvironments_AreTheTestWithAndWithoutDigitsAndColors()
    {
        using TemporaryFolder folder = new();
        WriteMnist(folder, count: 60);
        ColoredMnistOptions options = new() { Folder = folder.Path, TrainCount = 40 };

        GroupedDataset test = options.Load(Split.Test, 1);
        Dictionary<string, GroupedDataset> forms = options.LoadTestEnvironments(1).ToDictionary(form => form.Name, form => form.Data);

        forms.Keys.ShouldBe(["gray-digit", "colored-digit", "gray-blank", "colored-blank"]);
        forms["colored-digit"].ContentHash().ShouldBe(test.ContentHash());
        double mean = test.Inputs.ToArray().Average(value => (double)value) * 2; // one of two channels is empty
        for (int i = 0; i < test.Count; i++)
        {
            foreach (GroupedDataset form in forms.Values)
            {
                (form.Labels[i], form.Attributes[i]).ShouldBe((test.Labels[i], test.Attributes[i]));
            }

            int kept = test.Attributes[i] * 196;
            for (int pixel = 0; pixel < 196; pixel++)
            {
                float intensity = test.Input(i)[kept + pixel];
                forms["gray-digit"].Input(i)[pixel].ShouldBe(intensity / 2);
                forms["gray-digit"].Input(i)[196 + pixel].ShouldBe(intensity / 2);
                ((double)forms["gray-blank"].Input(i)[pixel]).ShouldBe(mean / 2, 1e-6); // the mean is stored as a float
                ((double)forms["colored-blank"].Input(i)[kept + pixel]).ShouldBe(mean, 1e-6);
                forms["colored-blank"].Input(i)[196 - kept + pixel].ShouldBe(0);
            }
        }

        GroupedDataset gray = (options with { Grayscale = true }).Load(Split.Test, 1);
        gray.Description.InputShape.ShouldBe([1L, 14, 14]);
        gray.Input(3).ToArray().ShouldBe(test.Input(3).Slice(test.Attributes[3] * 196, 196).ToArray());
        (options with { Grayscale = true }).LoadTestEnvironments(1).Select(form => form.Name).ShouldBe(["gray-digit", "gray-blank"]);
    }

    [Fact]
    public void Splits_WithoutValidationCount_AreTrainAndTest() => new ColoredMnistOptions().Splits.ShouldBe([Split.Train, Split.Test]);

    [Fact]
    public void Load_WithMoreTrainingImagesThanTheFileHas_SaysSo()
    {
        using TemporaryFolder folder = new();
        WriteMnist(folder, count: 20);

        Should.Throw<InvalidDataException>(() => new ColoredMnistOptions { Folder = folder.Path }.Load(Split.Train, 1)).Message.ShouldContain("trainCount");
    }

    [Fact]
    public void Load_OfLabelsOfAnotherFile_SaysThatTheNumbersDiffer()
    {
        using TemporaryFolder folder = new();
        WriteMnist(folder, count: 20);
        WriteIdx(folder.Combine("train-labels-idx1-ubyte"), [19], new byte[19]);

        Should.Throw<InvalidDataException>(() => new ColoredMnistOptions { Folder = folder.Path, TrainCount = 10 }.Load(Split.Train, 1)).Message.ShouldContain("19 labels");
    }

    [Fact]
    public void Load_WithoutTheFolder_SaysWhereItLooked() =>
        Should.Throw<DirectoryNotFoundException>(() => DataFolder.Resolve("no-such-folder", "/data")).Message.ShouldContain(DataFolder.EnvironmentVariable);

    [Fact]
    public void Load_OfMnistItself_HasThePapersSizesAndRates()
    {
        string? root = Environment.GetEnvironmentVariable(DataFolder.EnvironmentVariable);
        Assert.SkipUnless(root is not null && Directory.Exists(Path.Combine(root, "mnist")), $"MNIST is not below ${DataFolder.EnvironmentVariable}.");

        GroupedDataset train = new ColoredMnistOptions().Load(Split.Train, 1);
        GroupedDataset test = new ColoredMnistOptions().Load(Split.Test, 1);

        (train.Count, test.Count).ShouldBe((50_000, 10_000));
        // Six standard deviations of a share among 25,000 and 10,000.
        AgreementOf(train, 0).ShouldBe(0.8, 6 * Math.Sqrt(0.8 * 0.2 / 25_000));
        AgreementOf(train, 1).ShouldBe(0.9, 6 * Math.Sqrt(0.9 * 0.1 / 25_000));
        AgreementOf(test, null).ShouldBe(0.1, 6 * Math.Sqrt(0.9 * 0.1 / 10_000));
    }

    /// <summary>Writes MNIST's two train files: image n has the label n mod 10, its number in two of the pixels that are sampled, and 100 in the others.</summary>
    internal static void WriteMnist(TemporaryFolder folder, int count)
    {
        byte[] images = new byte[count * Side * Side];
        byte[] labels = new byte[count];
        Array.Fill(images, (byte)100);
        for (int n = 0; n < count; n++)
        {
            labels[n] = (byte)(n % 10);
            images[n * Side * Side] = (byte)n;
            images[(n * Side * Side) + 2] = (byte)(n >> 8);
            images[(n * Side * Side) + 1] = 77; // between two sampled pixels
            images[(n * Side * Side) + Side] = 77;
        }

        WriteIdx(folder.Combine("train-images-idx3-ubyte"), [count, Side, Side], images);
        WriteIdx(folder.Combine("train-labels-idx1-ubyte"), [count], labels);
    }

    private static void WriteIdx(string path, int[] sizes, byte[] elements)
    {
        byte[] header = new byte[4 + (4 * sizes.Length)];
        header[2] = 8;
        header[3] = (byte)sizes.Length;
        for (int i = 0; i < sizes.Length; i++)
        {
            BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4 + (4 * i)), sizes[i]);
        }

        File.WriteAllBytes(path, [.. header, .. elements]);
    }

    private static double AgreementOf(GroupedDataset data, int? environment)
    {
        int count = 0;
        int agreeing = 0;
        for (int i = 0; i < data.Count; i++)
        {
            if (environment is null || data.Environments[i] == environment)
            {
                count++;
                agreeing += data.Labels[i] == data.Attributes[i] ? 1 : 0;
            }
        }

        return (double)agreeing / count;
    }
}
