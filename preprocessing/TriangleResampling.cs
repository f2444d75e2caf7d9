namespace GradientDynamics.Preprocessing;

/// <summary>Bilinear resizing with antialiasing: a triangle filter, one output pixel wide or one input pixel, whichever is wider, rows first, then columns, each rounded to 8 bits.</summary>
/// <remarks>
/// The definition of PIL's <c>Image.resize(size, BILINEAR)</c> and of torchvision's <c>Resize(antialias=True)</c> on images. Output pixel i has its centre at (i + 1/2)·s, s = input / output;
/// an input pixel whose centre is at distance d has the weight max(0, 1 − |d| / max(s, 1)), and the weights of an output pixel are scaled to sum to 1. Weights are fixed-point numbers of 22 bits.
/// </remarks>
public static class TriangleResampling
{
    // 8 bits of sample, 22 of weight and a sign leave one bit: sums of rounded weights may exceed 1 slightly.
    private const int FractionBits = 22;

    /// <summary>The image at another size; at its own size, itself.</summary>
    public static ByteImage Resize(ByteImage image, int width, int height)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        ByteImage narrowed = width == image.Width ? image : ResizeRows(image, width);
        return height == image.Height ? narrowed : ResizeColumns(narrowed, height);
    }

    private static ByteImage ResizeRows(ByteImage image, int width)
    {
        Window[] windows = Windows(image.Width, width);
        int channels = image.Channels;
        byte[] resized = new byte[checked(width * image.Height * channels)];
        for (int row = 0; row < image.Height; row++)
        {
            ReadOnlySpan<byte> source = image.Samples.AsSpan(row * image.Width * channels, image.Width * channels);
            Span<byte> target = resized.AsSpan(row * width * channels, width * channels);
            for (int column = 0; column < width; column++)
            {
                Window window = windows[column];
                for (int channel = 0; channel < channels; channel++)
                {
                    int sum = 1 << (FractionBits - 1);
                    int position = (window.First * channels) + channel;
                    foreach (int weight in window.Weights)
                    {
                        sum += source[position] * weight;
                        position += channels;
                    }

                    target[(column * channels) + channel] = ToByte(sum);
                }
            }
        }

        return new ByteImage(width, image.Height, channels, resized);
    }

    private static ByteImage ResizeColumns(ByteImage image, int height)
    {
        Window[] windows = Windows(image.Height, height);
        int stride = image.Width * image.Channels;
        byte[] resized = new byte[checked(stride * height)];
        int[] sums = new int[stride];
        for (int row = 0; row < height; row++)
        {
            Array.Fill(sums, 1 << (FractionBits - 1));
            int source = windows[row].First * stride;
            foreach (int weight in windows[row].Weights)
            {
                ReadOnlySpan<byte> line = image.Samples.AsSpan(source, stride);
                for (int i = 0; i < line.Length; i++)
                {
                    sums[i] += line[i] * weight;
                }

                source += stride;
            }

            Span<byte> target = resized.AsSpan(row * stride, stride);
            for (int i = 0; i < target.Length; i++)
            {
                target[i] = ToByte(sums[i]);
            }
        }

        return new ByteImage(image.Width, height, image.Channels, resized);
    }

    private static byte ToByte(int sum) => (byte)Math.Clamp(sum >> FractionBits, 0, 255);

    private static Window[] Windows(int input, int output)
    {
        double scale = (double)input / output;
        double radius = Math.Max(scale, 1);
        Window[] windows = new Window[output];
        for (int i = 0; i < output; i++)
        {
            double center = (i + 0.5) * scale;
            int first = Math.Max(0, (int)(center - radius + 0.5));
            int last = Math.Min(input, (int)(center + radius + 0.5));
            double[] weights = new double[last - first];
            for (int j = 0; j < weights.Length; j++)
            {
                weights[j] = Math.Max(0, 1 - (Math.Abs(first + j + 0.5 - center) / radius));
            }

            double sum = weights.Sum();
            windows[i] = new Window(first, [.. weights.Select(weight => (int)((weight / sum * (1 << FractionBits)) + 0.5))]);
        }

        return windows;
    }

    private readonly record struct Window(int First, int[] Weights);
}
