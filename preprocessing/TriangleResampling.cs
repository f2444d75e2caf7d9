using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace GradientDynamics.Preprocessing;

/// <summary>Bilinear resizing with antialiasing: a triangle filter, one output pixel wide or one input pixel, whichever is wider, rows first, then columns, each rounded to 8 bits.</summary>
/// <remarks>
/// The definition of PIL's <c>Image.resize(size, BILINEAR)</c> and of torchvision's <c>Resize(antialias=True)</c> on images. Output pixel i has its centre at (i + 1/2)·s, s = input / output;
/// an input pixel whose centre is at distance d has the weight max(0, 1 − |d| / max(s, 1)), and the weights of an output pixel are scaled to sum to 1. Weights are fixed-point numbers of 22 bits.
/// </remarks>
public static class TriangleResampling
{
    // 8 bits of sample, 22 of weight and a sign leave one bit: sums of rounded weights may exceed 1 slightly.
    private const int FractionBits = 22;
    private const int Half = 1 << (FractionBits - 1);

    /// <summary>The image at another size; at its own size, itself.</summary>
    public static ByteImage Resize(ByteImage image, int width, int height)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        if (width == image.Width && height == image.Height)
        {
            return image;
        }

        byte[] resized = new byte[checked(width * height * image.Channels)];
        Resize(PixelView.Of(image), width, height, new(0, 0, width, height), resized);
        return new ByteImage(width, height, image.Channels, resized);
    }

    /// <summary>A part of the image at another size: what is outside of <paramref name="part"/> is not computed.</summary>
    /// <param name="source">The image.</param>
    /// <param name="width">Width of the whole at its other size.</param>
    /// <param name="height">Height of the whole at its other size.</param>
    /// <param name="part">The part that is wanted, in pixels of the other size.</param>
    /// <param name="target">Takes the part, row-major, (height, width, channels).</param>
    internal static void Resize(PixelView source, int width, int height, PixelRectangle part, Span<byte> target)
    {
        int channels = source.Channels;
        Window[] rows = Windows(source.Height, height, part.Top, part.Height);
        int first = rows[0].First;
        int last = rows.Max(row => row.First + row.Weights.Length);
        int stride = part.Width * channels;
        byte[] narrowed = ArrayPool<byte>.Shared.Rent(checked(stride * (last - first)));
        try
        {
            PixelView needed = source.Part(new(0, first, source.Width, last - first));
            if (width == source.Width)
            {
                needed.Part(new(part.Left, 0, part.Width, needed.Height)).CopyTo(narrowed);
            }
            else if (channels == 4)
            {
                NarrowFourChannels(needed, Windows(source.Width, width, part.Left, part.Width), narrowed);
            }
            else
            {
                Narrow(needed, Windows(source.Width, width, part.Left, part.Width), narrowed);
            }

            for (int row = 0; row < part.Height; row++)
            {
                Window window = rows[row];
                Span<byte> line = target.Slice(row * stride, stride);
                if (height == source.Height)
                {
                    narrowed.AsSpan(row * stride, stride).CopyTo(line);
                }
                else
                {
                    AddRows(narrowed.AsSpan((window.First - first) * stride), stride, window.Weights, line);
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(narrowed);
        }
    }

    private static void Narrow(PixelView source, Window[] windows, Span<byte> target)
    {
        int channels = source.Channels;
        int at = 0;
        for (int row = 0; row < source.Height; row++)
        {
            ReadOnlySpan<byte> line = source.Row(row);
            foreach (Window window in windows)
            {
                for (int channel = 0; channel < channels; channel++)
                {
                    int sum = Half;
                    int position = (window.First * channels) + channel;
                    foreach (int weight in window.Weights)
                    {
                        sum += line[position] * weight;
                        position += channels;
                    }

                    target[at++] = ToByte(sum);
                }
            }
        }
    }

    // The four sums of a pixel side by side, and two pixels of the window at a time.
    private static void NarrowFourChannels(PixelView source, Window[] windows, Span<byte> target)
    {
        int pairs = windows.Max(window => (window.Weights.Length + 1) / 2);
        Vector256<int>[] weights = new Vector256<int>[pairs * windows.Length];
        foreach ((int column, Window window) in windows.Index())
        {
            for (int pair = 0; pair < pairs; pair++)
            {
                int left = window.Weights.ElementAtOrDefault(2 * pair);
                int right = window.Weights.ElementAtOrDefault((2 * pair) + 1);
                weights[(column * pairs) + pair] = Vector256.Create(Vector128.Create(left), Vector128.Create(right));
            }
        }

        Span<uint> pixels = MemoryMarshal.Cast<byte, uint>(target);
        // Behind the last pixel of a line there may be none to be multiplied with 0.
        uint[] padded = new uint[source.Width + (2 * pairs)];
        int at = 0;
        for (int row = 0; row < source.Height; row++)
        {
            MemoryMarshal.Cast<byte, uint>(source.Row(row)).CopyTo(padded);
            ReadOnlySpan<Vector256<int>> next = weights;
            foreach (Window window in windows)
            {
                ref uint pixel = ref padded[window.First];
                Vector256<int> sums = Vector256<int>.Zero;
                for (int pair = 0; pair < pairs; pair++)
                {
                    ulong two = Unsafe.ReadUnaligned<ulong>(ref Unsafe.As<uint, byte>(ref Unsafe.Add(ref pixel, 2 * pair)));
                    sums += Widen(Vector128.CreateScalar(two).AsByte()) * next[pair];
                }

                next = next[pairs..];
                Vector128<int> sum = Clamp((sums.GetLower() + sums.GetUpper() + Vector128.Create(Half)) >> FractionBits);
                Vector128<ushort> words = Vector128.Narrow(sum.AsUInt32(), sum.AsUInt32());
                pixels[at++] = Vector128.Narrow(words, words).AsUInt32().ToScalar();
            }
        }
    }

    // Sums of lines, each with its weight: eight columns at a time.
    private static void AddRows(ReadOnlySpan<byte> source, int stride, int[] weights, Span<byte> target)
    {
        int column = 0;
        for (; column <= stride - Vector128<byte>.Count; column += Vector128<byte>.Count)
        {
            Vector256<int> lower = Vector256.Create(Half);
            Vector256<int> upper = lower;
            ReadOnlySpan<byte> line = source[column..];
            foreach (int weight in weights)
            {
                Vector128<byte> samples = Vector128.Create(line);
                Vector256<int> factor = Vector256.Create(weight);
                lower += Widen(samples) * factor;
                upper += Widen(Vector128.Shuffle(samples, UpperHalf)) * factor;
                line = line.Length > stride ? line[stride..] : [];
            }

            Vector256<ushort> words = Vector256.Narrow(Clamp(lower >> FractionBits).AsUInt32(), Clamp(upper >> FractionBits).AsUInt32());
            Vector128.Narrow(words.GetLower(), words.GetUpper()).CopyTo(target[column..]);
        }

        for (; column < stride; column++)
        {
            int sum = Half;
            for (int i = 0; i < weights.Length; i++)
            {
                sum += source[(i * stride) + column] * weights[i];
            }

            target[column] = ToByte(sum);
        }
    }

    private static Vector128<byte> UpperHalf => Vector128.Create((byte)8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);

    // The first eight bytes as integers.
    private static Vector256<int> Widen(Vector128<byte> bytes)
    {
        (Vector128<uint> lower, Vector128<uint> upper) = Vector128.Widen(Vector128.WidenLower(bytes));
        return Vector256.Create(lower, upper).AsInt32();
    }

    private static Vector128<int> Clamp(Vector128<int> values) => Vector128.Min(Vector128.Max(values, Vector128<int>.Zero), Vector128.Create(255));

    private static Vector256<int> Clamp(Vector256<int> values) => Vector256.Min(Vector256.Max(values, Vector256<int>.Zero), Vector256.Create(255));

    private static byte ToByte(int sum) => (byte)Math.Clamp(sum >> FractionBits, 0, 255);

    private static Window[] Windows(int input, int output, int start, int count)
    {
        double scale = (double)input / output;
        double radius = Math.Max(scale, 1);
        Window[] windows = new Window[count];
        for (int i = 0; i < count; i++)
        {
            double center = (start + i + 0.5) * scale;
            int first = Math.Max(0, (int)(center - radius + 0.5));
            int last = Math.Min(input, (int)(center + radius + 0.5));
            double[] weights = new double[last - first];
            for (int j = 0; j < weights.Length; j++)
            {
                weights[j] = Math.Max(0, 1 - (Math.Abs(first + j + 0.5 - center) / radius));
            }

            double sum = weights.Sum();
            windows[i] = new Window(first, [.. weights.Select(weight => (int)((weight / sum * (1 << FractionBits)) + 0.5))]);
        }

        return windows;
    }

    private readonly record struct Window(int First, int[] Weights);
}
