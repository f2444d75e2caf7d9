using SkiaSharp;

namespace GradientDynamics.Preprocessing.Tests;

public sealed class ImageDecoderTests
{
    [Fact]
    public void Decode_OfAColourPng_ReturnsItsSamples()
    {
        byte[] samples = [255, 0, 0, 0, 255, 0, 0, 0, 255, 1, 2, 3, 250, 128, 64, 17, 17, 17];

        ByteImage image = ImageDecoder.Decode(Png.Encode(3, 2, 3, samples), ImageChannels.Rgb, "a.png");

        (image.Width, image.Height, image.Channels).ShouldBe((3, 2, 3));
        image.Samples.ShouldBe(samples);
    }

    [Fact]
    public void Decode_OfAGreyPng_ReturnsItsSamplesInEveryChannel()
    {
        byte[] png = Png.Encode(2, 2, 1, [0, 90, 200, 255]);

        ImageDecoder.Decode(png, ImageChannels.Grey, "a.png").Samples.ShouldBe([0, 90, 200, 255]);
        ImageDecoder.Decode(png, ImageChannels.Rgb, "a.png").Samples.ShouldBe([0, 0, 0, 90, 90, 90, 200, 200, 200, 255, 255, 255]);
    }

    // 0.299·255 = 76.2, 0.587·255 = 149.7, 0.114·255 = 29.07, and 0.299·10 + 0.587·20 + 0.114·30 = 18.15.
    [Fact]
    public void Decode_ToGrey_IsTheLuma()
    {
        byte[] png = Png.Encode(5, 1, 3, [255, 0, 0, 0, 255, 0, 0, 0, 255, 10, 20, 30, 255, 255, 255]);

        ImageDecoder.Decode(png, ImageChannels.Grey, "a.png").Samples.ShouldBe([76, 150, 29, 18, 255]);
    }

    [Fact]
    public void Decode_OfAnAlphaChannel_DropsIt()
    {
        byte[] png = Png.Encode(2, 1, 4, [200, 100, 50, 255, 200, 100, 50, 128]);

        ImageDecoder.Decode(png, ImageChannels.Rgb, "a.png").Samples.ShouldBe([200, 100, 50, 200, 100, 50]);
    }

    [Fact]
    public void Decode_OfAConstantJpeg_IsThatConstant()
    {
        ByteImage image = ImageDecoder.Decode(Jpeg(), ImageChannels.Rgb, "a.jpg");

        (image.Width, image.Height).ShouldBe((40, 24));
        image.Samples.ShouldAllBe(sample => sample == 128);
    }

    [Theory]
    [InlineData(new byte[0], "a: is empty; accepted is a PNG or JPEG image.")]
    [InlineData(new byte[] { 1, 2, 3, 4, 5, 6, 7, 8 }, "a: is not an image; accepted is a PNG or JPEG image.")]
    public void Decode_OfWhatIsNoImage_SaysSo(byte[] bytes, string message)
    {
        Should.Throw<InvalidDataException>(() => ImageDecoder.Decode(bytes, ImageChannels.Rgb, "a")).Message.ShouldBe(message);
    }

    [Fact]
    public void Decode_OfAnotherFormat_NamesIt()
    {
        byte[] gif = [.. "GIF89a"u8, 1, 0, 1, 0, 0x80, 0, 0, 0, 0, 0, 255, 255, 255, 0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0, 0x3b];

        Should.Throw<InvalidDataException>(() => ImageDecoder.Decode(gif, ImageChannels.Rgb, "a.gif")).Message
            .ShouldBe("a.gif: is a GIF image; accepted is a PNG or JPEG image.");
    }

    [Theory]
    [InlineData(60000, 60000)]
    [InlineData(1 << 26, 2)]
    public void Decode_OfAnAbsurdSize_RefusesBeforeAllocating(int width, int height)
    {
        byte[] png = Png.Claim(width, height);
        long before = GC.GetAllocatedBytesForCurrentThread();

        InvalidDataException exception = Should.Throw<InvalidDataException>(() => ImageDecoder.Decode(png, ImageChannels.Rgb, "a.png"));

        // The smallest of these images would take 512 MB.
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(1 << 20);
        exception.Message.ShouldStartWith("a.png: is ");
    }

    [Fact]
    public void Decode_OfEveryTruncation_NeverReturnsAnImageWithoutItsPixels()
    {
        Random random = new(1);
        byte[] samples = new byte[16 * 16 * 3];
        random.NextBytes(samples);
        byte[] png = Png.Encode(16, 16, 3, samples);
        int refused = 0;

        // What follows the pixels (end mark, checksums, end chunk) may be missing.
        for (int length = 0; length < png.Length; length++)
        {
            try
            {
                ImageDecoder.Decode(png.AsSpan(0, length), ImageChannels.Rgb, "a.png").Samples.ShouldBe(samples);
            }
            catch (InvalidDataException exception)
            {
                refused++;
                exception.Message.ShouldStartWith("a.png: ");
            }
        }

        refused.ShouldBeGreaterThan(samples.Length);
        Should.Throw<InvalidDataException>(() => ImageDecoder.Decode(Jpeg().AsSpan(0, 200), ImageChannels.Rgb, "a.jpg")).Message.ShouldStartWith("a.jpg: ");
    }

    private static byte[] Jpeg()
    {
        using SKBitmap bitmap = new(40, 24, SKColorType.Rgba8888, SKAlphaType.Opaque);
        bitmap.Erase(new SKColor(128, 128, 128));
        using SKData data = bitmap.Encode(SKEncodedImageFormat.Jpeg, 90);
        return data.ToArray();
    }
}
