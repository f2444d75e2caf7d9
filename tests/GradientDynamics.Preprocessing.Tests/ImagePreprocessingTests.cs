using System.Security.Cryptography;
using System.Text.Json;

namespace GradientDynamics.Preprocessing.Tests;

public sealed class ImagePreprocessingTests
{
    [Fact]
    public void ToTensor_IsChannelsHeightWidthOver255()
    {
        byte[] png = Png.Encode(2, 1, 3, [0, 51, 255, 102, 153, 204]);

        float[] tensor = new ImagePreprocessing().ToTensor(png, "a.png");

        tensor.ShouldBe([0, 102 / 255f, 51 / 255f, 153 / 255f, 1, 204 / 255f]);
    }

    // Every sample in every channel, in an image that fits a core's cache and in one that does not, whole and cut where no plane's row begins at a multiple of a vector.
    [Theory]
    [InlineData(16, 48, 16, 48)]
    [InlineData(224, 224, 224, 224)]
    [InlineData(224, 224, 211, 200)]
    [InlineData(225, 223, 225, 223)]
    [InlineData(40, 30, 3, 2)]
    public void ToPlanes_OfEverySample_IsTheSampleOver255(int width, int height, int cutWidth, int cutHeight)
    {
        byte[] samples = [.. Enumerable.Range(0, width * height * 3).Select(i => (byte)(i * 85 / 3))];
        ByteImage image = new(width, height, 3, samples);
        ImagePreprocessing preprocessing = new() { CenterCrop = new ImageSize { Width = cutWidth, Height = cutHeight } };
        ByteImage cut = preprocessing.Prepare(image, "a");
        using DecodedImage decoded = DecodedImage.Of(image);
        float[] planes = new float[cutWidth * cutHeight * 3];

        decoded.PrepareTo(preprocessing, "a", planes);

        float[] expected = [.. Enumerable.Range(0, planes.Length).Select(i => cut.Samples[(i % (cutWidth * cutHeight) * 3) + (i / (cutWidth * cutHeight))] / 255f)];
        planes.ShouldBe(expected);
        if (cutWidth > 16)
        {
            cut.Samples.ToArray().Index().Select(sample => (sample.Index % 3, sample.Item)).Distinct().Count().ShouldBe(3 * 256);
        }
    }

    // torchvision: the longer side is int(256 · longer / shorter).
    [Theory]
    [InlineData(178, 218, 256, 256, 313)]
    [InlineData(500, 333, 256, 384, 256)]
    [InlineData(10, 10, 3, 3, 3)]
    public void Prepare_WithAShortSide_KeepsTheProportions(int width, int height, int side, int newWidth, int newHeight)
    {
        ByteImage prepared = new ImagePreprocessing { ResizeShortSide = side }.Prepare(new ByteImage(width, height, 1, new byte[width * height]), "a");

        (prepared.Width, prepared.Height).ShouldBe((newWidth, newHeight));
    }

    // torchvision: the start is round((length - crop) / 2), half to even: 5 - 2 gives 1.5 and 2, 3 - 2 gives 0.5 and 0.
    [Fact]
    public void Prepare_WithACenterCrop_CutsTheCentre()
    {
        byte[] samples = [.. Enumerable.Range(0, 15).Select(i => (byte)i)];
        ImagePreprocessing preprocessing = new() { CenterCrop = new ImageSize { Width = 2, Height = 2 } };

        ByteImage prepared = preprocessing.Prepare(new ByteImage(5, 3, 1, samples), "a");

        prepared.Samples.ShouldBe([2, 3, 7, 8]);
    }

    [Fact]
    public void Prepare_ResizesThenCrops()
    {
        ImagePreprocessing preprocessing = new() { Channels = ImageChannels.Grey, Resize = new ImageSize { Width = 4, Height = 1 }, CenterCrop = new ImageSize { Width = 2, Height = 1 } };

        ByteImage prepared = preprocessing.Prepare(Png.Encode(2, 1, 1, [0, 100]), "a.png");

        prepared.Samples.ShouldBe([25, 75]);
        preprocessing.OutputSize.ShouldBe(preprocessing.CenterCrop);
    }

    [Fact]
    public void Prepare_WithAnInitialCrop_CutsBeforeItResizes()
    {
        ImagePreprocessing preprocessing = new() { InitialCrop = new ImageSize { Width = 2, Height = 1 }, ResizeShortSide = 1, Resize = null };
        ImagePreprocessing wider = new() { InitialCrop = new ImageSize { Width = 2, Height = 1 }, Resize = new ImageSize { Width = 4, Height = 1 } };
        ByteImage image = new(4, 1, 1, [9, 0, 100, 9]);

        preprocessing.Prepare(image, "a").Samples.ShouldBe([0, 100]);
        wider.Prepare(image, "a").Samples.ShouldBe([0, 25, 75, 100]);
        wider.OutputSize.ShouldBe(wider.Resize);
        new ImagePreprocessing { InitialCrop = new ImageSize { Width = 178, Height = 178 }, ResizeShortSide = 224 }.OutputSize.ShouldBe(new ImageSize { Width = 224, Height = 224 });
        preprocessing.OutputSize.ShouldBeNull();
    }

