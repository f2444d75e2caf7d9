using GradientDynamics.Train.Datasets;

namespace GradientDynamics.Train.Tests.Datasets;

public sealed class DrawnDigitsTests
{
    private static readonly DrawnDigitsOptions Small = new()
    {
        Side = 14,
        PixelNoise = 0.1,
        Train = new() { Count = 400, ColorAgreement = 0.9, LabelNoise = 0.1 },
        Validation = new() { Count = 200, ColorAgreement = 0.5 },
        Test = new() { Count = 300, ColorAgreement = 0.1 },
    };

    // Golden: only IEEE-exact arithmetic and a generator of this project go into the bytes, so every machine has these. It may change only together with the drawing, and then every figure that was
    // measured on drawn digits changes too. Made by: gd-train datasets verify with these options and seed 7.
    [Fact]
    public void Load_WithASeed_GivesTheSameBytesOnEveryMachine() =>
        (Small.Load(Split.Train, 7).ContentHash(), Small.Load(Split.Test, 7).ContentHash()).ShouldBe((
            "cc398999c48bff3f5366ada3155f945e4e5f18475d378eede292bb6d9ed9602f",
            "d52d9cf59627f7194a0fd2ce28d72f9eb2269c587c4542532feabbd7f779af12"));

    [Fact]
    public void Defaults_AreDocumentedAndPassTheirOwnGuards()
    {
        DrawnDigitsOptions options = new();

        options.Side.ShouldBe(14);
        options.Labels.ShouldBe(DigitLabels.BelowFive);
        options.Saturation.ShouldBe(1);
        options.PixelNoise.ShouldBe(0.1);
        options.Train.ShouldBe(new() { Count = 4000, ColorAgreement = 0.95, LabelNoise = 0 });
        options.Validation.ShouldBe(new() { Count = 2000, ColorAgreement = 0.5, LabelNoise = 0 });
        options.Test.ShouldBe(new() { Count = 2000, ColorAgreement = 0.5, LabelNoise = 0 });
        options.Seed.ShouldBeNull();
        (options with { Side = options.Side, Saturation = options.Saturation, PixelNoise = options.PixelNoise }).ShouldBe(options);
    }

    [Fact]
    public void Load_WithAnotherSeed_GivesOtherData()
    {
        Small.Load(Split.Train, 8).ContentHash().ShouldNotBe(Small.Load(Split.Train, 7).ContentHash());
        (Small with { Seed = 7 }).Load(Split.Train, 8).ContentHash().ShouldBe(Small.Load(Split.Train, 7).ContentHash());
    }

    [Fact]
    public void Load_OfALargerSet_BeginsWithTheSmallerOne()
    {
        GroupedDataset small = Small.Load(Split.Test, 7);
        GroupedDataset large = (Small with { Test = Small.Test with { Count = 301 } }).Load(Split.Test, 7);

        large.Inputs.Span[..small.Inputs.Length].SequenceEqual(small.Inputs.Span).ShouldBeTrue();
        large.Labels[..small.Count].SequenceEqual(small.Labels).ShouldBeTrue();
    }

    [Fact]
    public void Load_OfDifferentSplits_SharesNoExample()
    {
        GroupedDataset train = Small.Load(Split.Train, 7);
        HashSet<float> sums = [.. Enumerable.Range(0, train.Count).Select(i => Sum(train.Input(i)))];
        GroupedDataset test = Small.Load(Split.Test, 7);

        Enumerable.Range(0, test.Count).Count(i => sums.Contains(Sum(test.Input(i)))).ShouldBe(0);
    }

    [Theory]
    [InlineData(0.9)]
    [InlineData(0.5)]
    [InlineData(0.1)]
    [InlineData(1)]
    [InlineData(0)]
    public void Color_Always_AgreesWithTheLabelAsOftenAsTheSplitSays(double agreement)
    {
        const int Count = 4000;
        GroupedDataset data = (Small with { Side = 8, Train = new() { Count = Count, ColorAgreement = agreement, LabelNoise = 0.2 } }).Load(Split.Train, 1);

        int agreeing = 0;
        for (int i = 0; i < Count; i++)
        {
            agreeing += data.Labels[i] == data.Attributes[i] ? 1 : 0;
        }

        // Five standard deviations of a share among 4,000 draws; certain at 0 and 1.
        Math.Abs(((double)agreeing / Count) - agreement).ShouldBeLessThanOrEqualTo(5 * Math.Sqrt(agreement * (1 - agreement) / Count));
    }

    [Theory]
    [InlineData(DigitLabels.BelowFive, 2)]
    [InlineData(DigitLabels.Digit, 10)]
    public void LabelNoise_Always_ReplacesAsManyLabelsAsItSaysByOthers(DigitLabels labels, int classes)
    {
        const int Count = 4000;
        DrawnDigitsOptions clean = Small with { Side = 8, Labels = labels, Train = new() { Count = Count, ColorAgreement = 0.5 } };
        GroupedDataset truth = clean.Load(Split.Train, 1);
        GroupedDataset noisy = (clean with { Train = clean.Train with { LabelNoise = 0.25 } }).Load(Split.Train, 1);

        int changed = 0;
        for (int i = 0; i < Count; i++)
        {
            changed += truth.Labels[i] == noisy.Labels[i] ? 0 : 1;
        }

        ((double)changed / Count).ShouldBe(0.25, 5 * Math.Sqrt(0.25 * 0.75 / Count));
        truth.Description.Classes.Count.ShouldBe(classes);
        truth.Description.GroupCount.ShouldBe(2 * classes);
    }

