using System.Text.Json.Serialization;

namespace GradientDynamics.Preprocessing;

/// <summary>From an encoded image to floats in [0, 1], (channels, height, width): decode, resize, crop the centre, divide by 255. Normalisation stands in the model's graph.</summary>
public sealed record ImagePreprocessing : InputPreprocessing, IJsonOnDeserialized
{
    /// <summary>Colour of the tensor. Default RGB.</summary>
    public ImageChannels Channels { get; init; }

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
    public ImageSize? OutputSize => CenterCrop ?? Resize;

    /// <summary>Decodes and prepares an image; <paramref name="name"/> is what messages call it.</summary>
    /// <exception cref="InvalidDataException">The bytes are no image, or the image is smaller than the crop.</exception>
    public ByteImage Prepare(ReadOnlySpan<byte> encoded, string name) => Prepare(ImageDecoder.Decode(encoded, Channels, name), name);

    /// <summary>Resizes and crops a decoded image.</summary>
    /// <exception cref="InvalidDataException">The image is smaller than the crop.</exception>
    public ByteImage Prepare(ByteImage image, string name)
    {
        ArgumentNullException.ThrowIfNull(image);
        ThrowIfContradictory();
        ByteImage resized = image;
        if (Resize is { } size)
        {
            resized = ResizeTo(image, size.Width, size.Height, name);
        }
        else if (ResizeShortSide is { } side)
        {
            int shorter = Math.Min(image.Width, image.Height);
            resized = ResizeTo(image, (long)side * image.Width / shorter, (long)side * image.Height / shorter, name);
        }

        if (CenterCrop is not { } crop)
        {
            return resized;
        }

        if (crop.Width > resized.Width || crop.Height > resized.Height)
        {
            throw new InvalidDataException($"{name}: is {resized.Width} x {resized.Height} pixels large where the centre is cut; accepted are at least {crop}.");
        }

        return resized.Crop(CropStart(resized.Width, crop.Width), CropStart(resized.Height, crop.Height), crop.Width, crop.Height);
    }

    /// <summary>Decodes and prepares an image as floats, (channels, height, width).</summary>
    /// <exception cref="InvalidDataException">The bytes are no image, or the image is smaller than the crop.</exception>
    public float[] ToTensor(ReadOnlySpan<byte> encoded, string name)
    {
        ByteImage prepared = Prepare(encoded, name);
        float[] tensor = new float[prepared.Samples.Length];
        prepared.CopyTo(tensor);
        return tensor;
    }

    // Between the two passes the image has its new width and its old height: a long thin image could exhaust memory.
    private static ByteImage ResizeTo(ByteImage image, long width, long height, string name) =>
        width * Math.Max(height, image.Height) <= ImageDecoder.MaximumPixels
            ? TriangleResampling.Resize(image, (int)width, (int)height)
            : throw new InvalidDataException(
                $"{name}: is {image.Width} x {image.Height} pixels large and would be resized to {width} x {height}; accepted are at most {ImageDecoder.MaximumPixels} pixels on the way.");

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
