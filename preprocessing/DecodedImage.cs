using System.Buffers;

namespace GradientDynamics.Preprocessing;

/// <summary>
/// A decoded image in memory that is borrowed until <see cref="Dispose"/>, for pipelines that go through thousands of images. Colour images have four samples a pixel on the way, of which the fourth
/// (alpha) is dropped at the end.
/// </summary>
public sealed class DecodedImage : IDisposable
{
    private const int ColorSamples = 4;

    private readonly int _samplesPerPixel;
    private byte[]? _samples;

    private DecodedImage(int width, int height, int samplesPerPixel)
    {
        Width = width;
        Height = height;
        _samplesPerPixel = samplesPerPixel;
        _samples = ArrayPool<byte>.Shared.Rent(checked(width * height * samplesPerPixel));
    }

    /// <summary>Pixels in a row.</summary>
    public int Width { get; }

    /// <summary>Pixels in a column.</summary>
    public int Height { get; }

    /// <summary>Channels: 3 (red, green, blue) or 1.</summary>
    public int Channels => _samplesPerPixel == ColorSamples ? 3 : 1;

    private Span<byte> Samples => _samples is null ? throw new ObjectDisposedException(nameof(DecodedImage)) : _samples.AsSpan(0, Width * Height * _samplesPerPixel);

    private PixelView View => new(Samples, Width, Height, _samplesPerPixel);

    /// <summary>Decodes an image, as <see cref="ImageDecoder.Decode"/>.</summary>
    /// <exception cref="InvalidDataException">The bytes are no whole PNG or JPEG, or the image is too large; the message begins with <paramref name="name"/>.</exception>
    public static DecodedImage Decode(ReadOnlySpan<byte> encoded, ImageChannels channels, string name)
    {
        DecodedImage color = ImageDecoder.DecodeRgba(encoded, name);
        if (channels == ImageChannels.Rgb)
        {
            return color;
        }

        using (color)
        {
            DecodedImage grey = new(color.Width, color.Height, 1);
            ImageDecoder.ToGrey(color.Samples, grey.Samples);
            return grey;
        }
    }

    /// <summary>A copy of an image of three channels or one.</summary>
    public static DecodedImage Of(ByteImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (image.Channels == 1)
        {
            DecodedImage grey = new(image.Width, image.Height, 1);
            image.Samples.CopyTo(grey.Samples);
            return grey;
        }

        ArgumentOutOfRangeException.ThrowIfNotEqual(image.Channels, 3, nameof(image));
        DecodedImage color = new(image.Width, image.Height, ColorSamples);
        ReadOnlySpan<byte> source = image.Samples;
        Span<byte> target = color.Samples;
        for (int from = 0, to = 0; from < source.Length; from += 3, to += ColorSamples)
        {
            target[to] = source[from];
            target[to + 1] = source[from + 1];
            target[to + 2] = source[from + 2];
            target[to + 3] = byte.MaxValue;
        }

        return color;
    }

    /// <summary>A colour image whose samples, four a pixel, the caller writes.</summary>
    internal static DecodedImage OfColor(int width, int height, out byte[] samples)
    {
        DecodedImage image = new(width, height, ColorSamples);
        samples = image._samples!;
        return image;
    }

    /// <summary>The image as a model's preprocessing resizes and crops it.</summary>
    /// <exception cref="InvalidDataException">The image is smaller than a crop.</exception>
    public DecodedImage Prepare(ImagePreprocessing preprocessing, string name)
    {
        ArgumentNullException.ThrowIfNull(preprocessing);
        PreparationPlan plan = preprocessing.Plan(Width, Height, name);
        return Resample(plan.Source, plan.Width, plan.Height, plan.Part);
    }

    /// <summary>A part of the image, resized.</summary>
    /// <param name="source">The part.</param>
    /// <param name="width">Its new width.</param>
    /// <param name="height">Its new height.</param>
    public DecodedImage Resample(PixelRectangle source, int width, int height) => Resample(source, width, height, new(0, 0, width, height));

    /// <summary>Writes the samples, (height, width, channels).</summary>
    public void CopyTo(Span<byte> samples)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(samples.Length, Width * Height * Channels, nameof(samples));
        if (Channels == 1)
        {
            Samples.CopyTo(samples);
            return;
        }

        ReadOnlySpan<byte> source = Samples;
        for (int from = 0, to = 0; to < samples.Length; from += ColorSamples, to += 3)
        {
            samples[to] = source[from];
            samples[to + 1] = source[from + 1];
            samples[to + 2] = source[from + 2];
        }
    }

    /// <summary>Writes the samples as floats in [0, 1], sample / 255, (channels, height, width).</summary>
    public void CopyTo(Span<float> planes) => UnitPlanes.Write(View, planes);

    /// <summary>As <see cref="Prepare"/> and <see cref="CopyTo(Span{float})"/>, without the image between them where nothing is resized.</summary>
    /// <exception cref="InvalidDataException">The image is smaller than a crop.</exception>
    public void PrepareTo(ImagePreprocessing preprocessing, string name, Span<float> planes)
    {
        ArgumentNullException.ThrowIfNull(preprocessing);
        PreparationPlan plan = preprocessing.Plan(Width, Height, name);
        if (plan.Width == plan.Source.Width && plan.Height == plan.Source.Height)
        {
            UnitPlanes.Write(View.Part(plan.Source).Part(plan.Part), planes);
            return;
        }

        using DecodedImage resampled = Resample(plan.Source, plan.Width, plan.Height, plan.Part);
        resampled.CopyTo(planes);
    }

    /// <summary>The image as an array of its own.</summary>
    public ByteImage ToByteImage()
    {
        byte[] samples = new byte[Width * Height * Channels];
        CopyTo(samples);
        return new ByteImage(Width, Height, Channels, samples);
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _samples, null) is { } samples)
        {
            ArrayPool<byte>.Shared.Return(samples);
        }
    }

    private DecodedImage Resample(PixelRectangle source, int width, int height, PixelRectangle part)
    {
        DecodedImage resampled = new(part.Width, part.Height, _samplesPerPixel);
        PixelView view = View.Part(source);
        if (view.Width == width && view.Height == height)
        {
            view.Part(part).CopyTo(resampled.Samples);
        }
        else
        {
            TriangleResampling.Resize(view, width, height, part, resampled.Samples);
        }

        return resampled;
    }
}