    // The transforms of Waterbirds, CelebA and ImageNet; the digests are of what PIL 9.4.0 makes of the same images, with torchvision's rounding of crops.
    [Theory]
    [InlineData(500, 353, """{ "kind": "image", "resize": { "width": 256, "height": 256 }, "centerCrop": { "width": 224, "height": 224 } }""", "248de64e0532fd7020c37db98ac2bc6b3aed14e160230f2309cfe09370986342")]
    [InlineData(178, 218, """{ "kind": "image", "initialCrop": { "width": 178, "height": 178 }, "resize": { "width": 224, "height": 224 } }""", "3d8b57ad9d99145821fc77d9ed1dff7ccd68b5e446171f7b2f46f54cc8019c84")]
    [InlineData(301, 407, """{ "kind": "image", "resizeShortSide": 256, "centerCrop": { "width": 224, "height": 224 } }""", "7accf1b86397b6bcdc6b8f9f42c0ff52cd69ad1eff59d6f2f4ba278bf7963dd5")]
    public void Prepare_AsThePapersDo_IsWhatPilMakes(int width, int height, string settings, string digest)
    {
        byte[] samples = new byte[width * height * 3];
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                int at = ((y * width) + x) * 3;
                (samples[at], samples[at + 1], samples[at + 2]) = ((byte)((x * 7) + (y * 13)), (byte)((x * x) + (3 * y)), (byte)((5 * x) + (y * y)));
            }
        }

        ImagePreprocessing preprocessing = (ImagePreprocessing)JsonSerializer.Deserialize<InputPreprocessing>(settings, PreprocessingFile.Options)!;

        Convert.ToHexStringLower(SHA256.HashData(preprocessing.Prepare(Png.Encode(width, height, 3, samples), "a").Samples)).ShouldBe(digest);
    }

    // The pipeline of colour images has four samples a pixel and vectors, that of arrays three and none.
    [Theory]
    [InlineData(31, 17, 9, 5)]
    [InlineData(64, 48, 33, 30)]
    [InlineData(20, 20, 41, 20)]
    [InlineData(19, 23, 19, 7)]
    [InlineData(8, 5, 8, 5)]
    [InlineData(130, 90, 3, 3)]
    public void Prepare_OfAnEncodedImage_IsThatOfItsArray(int width, int height, int newWidth, int newHeight)
    {
        Random random = new(width);
        byte[] samples = new byte[width * height * 3];
        random.NextBytes(samples);
        byte[] png = Png.Encode(width, height, 3, samples);
        ImagePreprocessing preprocessing = new()
        {
            Resize = new ImageSize { Width = newWidth, Height = newHeight }, CenterCrop = new ImageSize { Width = Math.Max(1, newWidth - 2), Height = Math.Max(1, newHeight - 3) },
        };

        ByteImage byArray = preprocessing.Prepare(new ByteImage(width, height, 3, samples), "a");

        preprocessing.Prepare(png, "a").Samples.ShouldBe(byArray.Samples);
        ByteImage whole = TriangleResampling.Resize(new ByteImage(width, height, 3, samples), newWidth, newHeight);
        byArray.Samples.ShouldBe(whole.Crop((int)Math.Round((newWidth - byArray.Width) / 2.0), (int)Math.Round((newHeight - byArray.Height) / 2.0), byArray.Width, byArray.Height).Samples);
        float[] planes = new float[byArray.Samples.Length];
        byArray.CopyTo(planes);
        preprocessing.ToTensor(png, "a").ShouldBe(planes);
    }

    [Fact]
    public void Prepare_OfAnImageSmallerThanTheCrop_SaysSo()
    {
        ImagePreprocessing preprocessing = new() { CenterCrop = new ImageSize { Width = 224, Height = 224 } };

        Should.Throw<InvalidDataException>(() => preprocessing.Prepare(new ByteImage(300, 100, 1, new byte[30000]), "a.jpg")).Message
            .ShouldBe("a.jpg: is 300 x 100 pixels large where the centre is cut; accepted are at least 224 x 224.");
    }

    [Fact]
    public void Prepare_OfAnEndlesslyThinImage_RefusesToResizeIt()
    {
        ByteImage thin = new(1, 1_000_000, 1, new byte[1_000_000]);

        Should.Throw<InvalidDataException>(() => new ImagePreprocessing { ResizeShortSide = 256 }.Prepare(thin, "a.png")).Message.ShouldStartWith("a.png: is 1 x 1000000 pixels large and would be resized to 256 x 256000000;");
        Should.Throw<InvalidDataException>(() => new ImagePreprocessing { Resize = new ImageSize { Width = 224, Height = 1 } }.Prepare(thin, "a.png"));
    }

    [Fact]
    public void Guards_RefuseWhatContradicts()
    {
        ByteImage image = new(4, 4, 1, new byte[16]);

        Should.Throw<ArgumentOutOfRangeException>(() => new ImagePreprocessing { ResizeShortSide = 0 });
        Should.Throw<ArgumentOutOfRangeException>(() => new ImageSize { Width = 0, Height = 1 });
        Should.Throw<ArgumentException>(() => new ImagePreprocessing { ResizeShortSide = 3, Resize = new ImageSize { Width = 1, Height = 1 } }.Prepare(image, "a"));
    }

    [Fact]
    public void Defaults_AreThoseDocumented()
    {
        ImagePreprocessing preprocessing = new();

        preprocessing.Channels.ShouldBe(ImageChannels.Rgb);
        preprocessing.ResizeShortSide.ShouldBeNull();
        preprocessing.InitialCrop.ShouldBeNull();
        preprocessing.Resize.ShouldBeNull();
        preprocessing.CenterCrop.ShouldBeNull();
        preprocessing.OutputSize.ShouldBeNull();
        (preprocessing with { ResizeShortSide = preprocessing.ResizeShortSide }).ShouldBe(preprocessing);
    }
}
