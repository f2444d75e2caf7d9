using System.Globalization;
using System.Text.Json;
using GradientDynamics.Onnx.Gradients;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Networks;
using Microsoft.ML.OnnxRuntime;

namespace GradientDynamics.Bench.Gradients;

/// <summary>
/// What a gradient query costs in forward passes: the companion of a network against the network, both in ONNX Runtime on one thread.
/// Processor time, which on one thread is the time that a query takes when nothing else runs; the two take turns, and the fastest round
/// of each counts.
/// </summary>
public static class GradientComparison
{
    private const int Rounds = 60;
    private const double RoundMilliseconds = 25;

    // Rounds are left out where a round takes long: this much for all rounds of one comparison, but not fewer than the least.
    private const double ComparisonMilliseconds = 20_000;
    private const int LeastRounds = 5;

    // Tokens of a sequence.
    private const int SequenceLength = 128;

    /// <summary>
    /// Prints the table; <c>--profile</c> prints the time of each operator of the companion instead, <c>--loading</c> what deriving a companion from a file costs a process; <c>--network</c> and
    /// <c>--batch</c> choose.
    /// </summary>
    public static Task<int> RunAsync(string[] args)
    {
        string? Value(string option) => Array.IndexOf(args, option) is >= 0 and var at && at + 1 < args.Length ? args[at + 1] : null;
        int[]? batches = Value("--batch") is { } batch ? [int.Parse(batch, CultureInfo.InvariantCulture)] : null;
        foreach (Subject subject in Subjects().Where(subject => Value("--network") is not { } wish || subject.Name == wish))
        {
            InputGradientOptions options = new() { Cut = subject.Cut };
            if (args.Contains("--loading"))
            {
                DerivationProcess.Measure(subject.Name, (subject.Whole ?? subject.Create)(), options);
                continue;
            }

            OnnxGraph model = subject.Create();
            OnnxGraph companion = InputGradientGraph.Derive(model, options);
            foreach (int size in batches ?? subject.Batches)
            {
                if (args.Contains("--profile"))
                {
                    Profile(subject.Name, companion, size);
                }
                else
                {
                    Compare(subject.Name, model, companion, size);
                }
            }
        }

        return Task.FromResult(0);
    }

    private static IEnumerable<Subject> Subjects()
    {
        InputSpec small = new([3, 32, 32]);
        InputSpec large = new([3, 224, 224]);
        int[] manySizes = [1, 4, 16, 32];
        yield return new("cifar-2", () => CifarTwo.Create(small, 2, new(1)), manySizes);
        yield return new("conv-net", () => new ConvNetOptions().Create(small, 10, new(1)), manySizes);
        yield return new("resnet-18", () => new ResNet18Options().Create(small, 10, new(1)), manySizes);
        yield return new("resnet-50", () => new ResNet50Options { Stem = ResNetStem.Imagenet }.Create(large, 1000, new(1)), [1, 4]);
        yield return new("mobilenet-v3-small", () => new MobileNetV3SmallOptions().Create(large, 1000, new(1)), [1, 4]);

        // Two blocks of the twelve: the ratio is theirs, in a sixth of the time. What loading costs is measured on all.
        InputSpec tokens = new([SequenceLength], ElementType.Int64);
        yield return new("vit-b-16", () => new VisionTransformerOptions { Layers = 2 }.Create(large, 1000, new(1)), [1, 4]) { Whole = () => new VisionTransformerOptions().Create(large, 1000, new(1)) };
        yield return new("bert-base", () => new BertOptions { Layers = 2 }.Create(tokens, 2, new(1)), [1, 4])
        {
            Whole = () => new BertOptions().Create(tokens, 2, new(1)),
            Cut = "bert.embeddings.tokens",
        };
    }

    private static ConvNetOptions CifarTwo => new()
    {
        Layers =
        [
            new ConvLayer { Channels = 12, Kernel = 5 }, new LeakyReluLayer(), new MaxPoolLayer(),
            new ConvLayer { Channels = 32, Kernel = 5 }, new LeakyReluLayer(), new MaxPoolLayer(),
            new FlattenLayer(), new LinearLayer { Width = 240 }, new LeakyReluLayer(), new LinearLayer { Width = 192 }, new LeakyReluLayer(),
        ],
    };

