using System.Text.Json.Serialization;

namespace GradientDynamics.Preprocessing;

/// <summary>From an encoded image to floats in [0, 1], (channels, height, width): decode, crop, resize, crop the centre, divide by 255. Normalisation stands in the model's graph.</summary>
public sealed record ImagePreprocessing : InputPreprocessing, IJsonOnDeserialized
{
    /// <summary>Colour of the tensor. Default RGB.</summary>
    public ImageChannels Channels { get; init; }

    /// <summary>Size of the rectangle that is cut from the centre before resizing; null keeps all. Default null.</summary>
    public ImageSize? InitialCrop { get; init; }

    /// <summary>Length that the shorter side is resized to, the other in proportion and rounded down; null leaves the size. Default null.</summary>
    public int? ResizeShortSide
    {
        get;
        init
        {
            if (value is { } side)
            {
                ArgumentOutOfRangeException.ThrowIfNegativeOrZero(side, nameof(value));
            }

            field = value;
        }
    }

    /// <summary>Size that the image is resized to, whatever its proportions; null leaves the size. Default null.</summary>
    public ImageSize? Resize { get; init; }

    /// <summary>Size of the rectangle that is cut from the centre, after resizing; null keeps all. Default null.</summary>
    public ImageSize? CenterCrop { get; init; }

    /// <summary>Channels of the tensor: 3 or 1.</summary>
    [JsonIgnore]
    public int ChannelCount => Channels == ImageChannels.Grey ? 1 : 3;

    /// <summary>Size of every tensor, or null where it depends on the image.</summary>
    [JsonIgnore]
    public ImageSize? OutputSize => CenterCrop ?? Resize ?? (ResizeShortSide is null ? InitialCrop : InitialCrop is { } crop && crop.Width == crop.Height ? new() { Width = ResizeShortSide.Value, Height = ResizeShortSide.Value } : null);

    /// <summary>Decodes and prepares an image; <paramref name="name"/> is what messages call it.</summary>
    /// <exception cref="InvalidDataException">The bytes are no image, or the image is smaller than the crop.</exception>
    public ByteImage Prepare(ReadOnlySpan<byte> encoded, string name)
    {
        using DecodedImage image = DecodedImage.Decode(encoded, Channels, name);
        using DecodedImage prepared = image.Prepare(this, name);
        return prepared.ToByteImage();
    }

    /// <summary>Crops and resizes a decoded image.</summary>
    /// <exception cref="InvalidDataException">The image is smaller than a crop.</exception>
    public ByteImage Prepare(ByteImage image, string name)
    {
        ArgumentNullException.ThrowIfNull(image);
        PreparationPlan plan = Plan(image.Width, image.Height, name);
        byte[] samples = new byte[checked(plan.Part.Width * plan.Part.Height * image.Channels)];
        PixelView source = PixelView.Of(image).Part(plan.Source);
        if (plan.Width == source.Width && plan.Height == source.Height)
        {
            source.Part(plan.Part).CopyTo(samples);
        }
        else
        {
            TriangleResampling.Resize(source, plan.Width, plan.Height, plan.Part, samples);
        }

        return new ByteImage(plan.Part.Width, plan.Part.Height, image.Channels, samples);
    }

    /// <summary>Decodes and prepares an image as floats, (channels, height, width).</summary>
    /// <exception cref="InvalidDataException">The bytes are no image, or the image is smaller than a crop.</exception>
    public float[] ToTensor(ReadOnlySpan<byte> encoded, string name)
    {
        using DecodedImage image = DecodedImage.Decode(encoded, Channels, name);
        using DecodedImage prepared = image.Prepare(this, name);
        float[] tensor = new float[prepared.Width * prepared.Height * prepared.Channels];
        prepared.CopyTo(tensor);
        return tensor;
    }

    /// <summary>What is done with an image of a size.</summary>
    /// <exception cref="InvalidDataException">It is smaller than a crop, or would be too large on the way.</exception>
    internal PreparationPlan Plan(int width, int height, string name)
    {
        ThrowIfContradictory();
        PixelRectangle source = InitialCrop is { } first ? Center(width, height, first, name) : new(0, 0, width, height);
        long newWidth = source.Width;
        long newHeight = source.Height;
        if (Resize is { } size)
        {
            (newWidth, newHeight) = (size.Width, size.Height);
        }
        else if (ResizeShortSide is { } side)
        {
            int shorter = Math.Min(source.Width, source.Height);
            (newWidth, newHeight) = ((long)side * source.Width / shorter, (long)side * source.Height / shorter);
        }

        // Between the two passes the image has its new width and its old height: a long thin image could exhaust memory.
        if (newWidth * Math.Max(newHeight, source.Height) > ImageDecoder.MaximumPixels)
        {
            throw new InvalidDataException(
                $"{name}: is {source.Width} x {source.Height} pixels large and would be resized to {newWidth} x {newHeight}; accepted are at most {ImageDecoder.MaximumPixels} pixels on the way.");
        }

        return new(source, (int)newWidth, (int)newHeight, CenterCrop is { } crop ? Center((int)newWidth, (int)newHeight, crop, name) : new(0, 0, (int)newWidth, (int)newHeight));
    }

    private static PixelRectangle Center(int width, int height, ImageSize crop, string name) => crop.Width <= width && crop.Height <= height
        ? new(CropStart(width, crop.Width), CropStart(height, crop.Height), crop.Width, crop.Height)
        : throw new InvalidDataException($"{name}: is {width} x {height} pixels large where the centre is cut; accepted are at least {crop}.");

    void IJsonOnDeserialized.OnDeserialized() => ThrowIfContradictory();

    // Half a pixel goes to the even side, as torchvision's CenterCrop rounds it.
    private static int CropStart(int length, int cropped) => (int)Math.Round((length - cropped) / 2.0, MidpointRounding.ToEven);

    private void ThrowIfContradictory()
    {
        if (Resize is not null && ResizeShortSide is not null)
        {
            throw new ArgumentException("resize and resizeShortSide exclude each other; accepted is one of them or none");
        }

        if (Resize is not null && CenterCrop is not null && (CenterCrop.Width > Resize.Width || CenterCrop.Height > Resize.Height))
        {
            throw new ArgumentException($"centerCrop {CenterCrop} is larger than resize {Resize}; accepted is a crop within it");
        }

        if (ResizeShortSide is { } side && CenterCrop is not null && Math.Min(CenterCrop.Width, CenterCrop.Height) > side)
        {
            throw new ArgumentException($"centerCrop {CenterCrop} is larger than resizeShortSide {side} in both directions; accepted is a crop within it");
        }
    }
}
