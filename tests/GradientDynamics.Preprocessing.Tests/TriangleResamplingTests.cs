namespace GradientDynamics.Preprocessing.Tests;

public sealed class TriangleResamplingTests
{
    public static TheoryData<byte[], byte[]> Lines => new()
    {
        { [10, 20], [15] },
        { [10, 21], [16] },
        // Weights 3/4, 3/4, 1/4 over 7/4: (0·3 + 100·3 + 200)/7 = 71.4 and (100 + 200·3 + 40·3)/7 = 117.1.
        { [0, 100, 200, 40], [71, 117] },
        // Centres 1/4, 3/4, 5/4, 7/4 between pixel centres 1/2 and 3/2.
        { [0, 100], [0, 25, 75, 100] },
        // Scale 3/2, centres 3/4 and 9/4, radius 3/2: weights 5/6, 1/2 and nothing at 7/4.
        { [0, 96, 192], [36, 156] },
        { [7], [7, 7, 7, 7, 7] },
    };

    [Theory]
    [MemberData(nameof(Lines))]
    public void Resize_OfALine_ByHand(byte[] line, byte[] expected)
    {
        TriangleResampling.Resize(new ByteImage(line.Length, 1, 1, line), expected.Length, 1).Samples.ShouldBe(expected);
        TriangleResampling.Resize(new ByteImage(1, line.Length, 1, line), 1, expected.Length).Samples.ShouldBe(expected);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(127)]
    [InlineData(255)]
    public void Resize_OfAConstantImage_IsConstant(byte value)
    {
        ByteImage image = new(37, 23, 3, [.. Enumerable.Repeat(value, 37 * 23 * 3)]);

        foreach ((int width, int height) in ((int, int)[])[(1, 1), (5, 64), (36, 22), (224, 224), (37, 1)])
        {
            TriangleResampling.Resize(image, width, height).Samples.ShouldAllBe(sample => sample == value);
        }
    }

    [Theory]
    [InlineData(31, 17, 8, 8)]
    [InlineData(8, 8, 31, 17)]
    [InlineData(20, 20, 13, 40)]
    [InlineData(45, 55, 16, 16)]
    public void Resize_IsTheDefinitionInDoublePrecision(int width, int height, int newWidth, int newHeight)
    {
        ByteImage image = Random(width, height, 3);

        ByteImage resized = TriangleResampling.Resize(image, newWidth, newHeight);

        // Each pass rounds by 1/2, the second averages the first's.
        for (int row = 0; row < newHeight; row++)
        {
            for (int column = 0; column < newWidth; column++)
            {
                for (int channel = 0; channel < 3; channel++)
                {
                    double expected = Define(image, newWidth, newHeight, row, column, channel);
                    ((double)resized.Samples[(((row * newWidth) + column) * 3) + channel]).ShouldBe(expected, 1.0001);
                }
            }
        }
    }

    [Fact]
    public void Resize_ToItsOwnSize_IsTheImage()
    {
        ByteImage image = Random(9, 5, 3);

        TriangleResampling.Resize(image, 9, 5).ShouldBeSameAs(image);
    }

    [Fact]
    public void Resize_OfAMirroredImage_IsMirrored()
    {
        ByteImage image = Random(40, 1, 1);
        ByteImage mirrored = new(40, 1, 1, [.. image.Samples.Reverse()]);

        TriangleResampling.Resize(mirrored, 16, 1).Samples.ShouldBe(TriangleResampling.Resize(image, 16, 1).Samples.Reverse());
        TriangleResampling.Resize(mirrored, 99, 1).Samples.ShouldBe(TriangleResampling.Resize(image, 99, 1).Samples.Reverse());
    }

    private static ByteImage Random(int width, int height, int channels)
    {
        byte[] samples = new byte[width * height * channels];
        new Random(width + height).NextBytes(samples);
        return new ByteImage(width, height, channels, samples);
    }

    private static double Define(ByteImage image, int newWidth, int newHeight, int row, int column, int channel)
    {
        double sum = 0;
        double weights = 0;
        for (int y = 0; y < image.Height; y++)
        {
            for (int x = 0; x < image.Width; x++)
            {
                double weight = Weight(x, column, image.Width, newWidth) * Weight(y, row, image.Height, newHeight);
                weights += weight;
                sum += weight * image.Samples[(((y * image.Width) + x) * image.Channels) + channel];
            }
        }

        return sum / weights;
    }

    private static double Weight(int input, int output, int size, int newSize)
    {
        double scale = (double)size / newSize;
        return Math.Max(0, 1 - (Math.Abs(input + 0.5 - ((output + 0.5) * scale)) / Math.Max(scale, 1)));
    }
}
