using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace GradientDynamics.Preprocessing;

/// <summary>From 8-bit samples, interleaved, to floats in [0, 1], one plane for each channel: sample / 255, correctly rounded.</summary>
internal static class UnitPlanes
{
    private const float Largest = byte.MaxValue;
    private const float Reciprocal = 1 / Largest;

    // Floats from which an image and its planes no longer lie in a core's own cache together: planes then go past it, to the batch in memory, and leave it to the next image.
    private const int LargeImage = 1 << 15;

    /// <summary>Writes an image.</summary>
    /// <param name="image">Four samples a pixel, the fourth of which is dropped, or one.</param>
    /// <param name="planes">Takes the floats, (channels, height, width).</param>
    public static void Write(PixelView image, Span<float> planes)
    {
        int channels = image.Channels == 1 ? 1 : 3;
        int pixels = image.Width * image.Height;
        ArgumentOutOfRangeException.ThrowIfNotEqual(planes.Length, pixels * channels, nameof(planes));
        for (int row = 0; row < image.Height; row++)
        {
            int at = row * image.Width;
            if (channels == 1)
            {
                WriteGrey(image.Row(row), planes.Slice(at, image.Width));
                continue;
            }

            ReadOnlySpan<int> colors = MemoryMarshal.Cast<byte, int>(image.Row(row));
            Span<float> red = planes.Slice(at, image.Width);
            Span<float> green = planes.Slice(pixels + at, image.Width);
            Span<float> blue = planes.Slice((2 * pixels) + at, image.Width);
            int done = planes.Length >= LargeImage ? WriteColorPastCache(colors, red, green, blue) : 0;
            WriteColor(colors[done..], red[done..], green[done..], blue[done..]);
        }

        if (planes.Length >= LargeImage && Sse.IsSupported)
        {
            // Who reads the batch after this thread has said that it is there must see all of it.
            Sse.StoreFence();
        }
    }

    private static void WriteGrey(ReadOnlySpan<byte> samples, Span<float> plane)
    {
        for (int i = 0; i < samples.Length; i++)
        {
            plane[i] = samples[i] / Largest;
        }
    }

    // Pixels written, a multiple of eight; none where a plane's part begins at no multiple of 32 bytes.
    private static unsafe int WriteColorPastCache(ReadOnlySpan<int> pixels, Span<float> red, Span<float> green, Span<float> blue)
    {
        fixed (float* reds = red, greens = green, blues = blue)
        {
            if (((nuint)reds | (nuint)greens | (nuint)blues) % (nuint)Vector256<byte>.Count != 0)
            {
                return 0;
            }

            int at = 0;
            // A whole line of the cache, 64 bytes, of one plane after the other.
            int next = Vector256<int>.Count;
            for (; at <= pixels.Length - (2 * next); at += 2 * next)
            {
                Vector256<int> left = Vector256.Create(pixels[at..]);
                Vector256<int> right = Vector256.Create(pixels[(at + next)..]);
                Unit(left).StoreAlignedNonTemporal(reds + at);
                Unit(right).StoreAlignedNonTemporal(reds + at + next);
                Unit(left >>> 8).StoreAlignedNonTemporal(greens + at);
                Unit(right >>> 8).StoreAlignedNonTemporal(greens + at + next);
                Unit(left >>> 16).StoreAlignedNonTemporal(blues + at);
                Unit(right >>> 16).StoreAlignedNonTemporal(blues + at + next);
            }

            return at;
        }
    }

    // Four bytes are one integer, red in its lowest eight bits: machines here are little-endian, as libtorch's all are.
    private static void WriteColor(ReadOnlySpan<int> pixels, Span<float> red, Span<float> green, Span<float> blue)
    {
        int at = 0;
        for (; at <= pixels.Length - Vector256<int>.Count; at += Vector256<int>.Count)
        {
            Vector256<int> color = Vector256.Create(pixels[at..]);
            Unit(color).CopyTo(red[at..]);
            Unit(color >>> 8).CopyTo(green[at..]);
            Unit(color >>> 16).CopyTo(blue[at..]);
        }

        for (; at < pixels.Length; at++)
        {
            red[at] = (pixels[at] & byte.MaxValue) / Largest;
            green[at] = ((pixels[at] >>> 8) & byte.MaxValue) / Largest;
            blue[at] = ((pixels[at] >>> 16) & byte.MaxValue) / Largest;
        }
    }

    // A product with the reciprocal is off by a unit in the last place for some samples; one step of Newton's with a fused remainder rounds every one of the 256 as the division does, which takes several times as long.
    // The sample is in the lowest eight bits.
    private static Vector256<float> Unit(Vector256<int> samples)
    {
        Vector256<float> numbers = Vector256.ConvertToSingle(samples & Vector256.Create((int)byte.MaxValue));
        if (!Fma.IsSupported)
        {
            return numbers / Vector256.Create(Largest);
        }

        Vector256<float> reciprocal = Vector256.Create(Reciprocal);
        Vector256<float> quotient = numbers * reciprocal;
        Vector256<float> remainder = Fma.MultiplyAddNegated(quotient, Vector256.Create(Largest), numbers);
        return Fma.MultiplyAdd(remainder, reciprocal, quotient);
    }
}
