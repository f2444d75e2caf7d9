using System.Globalization;
using GradientDynamics.Train.Datasets;
using GradientDynamics.Train.Sampling;
using GradientDynamics.Train.Training;
using SkiaSharp;

namespace GradientDynamics.Train.Preparation;

/// <summary>Files of drawn images.</summary>
internal static class DrawnImages
{
    private const int JpegQuality = 90;

    /// <summary>Draws images and writes them as JPEG, on all processors; returns their names.</summary>
    /// <param name="folder">Their folder.</param>
    /// <param name="split">The split that they belong to; unless named otherwise, they lie in a folder of its name.</param>
    /// <param name="count">How many.</param>
    /// <param name="seed">What they are drawn from.</param>
    /// <param name="draw">Draws one, by a stream of its own and its number.</param>
    /// <param name="cancellationToken">Interrupts it.</param>
    /// <param name="name">Name of one below the folder, by its number.</param>
    public static string[] Write(string folder, Split split, int count, RunSeed seed, Func<Random, int, SKBitmap> draw, CancellationToken cancellationToken, Func<int, string>? name = null)
    {
        string[] names = [.. Enumerable.Range(0, count).Select(name ?? (i => string.Create(CultureInfo.InvariantCulture, $"{ConfigurationKind.Name(split)}/{i:D5}.jpg")))];
        Parallel.For(0, count, new ParallelOptions { CancellationToken = cancellationToken, MaxDegreeOfParallelism = Environment.ProcessorCount }, i =>
        {
            string path = Path.Combine(folder, names[i]);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, Encode(draw(seed.Stream($"synthesize/{split}", i), i)));
        });
        return names;
    }

    /// <summary>An image as JPEG; it is disposed.</summary>
    public static byte[] Encode(SKBitmap bitmap)
    {
        using (bitmap)
        {
            using SKData data = bitmap.Encode(SKEncodedImageFormat.Jpeg, JpegQuality);
            return data.ToArray();
        }
    }

    /// <summary>Adds the grain of a photograph.</summary>
    public static void AddGrain(SKBitmap bitmap, Random random, int amplitude)
    {
        Span<byte> samples = bitmap.GetPixelSpan();
        byte[] noise = new byte[samples.Length / 4];
        random.NextBytes(noise);
        for (int pixel = 0; pixel < noise.Length; pixel++)
        {
            int grain = (noise[pixel] * ((2 * amplitude) + 1) / 256) - amplitude;
            for (int channel = 0; channel < 3; channel++)
            {
                ref byte sample = ref samples[(4 * pixel) + channel];
                sample = (byte)Math.Clamp(sample + grain, 0, 255);
            }
        }
    }

    /// <summary>A colour near another.</summary>
    public static SKColor Near(SKColor color, Random random, int spread)
    {
        byte Shift(byte sample) => (byte)Math.Clamp(sample + random.Next(-spread, spread + 1), 0, 255);
        return new(Shift(color.Red), Shift(color.Green), Shift(color.Blue));
    }

    /// <summary>A number between two.</summary>
    public static float Between(Random random, double least, double largest) => (float)(least + ((largest - least) * random.NextDouble()));

    /// <summary>One of several.</summary>
    public static T OneOf<T>(Random random, params ReadOnlySpan<T> choices) => choices[random.Next(choices.Length)];

    /// <summary>A paint that fills.</summary>
    public static SKPaint Fill(SKColor color) => new() { Color = color, IsAntialias = true };

    /// <summary>A paint that draws lines with round ends.</summary>
    public static SKPaint Stroke(SKColor color, float width) => new() { Color = color, IsAntialias = true, Style = SKPaintStyle.Stroke, StrokeWidth = width, StrokeCap = SKStrokeCap.Round };

    /// <summary>A colour, a part of the way to white.</summary>
    public static SKColor Lighter(SKColor color, float part) => Mixed(color, 255, part);

    /// <summary>A colour, a part of the way to black.</summary>
    public static SKColor Darker(SKColor color, float part) => Mixed(color, 0, part);

    private static SKColor Mixed(SKColor color, int other, float part)
    {
        byte Mix(byte sample) => (byte)(sample + ((other - sample) * part));
        return new(Mix(color.Red), Mix(color.Green), Mix(color.Blue));
    }
}