    [Fact]
    public void Images_WithoutNoise_AreInkInTheChannelOfTheColorAndNothingInTheOther()
    {
        GroupedDataset data = (Small with { PixelNoise = 0 }).Load(Split.Train, 7);

        for (int i = 0; i < data.Count; i++)
        {
            ReadOnlySpan<float> image = data.Input(i);
            int pixels = image.Length / 2;
            Sum(image.Slice((1 - data.Attributes[i]) * pixels, pixels)).ShouldBe(0);
            // A thin 1 covers a twentieth of the image, a bold 8 about half.
            (Sum(image.Slice(data.Attributes[i] * pixels, pixels)) / pixels).ShouldBeInRange(0.03f, 0.6f);
        }
    }

    [Fact]
    public void Saturation_Zero_LeavesBothChannelsEqual()
    {
        GroupedDataset data = (Small with { PixelNoise = 0, Saturation = 0 }).Load(Split.Train, 7);

        ReadOnlySpan<float> image = data.Input(0);
        image[..(image.Length / 2)].SequenceEqual(image[(image.Length / 2)..]).ShouldBeTrue();
    }

    [Fact]
    public void PixelNoise_Always_StaysWithinBoundsAndAmplitude()
    {
        GroupedDataset clean = (Small with { PixelNoise = 0 }).Load(Split.Train, 7);
        GroupedDataset noisy = (Small with { PixelNoise = 0.3 }).Load(Split.Train, 7);
        float largest = 0;

        for (int i = 0; i < clean.Inputs.Length; i++)
        {
            noisy.Inputs.Span[i].ShouldBeInRange(0, 1);
            largest = Math.Max(largest, Math.Abs(noisy.Inputs.Span[i] - clean.Inputs.Span[i]));
        }

        largest.ShouldBeInRange(0.29f, 0.3f + 1e-7f); // the last digit of a float near 1
    }

    // A reader of the images would fail where digits of different classes look alike: nearest class means must tell them apart far better than chance.
    [Fact]
    public void Digits_OfDifferentClasses_AreTellable()
    {
        DrawnDigitsOptions options = Small with { Labels = DigitLabels.Digit, PixelNoise = 0, Saturation = 0, Train = new() { Count = 2000, ColorAgreement = 0.5 }, Test = new() { Count = 500, ColorAgreement = 0.5 } };
        GroupedDataset train = options.Load(Split.Train, 3);
        GroupedDataset test = options.Load(Split.Test, 3);
        int size = (int)train.Description.InputSize;
        double[][] means = [.. Enumerable.Range(0, 10).Select(_ => new double[size])];
        int[] counts = new int[10];
        for (int i = 0; i < train.Count; i++)
        {
            counts[train.Labels[i]]++;
            for (int j = 0; j < size; j++)
            {
                means[train.Labels[i]][j] += train.Input(i)[j];
            }
        }

        int right = 0;
        for (int i = 0; i < test.Count; i++)
        {
            float[] image = test.Input(i).ToArray();
            int nearest = Enumerable.Range(0, 10).MinBy(digit => image.Select((value, j) => Math.Pow(value - (means[digit][j] / counts[digit]), 2)).Sum());
            right += nearest == test.Labels[i] ? 1 : 0;
        }

        ((double)right / test.Count).ShouldBeGreaterThan(0.6); // chance is 0.1
    }

    [Theory]
    [InlineData(7)]
    [InlineData(65)]
    public void Side_OutsideItsRange_IsRefused(int side) => Should.Throw<ArgumentOutOfRangeException>(() => new DrawnDigitsOptions { Side = side });

    [Theory]
    [InlineData(-0.1)]
    [InlineData(1.1)]
    [InlineData(double.NaN)]
    public void Probabilities_OutsideZeroToOne_AreRefused(double value)
    {
        Should.Throw<ArgumentOutOfRangeException>(() => new DrawnDigitsOptions { PixelNoise = value });
        Should.Throw<ArgumentOutOfRangeException>(() => new DrawnDigitsOptions { Saturation = value });
        Should.Throw<ArgumentOutOfRangeException>(() => new DrawnDigitsSplit { Count = 1, ColorAgreement = value });
        Should.Throw<ArgumentOutOfRangeException>(() => new DrawnDigitsSplit { Count = 1, ColorAgreement = 0, LabelNoise = value });
    }

    private static float Sum(ReadOnlySpan<float> values)
    {
        float sum = 0;
        foreach (float value in values)
        {
            sum += value;
        }

        return sum;
    }
}
