using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Networks;
using GradientDynamics.Train.Datasets;
using GradientDynamics.Train.Objectives;
using GradientDynamics.Train.Optimizers;
using GradientDynamics.Train.Preparation;
using GradientDynamics.Train.Sampling;
using GradientDynamics.Train.Training;
using SkiaSharp;
using TorchSharp;
using static TorchSharp.torch;

namespace GradientDynamics.Bench.Inputs;

/// <summary>
/// Images per second from JPEG files to tensors of 3 x 224 x 224, against nothing but decoding the same files, held in memory, through SkiaSharp on all processors; and the share of the time that
/// training a ResNet-50 waits for its batches. Arguments: the number of rounds (default 21), and --no-training.
/// </summary>
public static class InputPipeline
{
    private const int DefaultRounds = 21;
    private const int Side = 224;
    private const int ImageCount = 256;
    private const int BatchSize = 64;

    // The targets of the project.
    private const double SpeedTarget = 0.85;
    private const double WaitingTarget = 0.05;

    // A step of eight images takes seconds on two cores; the first batch of an epoch is always waited for, and belongs to it.
    private const int TrainingBatch = 8;
    private const int TrainingSteps = 12;

    public static Task<int> RunAsync(string[] args)
    {
        ArgumentNullException.ThrowIfNull(args);
        bool trains = !args.Contains("--no-training");
        int rounds = args.Where(argument => argument != "--no-training").ToArray().CountAt(0, DefaultRounds);
        string folder = Directory.CreateTempSubdirectory("gradientdynamics-bench-").FullName;
        try
        {
            Console.WriteLine($"{Environment.ProcessorCount} processors, {ImageCount} JPEG images, batches of {BatchSize}, {rounds} rounds, medians; images per second, ratios of them and of the images per second of processor time");
            Console.WriteLine($"{"",-52} {"decoding",9} {"pipeline",9} {"ratio",7} {"CPU",7}  target");
            bool reached = Compare(Write(folder, "cut", cut: true), "224 x 224 as they are", new() { Resize = new() { Width = Side, Height = Side } }, rounds, SpeedTarget);
            Compare(Write(folder, "whole", cut: false), "about 300 x 240, to 256 x 256, cut to 224 x 224", new() { Resize = new() { Width = 256, Height = 256 }, CenterCrop = new() { Width = Side, Height = Side } }, rounds, target: null);
            reached &= !trains || Train(Path.Combine(folder, "whole"));
            return Task.FromResult(reached ? 0 : 1);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string[] Write(string folder, string name, bool cut)
    {
        string target = Path.Combine(folder, name);
        return [.. DrawnImages.Write(target, Split.Train, ImageCount, new RunSeed(1), (random, i) =>
        {
            SKBitmap whole = DrawnBird.Draw(random, isWaterBird: i % 2 == 1, onWater: i % 4 > 1);
            if (!cut)
            {
                return whole;
            }

            using (whole)
            {
                return whole.Resize(new SKImageInfo(Side, Side, SKColorType.Rgba8888, SKAlphaType.Opaque), SKSamplingOptions.Default);
            }
        }, CancellationToken.None).Select(path => Path.Combine(target, path))];
    }

    private static bool Compare(string[] paths, string what, Preprocessing.ImagePreprocessing preprocessing, int rounds, double? target)
    {
        byte[][] encoded = [.. paths.Select(File.ReadAllBytes)];
        ImageInputs inputs = new(new ImageFiles(paths), preprocessing, augmentation: null, cacheFolder: null);
        List<double> decoding = [];
        List<double> pipeline = [];
        List<double> processor = [];
        Tensor[]? batch = null;
        for (int round = -1; round < rounds; round++)
        {
            (double limit, double limitProcessor) = Time(() => DecodeAll(encoded));
            (double ours, double oursProcessor) = Time(() => batch = ReadAll(inputs, batch));
            // The first round warms up the compiler and the file system.
            if (round >= 0)
            {
                decoding.Add(ImageCount / limit);
                pipeline.Add(ImageCount / ours);
                processor.Add(limitProcessor / oursProcessor);
            }
        }

        batch?[0].Dispose();
        double ratio = Median.Of(pipeline.Zip(decoding, (ours, limit) => ours / limit));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what,-52} {Median.Of(decoding),9:F0} {Median.Of(pipeline),9:F0} {ratio,7:F3} {Median.Of(processor),7:F3}  {(target is { } least ? $">= {least}" : "")}"));
        return target is null || ratio >= target;
    }

    private static void DecodeAll(byte[][] encoded) => Parallel.For(0, encoded.Length, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, i =>
    {
        using SKData data = SKData.CreateCopy(encoded[i]);
        using SKCodec codec = SKCodec.Create(data);
        byte[] samples = System.Buffers.ArrayPool<byte>.Shared.Rent(codec.Info.Width * codec.Info.Height * 4);
        GCHandle pinned = GCHandle.Alloc(samples, GCHandleType.Pinned);
        codec.GetPixels(new SKImageInfo(codec.Info.Width, codec.Info.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul), pinned.AddrOfPinnedObject());
        pinned.Free();
        System.Buffers.ArrayPool<byte>.Shared.Return(samples);
    });

    // As a run does: a batch's memory serves the next.
    private static Tensor[]? ReadAll(ImageInputs inputs, Tensor[]? batch)
    {
        for (int start = 0; start < inputs.Count; start += BatchSize)
        {
            batch = inputs.Refill([.. Enumerable.Range(start, BatchSize)], visits: null, batch);
        }

        return batch;
    }

    private static bool Train(string folder)
    {
        string[] paths = [.. Directory.EnumerateFiles(folder, "*.jpg", SearchOption.AllDirectories)];
        ImageInputs inputs = new(new ImageFiles(paths), new() { Resize = new() { Width = 256, Height = 256 }, CenterCrop = new() { Width = Side, Height = Side } }, augmentation: new(), cacheFolder: null);
        int[] labels = [.. Enumerable.Range(0, paths.Length).Select(i => i % 2)];
        using SplitTensors split = new(new GroupedDataset(new("birds", [3, Side, Side], ["land", "water"], [], new([0], [1])), Split.Train, inputs, labels, attributes: null));
        OnnxGraph network = new ResNet50Options { Stem = ResNetStem.Imagenet }.Create(new InputSpec([3, Side, Side]), logitCount: 2, new RunSeed(1).Stream("bench"));
        using Learner learner = new(
            network, new HashSet<string>(), new ErmOptions().Create(new("birds", LogitCount: 2, ClassCount: 2)), new SgdOptions { LearningRate = 1e-3, Momentum = 0.9 }, new(TrainingSteps, 1), CPU);
        learner.Module.train();
        ReadOnlyMemory<int>[] batches = [.. Enumerable.Range(0, TrainingSteps).Select(step => (ReadOnlyMemory<int>)Enumerable.Range(step * TrainingBatch, TrainingBatch).ToArray())];
        Stopwatch watch = Stopwatch.StartNew();
        using BatchSequence sequence = new(split, batches, new Visits(new RunSeed(1), 0, 0));
        for (int step = 0; step < TrainingSteps; step++)
        {
            using DisposeScope scope = NewDisposeScope();
            learner.Learn(sequence.Next(step), new(0, step, batches[step], 1, BeginsStep: true, EndsStep: true));
        }

        double share = sequence.Waited / watch.Elapsed;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"ResNet-50, {TrainingSteps} steps of {TrainingBatch} images, augmented: {watch.Elapsed.TotalSeconds / TrainingSteps:F2} s a step, waiting for data {100 * share:F2} % of the time  < {100 * WaitingTarget} %"));
        return share < WaitingTarget;
    }

    private static (double Elapsed, double Processor) Time(Action action)
    {
        TimeSpan processor = Environment.CpuUsage.TotalTime;
        long start = Stopwatch.GetTimestamp();
        action();
        return (Stopwatch.GetElapsedTime(start).TotalSeconds, (Environment.CpuUsage.TotalTime - processor).TotalSeconds);
    }
}
