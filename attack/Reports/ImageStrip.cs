using SkiaSharp;

namespace GradientDynamics.Attack.Reports;

/// <summary>Inputs that are images, as PNG for a page: grey, red and green, or RGB, channels first.</summary>
internal static class ImageStrip
{
    /// <summary>Whether inputs of this shape can be shown as images.</summary>
    public static bool CanShow(IReadOnlyList<int> shape) => Plane(shape) is (>= 1 and <= 3, > 1, > 1);

    /// <summary>An image as a data address; bounds are the darkest and the brightest value of each element.</summary>
    public static string Image(IReadOnlyList<int> shape, ReadOnlySpan<float> values, ReadOnlySpan<float> lower, ReadOnlySpan<float> upper)
    {
        double[] shares = new double[values.Length];
        for (int i = 0; i < shares.Length; i++)
        {
            shares[i] = ((double)values[i] - lower[i]) / ((double)upper[i] - lower[i]);
        }

        return Encode(shape, shares, missing: 0);
    }

    /// <summary>A perturbation as a data address: mid-grey where nothing changed, the largest change fully dark or bright.</summary>
    public static string Perturbation(IReadOnlyList<int> shape, ReadOnlySpan<float> input, ReadOnlySpan<float> perturbed)
    {
        double[] shares = new double[input.Length];
        double largest = 0;
        for (int i = 0; i < shares.Length; i++)
        {
            shares[i] = (double)perturbed[i] - input[i];
            largest = Math.Max(largest, Math.Abs(shares[i]));
        }

        for (int i = 0; i < shares.Length; i++)
        {
            shares[i] = 0.5 + (largest == 0 ? 0 : shares[i] / (2 * largest));
        }

        return Encode(shape, shares, missing: 0.5);
    }

    private static (int Channels, int Height, int Width) Plane(IReadOnlyList<int> shape) => shape.Count switch
    {
        2 => (1, shape[0], shape[1]),
        3 => (shape[0], shape[1], shape[2]),
        _ => (0, 0, 0),
    };

    private static string Encode(IReadOnlyList<int> shape, double[] shares, double missing)
    {
        (int channels, int height, int width) = Plane(shape);
        using SKBitmap bitmap = new(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque);
        for (int row = 0; row < height; row++)
        {
            for (int column = 0; column < width; column++)
            {
                byte Channel(int channel) => Byte(channels == 1 ? shares[(row * width) + column] : channel < channels ? shares[(((channel * height) + row) * width) + column] : missing);
                bitmap.SetPixel(column, row, new SKColor(Channel(0), Channel(1), Channel(2)));
            }
        }

        using SKData data = bitmap.Encode(SKEncodedImageFormat.Png, quality: 100);
        return $"data:image/png;base64,{Convert.ToBase64String(data.AsSpan())}";
    }

    private static byte Byte(double share) => (byte)Math.Round(255 * Math.Clamp(share, 0, 1));
}
