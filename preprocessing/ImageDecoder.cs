using System.Runtime.InteropServices;
using SkiaSharp;

namespace GradientDynamics.Preprocessing;

/// <summary>Decodes PNG and JPEG to 8-bit samples as they are stored: no colour management, no rotation by EXIF, as PIL's <c>Image.open</c>.</summary>
public static class ImageDecoder
{
    /// <summary>Most pixels an image may have, 2^26: twice the largest of common cameras, and 256 MB decoded. A small file can claim more, to exhaust memory.</summary>
    public const long MaximumPixels = 1L << 26;

    // Luma weights of ITU-R BT.601 (0.299, 0.587, 0.114) in units of 1/65536; they sum to 65536.
    private const int RedWeight = 19595;
    private const int GreenWeight = 38470;
    private const int BlueWeight = 7471;

    /// <summary>Decodes an image; <paramref name="name"/> is what messages call it.</summary>
    /// <exception cref="InvalidDataException">The bytes are no whole PNG or JPEG, or the image is too large.</exception>
    public static ByteImage Decode(ReadOnlySpan<byte> encoded, ImageChannels channels, string name)
    {
        using DecodedImage image = DecodedImage.Decode(encoded, channels, name);
        return image.ToByteImage();
    }

    /// <summary>Decodes to four bytes a pixel: red, green, blue, alpha.</summary>
    internal static DecodedImage DecodeRgba(ReadOnlySpan<byte> encoded, string name)
    {
        if (encoded.IsEmpty)
        {
            throw new InvalidDataException($"{name}: is empty; accepted is a PNG or JPEG image.");
        }

        using SKData data = SKData.CreateCopy(encoded);
        using SKCodec codec = SKCodec.Create(data) ?? throw new InvalidDataException($"{name}: is not an image; accepted is a PNG or JPEG image.");
        if (codec.EncodedFormat is not (SKEncodedImageFormat.Png or SKEncodedImageFormat.Jpeg))
        {
            throw new InvalidDataException($"{name}: is a {codec.EncodedFormat.ToString().ToUpperInvariant()} image; accepted is a PNG or JPEG image.");
        }

        int width = codec.Info.Width;
        int height = codec.Info.Height;
        if (width <= 0 || height <= 0 || (long)width * height > MaximumPixels)
        {
            throw new InvalidDataException($"{name}: is {width} x {height} pixels large; accepted are at most {MaximumPixels} pixels.");
        }

        DecodedImage image = DecodedImage.OfColor(width, height, out byte[] samples);
        GCHandle pinned = GCHandle.Alloc(samples, GCHandleType.Pinned);
        try
        {
            SKCodecResult result = codec.GetPixels(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Unpremul), pinned.AddrOfPinnedObject());
            if (result != SKCodecResult.Success)
            {
                string what = result == SKCodecResult.IncompleteInput ? "is truncated" : $"cannot be decoded ({result})";
                throw new InvalidDataException($"{name}: {what}; accepted is a whole PNG or JPEG image.");
            }

            return image;
        }
        catch
        {
            image.Dispose();
            throw;
        }
        finally
        {
            pinned.Free();
        }
    }

    /// <summary>The luma of pixels of four bytes.</summary>
    internal static void ToGrey(ReadOnlySpan<byte> rgba, Span<byte> grey)
    {
        for (int pixel = 0; pixel < grey.Length; pixel++)
        {
            ReadOnlySpan<byte> color = rgba.Slice(pixel * 4, 3);
            grey[pixel] = (byte)(((RedWeight * color[0]) + (GreenWeight * color[1]) + (BlueWeight * color[2]) + (1 << 15)) >> 16);
        }
    }
}
