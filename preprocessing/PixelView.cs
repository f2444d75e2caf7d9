namespace GradientDynamics.Preprocessing;

/// <summary>A rectangle of pixels.</summary>
/// <param name="Left">Columns to its left.</param>
/// <param name="Top">Rows above it.</param>
/// <param name="Width">Its columns.</param>
/// <param name="Height">Its rows.</param>
public readonly record struct PixelRectangle(int Left, int Top, int Width, int Height);

/// <summary>An image, or a part of one, where its samples lie.</summary>
internal readonly ref struct PixelView
{
    private readonly ReadOnlySpan<byte> _samples;
    private readonly int _stride;

    /// <summary>An image over samples in row-major order, (height, width, channels).</summary>
    public PixelView(ReadOnlySpan<byte> samples, int width, int height, int channels)
        : this(samples, width, height, channels, width * channels)
    {
    }

    private PixelView(ReadOnlySpan<byte> samples, int width, int height, int channels, int stride)
    {
        _samples = samples;
        Width = width;
        Height = height;
        Channels = channels;
        _stride = stride;
    }

    public int Width { get; }

    public int Height { get; }

    public int Channels { get; }

    public static PixelView Of(ByteImage image) => new(image.Samples, image.Width, image.Height, image.Channels);

    public ReadOnlySpan<byte> Row(int row) => _samples.Slice(row * _stride, Width * Channels);

    public PixelView Part(PixelRectangle part) => new(_samples[((part.Top * _stride) + (part.Left * Channels))..], part.Width, part.Height, Channels, _stride);

    /// <summary>Copies the samples row by row.</summary>
    public void CopyTo(Span<byte> target)
    {
        for (int row = 0; row < Height; row++)
        {
            Row(row).CopyTo(target[(row * Width * Channels)..]);
        }
    }
}
