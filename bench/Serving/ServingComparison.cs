using System.Diagnostics;
using System.Globalization;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Networks;
using GradientDynamics.Onnx.Runtime;
using GradientDynamics.Protos;

namespace GradientDynamics.Bench.Serving;

/// <summary>
/// gd-serve over gRPC, on the same cores as its clients, against direct runs of ONNX Runtime in this process; and the time from starting gd-serve until it is ready.
/// Arguments: none, or the seconds per measurement (default 4).
/// </summary>
public static class ServingComparison
{
    private const int BatchSize = 32;

    // The two ways alternate, so that what else the machine does falls on both; the median of the rounds counts.
    private const int Rounds = 5;
    private const int ReadyRounds = 7;
    private const int DefaultSeconds = 4;

    // The targets of the project: throughput over direct runs, and seconds until ready with two small models.
    private const double ThroughputTarget = 0.75;
    private const double ReadyTarget = 1.0;

    private static readonly int[] ClientCounts = [8, 32];

    public static async Task<int> RunAsync(string[] args)
    {
        TimeSpan duration = TimeSpan.FromSeconds(args.CountAt(0, DefaultSeconds));
        string repository = Directory.CreateTempSubdirectory("gd-serve-bench-").FullName;
        try
        {
            string model = Publish(repository, "first", seed: 1);
            _ = Publish(repository, "second", seed: 2);
            bool reached = await MeasureReadyAsync(repository);
            reached &= await MeasureThroughputAsync(repository, model, duration);
            return reached ? 0 : 1;
        }
        finally
        {
            Directory.Delete(repository, recursive: true);
        }
    }

    /// <summary>A network of four convolutions at 32x32, the one of the figures in the notes on the runtimes.</summary>
    private static string Publish(string repository, string name, int seed)
    {
        OnnxGraph graph = new ConvNetOptions
        {
            Layers =
            [
                new ConvLayer { Channels = 32, Padding = 1 }, new ReluLayer(), new ConvLayer { Channels = 32, Padding = 1 }, new ReluLayer(), new MaxPoolLayer(),
                new ConvLayer { Channels = 64, Padding = 1 }, new ReluLayer(), new ConvLayer { Channels = 64, Padding = 1 }, new ReluLayer(), new MaxPoolLayer(),
                new FlattenLayer(),
            ],
        }.Create(new InputSpec([3, 32, 32]), 10, new Random(seed));
        string folder = Directory.CreateDirectory(Path.Combine(repository, name, "1")).FullName;
        string path = Path.Combine(folder, "model.onnx");
        OnnxModelFile.Write(graph, path);
        return path;
    }

    private static async Task<bool> MeasureReadyAsync(string repository)
    {
        double[] seconds = new double[ReadyRounds];
        for (int round = 0; round < ReadyRounds; round++)
        {
            long start = Stopwatch.GetTimestamp();
            using ServerProcess server = await ServerProcess.StartAsync(repository);
            seconds[round] = Stopwatch.GetElapsedTime(start).TotalSeconds;
        }

        double median = Median.Of(seconds);
        Print($"ready with two models: median {median:0.00} s, slowest {seconds.Max():0.00} s (target below {ReadyTarget:0.0} s)");
        return median < ReadyTarget;
    }

    private static async Task<bool> MeasureThroughputAsync(string repository, string model, TimeSpan duration)
    {
        using ServerProcess server = await ServerProcess.StartAsync(repository);
        using OnnxSession session = OnnxSession.Load(model);
        await using InferenceClient client = InferenceClient.Connect(server.Grpc);
        long[] shape = [BatchSize, 3, 32, 32];
        float[] images = new float[BatchSize * 3 * 32 * 32];
        var random = new Random(0);
        for (int i = 0; i < images.Length; i++)
        {
            images[i] = random.NextSingle();
        }

        float[] local = session.Run(images, shape);
        InferenceReply served = await client.InferAsync("first", null, [InferenceTensor.Create(NetworkOptions.InputName, images, shape)]);
        if (!served[NetworkOptions.LogitsName].ToArray<float>().SequenceEqual(local))
        {
            throw new InvalidOperationException("The server and the direct run give different logits.");
        }

        Print($"batch {BatchSize} of 3x32x32, {Environment.ProcessorCount} cores, median of {Rounds} rounds of {duration.TotalSeconds:0.#} s, batches per second:");
        Print($"| clients | direct | gRPC | ratio (target {ThroughputTarget}) |");
        Print($"| ---: | ---: | ---: | ---: |");
        bool reached = true;
        foreach (int clients in ClientCounts)
        {
            double[] direct = new double[Rounds];
            double[] remote = new double[Rounds];
            for (int round = 0; round < Rounds; round++)
            {
                direct[round] = await ThroughputAsync(clients, duration, () => Task.Run(() => session.Run(images, shape)));
                remote[round] = await ThroughputAsync(clients, duration, () => client.InferAsync("first", null, [InferenceTensor.Create(NetworkOptions.InputName, images, shape)]));
            }

            double ratio = Median.Of([.. remote.Zip(direct, (served, local) => served / local)]);
            Print($"| {clients} | {Median.Of(direct):0.0} | {Median.Of(remote):0.0} | {ratio:0.00} |");
            reached &= ratio >= ThroughputTarget;
        }

        return reached;
    }

    private static async Task<double> ThroughputAsync(int clients, TimeSpan duration, Func<Task> call)
    {
        long count = 0;
        long start = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, clients).Select(_ => Task.Run(async () =>
        {
            while (Stopwatch.GetElapsedTime(start) < duration)
            {
                await call();
                Interlocked.Increment(ref count);
            }
        })));
        return count / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static void Print(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));

    /// <summary>gd-serve as a process of its own, until it is disposed.</summary>
    private sealed class ServerProcess : IDisposable
    {
        private readonly Process _process;

        private ServerProcess(Process process, Uri grpc)
        {
            _process = process;
            Grpc = grpc;
        }

        public Uri Grpc { get; }

        public static async Task<ServerProcess> StartAsync(string repository)
        {
            var start = new ProcessStartInfo(
                "dotnet", [Path.Combine(AppContext.BaseDirectory, "gd-serve.dll"), "--repository", repository, "--grpc", "http://127.0.0.1:0", "--http", "http://127.0.0.1:0"])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            Process process = Process.Start(start)!;
            process.ErrorDataReceived += (_, _) => { };
            process.BeginErrorReadLine();
            string ready = await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException($"gd-serve ended with exit code {process.ExitCode} before it was ready.");
            return new ServerProcess(process, new Uri(ready.Split(' ').Single(word => word.StartsWith("grpc=", StringComparison.Ordinal))["grpc=".Length..]));
        }

        public void Dispose()
        {
            _process.Kill();
            _process.WaitForExit();
            _process.Dispose();
        }
    }
}