    private static void Compare(string name, OnnxGraph model, OnnxGraph companion, int batch)
    {
        using Query forward = new(model, batch);
        using Query gradient = new(companion, batch);
        int forwardRuns = forward.RunsIn(RoundMilliseconds);
        int gradientRuns = gradient.RunsIn(RoundMilliseconds);
        double expected = (forward.Microseconds(forwardRuns) * forwardRuns + gradient.Microseconds(gradientRuns) * gradientRuns) / 1000;
        int rounds = Math.Clamp((int)(ComparisonMilliseconds / expected), LeastRounds, Rounds);
        double fastestForward = double.PositiveInfinity;
        double fastestGradient = double.PositiveInfinity;
        for (int round = 0; round < rounds; round++)
        {
            fastestForward = Math.Min(fastestForward, forward.Microseconds(forwardRuns));
            fastestGradient = Math.Min(fastestGradient, gradient.Microseconds(gradientRuns));
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{name,-18} batch {batch,2}: forward {fastestForward,9:F1} us, gradient {fastestGradient,9:F1} us, {fastestGradient / fastestForward:F2} forward passes"));
    }

    private static void Profile(string name, OnnxGraph companion, int batch)
    {
        using Query gradient = new(companion, batch, profile: true);
        int runs = Math.Clamp(gradient.RunsIn(ComparisonMilliseconds / 4), LeastRounds, 300);
        gradient.Microseconds(runs);
        string file = gradient.EndProfiling();
        Dictionary<string, List<double>> durations = [];
        using (JsonDocument events = JsonDocument.Parse(File.ReadAllBytes(file)))
        {
            foreach (JsonElement entry in events.RootElement.EnumerateArray())
            {
                if (entry.GetProperty("cat").GetString() == "Node" && entry.GetProperty("name").GetString() is { } node && node.EndsWith("_kernel_time", StringComparison.Ordinal))
                {
                    string key = $"{entry.GetProperty("args").GetProperty("op_name").GetString(),-18} {node[..^"_kernel_time".Length]}";
                    if (!durations.TryGetValue(key, out List<double>? own))
                    {
                        durations.Add(key, own = []);
                    }

                    own.Add(entry.GetProperty("dur").GetDouble());
                }
            }
        }

        File.Delete(file);

        // The mean of the faster half: interruptions are not the operator's.
        Dictionary<string, double> byOperator = durations.ToDictionary(pair => pair.Key, pair => pair.Value.Order().Take((pair.Value.Count + 1) / 2).Average());
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}, batch {batch}: {byOperator.Values.Sum():F0} us in operators"));
        foreach ((string key, double microseconds) in byOperator.OrderByDescending(pair => pair.Value).Take(40))
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{microseconds,9:F1}  {key}"));
        }
    }

    /// <summary>One session with its operands in place.</summary>
    private sealed class Query : IDisposable
    {
        private readonly InferenceSession _session;
        private readonly RunOptions _run = new();
        private readonly string[] _inputNames;
        private readonly string[] _outputNames;
        private readonly OrtValue[] _inputs;
        private readonly OrtValue[] _outputs;

        static Query()
        {
            Environment.SetEnvironmentVariable("ORT_DISABLE_TELEMETRY", "1");
            Environment.SetEnvironmentVariable("ORT_TELEMETRY_DISABLED", "1");
        }

        public Query(OnnxGraph graph, int batch, bool profile = false)
        {
            using SessionOptions options = new() { IntraOpNumThreads = 1, EnableProfiling = profile, ProfileOutputPathPrefix = Path.Combine(Path.GetTempPath(), "gradients") };
            _session = new(OnnxModelFile.ToBytes(graph), options);
            _inputNames = [.. graph.Inputs.Select(input => input.Name)];
            _outputNames = [.. graph.Outputs.Select(output => output.Name)];
            Random random = new(2);
            _inputs = [.. graph.Inputs.Select(input => Tensor(input, batch, () => random.NextSingle()))];
            _outputs = [.. graph.Outputs.Select(output => Tensor(output, batch, () => 0))];
            Microseconds(3);
        }

        public int RunsIn(double milliseconds) => Math.Max(1, (int)(1000 * milliseconds / Math.Max(Microseconds(3), 1)));

        public double Microseconds(int runs)
        {
            TimeSpan start = Environment.CpuUsage.TotalTime;
            for (int i = 0; i < runs; i++)
            {
                _session.Run(_run, _inputNames, _inputs, _outputNames, _outputs);
            }

            return (Environment.CpuUsage.TotalTime - start).TotalMicroseconds / runs;
        }

        public string EndProfiling() => _session.EndProfiling();

        public void Dispose()
        {
            foreach (OrtValue value in _inputs.Concat(_outputs))
            {
                value.Dispose();
            }

            _run.Dispose();
            _session.Dispose();
        }

        private static OrtValue Tensor(GraphValue value, int batch, Func<float> next)
        {
            long[] shape = [.. value.Type.Shape!.Select((size, axis) => size.Value ?? (axis == 0 ? batch : SequenceLength))];
            long count = shape.Aggregate(1L, (product, size) => product * size);

            // Labels, tokens and token types 0 or 1; no targets; the cross-entropy; a mask that hides nothing.
            long Integer(int i) => value.Name switch
            {
                "targets" => -1,
                "loss_kind" => 0,
                BertOptions.AttentionMaskName => 1,
                _ => i % 2,
            };
            return value.Type.Element == ElementType.Int64
                ? OrtValue.CreateTensorValueFromMemory([.. Enumerable.Range(0, (int)count).Select(Integer)], shape)
                : OrtValue.CreateTensorValueFromMemory([.. Enumerable.Range(0, (int)count).Select(_ => next())], shape);
        }
    }

    /// <summary>One network, and where its graph is cut.</summary>
    private sealed record Subject(string Name, Func<OnnxGraph> Create, int[] Batches)
    {
        public Func<OnnxGraph>? Whole { get; init; }

        public string? Cut { get; init; }
    }
}
