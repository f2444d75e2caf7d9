using System.IO.Compression;

namespace GradientDynamics.Train.Tests.Datasets;

/// <summary>Small files in CIFAR's binary format: image n of a file has the label n mod 10 (CIFAR-100: n mod 20 and n mod 100), n in its first pixel and a ramp in the others.</summary>
internal static class CifarFiles
{
    public const int PixelCount = 3 * 32 * 32;

    public static void WriteCifar10(TemporaryFolder folder, int trainCount, int testCount)
    {
        Write(folder.Combine("data_batch_1.bin"), 0, trainCount, n => [(byte)(n % 10)]);
        Write(folder.Combine("test_batch.bin"), trainCount, testCount, n => [(byte)(n % 10)]);
    }

    public static void WriteCifar100(TemporaryFolder folder, int trainCount, int testCount)
    {
        Write(folder.Combine("train.bin"), 0, trainCount, n => [(byte)(n % 20), (byte)(n % 100)]);
        Write(folder.Combine("test.bin"), trainCount, testCount, n => [(byte)(n % 20), (byte)(n % 100)]);
    }

    public static void Write(string path, int start, int count, Func<int, byte[]> labels)
    {
        using FileStream file = File.Create(path);
        using Stream stream = path.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionLevel.Fastest) : file;
        for (int n = start; n < start + count; n++)
        {
            byte[] pixels = new byte[PixelCount];
            for (int i = 0; i < pixels.Length; i++)
            {
                pixels[i] = (byte)(i % 251);
            }

            pixels[0] = (byte)n;
            stream.Write(labels(n));
            stream.Write(pixels);
        }
    }
}
