namespace GradientDynamics.Preprocessing;

/// <summary>A decoded image: one byte per sample, (height, width, channels) in row-major order.</summary>
public sealed class ByteImage
{
    /// <summary>Takes the samples; their number must be height times width times channels.</summary>
    public ByteImage(int width, int height, int channels, byte[] samples)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(channels);
        ArgumentNullException.ThrowIfNull(samples);
        ArgumentOutOfRangeException.ThrowIfNotEqual(samples.Length, checked(width * height * channels), nameof(samples));
        Width = width;
        Height = height;
        Channels = channels;
        Samples = samples;
    }

    /// <summary>Pixels in a row.</summary>
    public int Width { get; }

    /// <summary>Pixels in a column.</summary>
    public int Height { get; }

    /// <summary>Samples per pixel.</summary>
    public int Channels { get; }

    /// <summary>The samples, (height, width, channels).</summary>
    public byte[] Samples { get; }

    /// <summary>The rectangle of the given size whose top left corner is at (<paramref name="left"/>, <paramref name="top"/>).</summary>
    public ByteImage Crop(int left, int top, int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(left);
        ArgumentOutOfRangeException.ThrowIfNegative(top);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(width, Width - left);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(height, Height - top);
        byte[] cropped = new byte[checked(width * height * Channels)];
        for (int row = 0; row < height; row++)
        {
            Samples.AsSpan((((top + row) * Width) + left) * Channels, width * Channels).CopyTo(cropped.AsSpan(row * width * Channels));
        }

        return new ByteImage(width, height, Channels, cropped);
    }

    /// <summary>Writes the samples as floats in [0, 1], sample / 255, (channels, height, width).</summary>
    public void CopyTo(Span<float> planes)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(planes.Length, Samples.Length, nameof(planes));
        int pixels = Width * Height;
        for (int channel = 0; channel < Channels; channel++)
        {
            Span<float> plane = planes.Slice(channel * pixels, pixels);
            for (int pixel = 0; pixel < pixels; pixel++)
            {
                plane[pixel] = Samples[(pixel * Channels) + channel] / 255f;
            }
        }
    }
}
