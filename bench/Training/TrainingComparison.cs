using System.Diagnostics;
using System.Globalization;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Networks;
using GradientDynamics.Train.Execution;
using GradientDynamics.Train.Objectives;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace GradientDynamics.Bench.Training;

/// <summary>
/// A training step through GraphModule against the same network written by hand as TorchSharp modules, and Spectral Decoupling's step against
/// ERM's. Arguments, in any order: names of networks (all where none is named) and the number of rounds (default 15).
/// </summary>
public static class TrainingComparison
{
    // The two opponents take turns, and who is first alternates, so that what else the machine does falls on both; the median of the rounds'
    // ratios counts. Ratios of processor time beside those of wall-clock time show what a busy machine hides.
    private const int DefaultRounds = 15;
    private const int WarmUpRounds = 2;

    // The targets of the project; fine-tuning's networks are the larger ones.
    private const double ModuleTarget = 1.03;
    private const double FineTuningTarget = 1.05;
    private const double ObjectiveTarget = 1.02;

    private const int Seed = 1;
    private const double LearningRate = 1e-3;
    private const double Coefficient = 0.1;

    // ERM and SD with one coefficient for all classes ask for none of it.
    private static readonly ObjectiveContext AnyData = new("drawn at random", LogitCount: 1, ClassCount: 2);

    private static readonly Dictionary<string, Func<int, bool>> Networks = new(StringComparer.Ordinal)
    {
        ["mlp"] = CompareMlp,
        ["resnet-18"] = CompareResNet18,
        ["resnet-50"] = CompareResNet50,
        ["bert-layer"] = CompareBertLayer,
    };

    public static Task<int> RunAsync(string[] args)
    {
        ArgumentNullException.ThrowIfNull(args);
        int rounds = DefaultRounds;
        if (!args.TryReadChoice(Networks.Keys, ref rounds, out IReadOnlyList<string> chosen))
        {
            return Task.FromResult(2);
        }

        Console.WriteLine($"{get_num_threads()} threads, {rounds} rounds, medians; time in ms, ratios of wall-clock time and of processor time");
        Console.WriteLine($"{"",-64} {"first",9} {"second",9} {"ratio",7} {"CPU",7}  target");
        bool reached = true;
        foreach (string network in chosen)
        {
            reached &= Networks[network](rounds);
        }

        return Task.FromResult(reached ? 0 : 1);
    }

    private static bool CompareMlp(int rounds)
    {
        const int Examples = 50_000;
        const int Inputs = 392;
        OnnxGraph graph = new MlpOptions { HiddenWidths = [300, 300] }.Create(new InputSpec([Inputs]), logitCount: 1, new Random(Seed));
        using Batch batch = new(rand(Examples, Inputs), randint(0, 2, Examples));
        using GraphModule module = new(graph);
        using GraphModule decoupled = new(graph);
        using HandWrittenMlp byHand = new(graph);
        return Compare("MLP 392-300-300-1, full batch of 50,000", module, decoupled, byHand, batch, rounds);
    }

    private static bool CompareResNet18(int rounds)
    {
        const int Width = 64;
        const int Examples = 32;
        OnnxGraph graph = new ResNet18Options { Width = Width }.Create(new InputSpec([3, 32, 32]), logitCount: 10, new Random(Seed));
        using Batch batch = new(rand(Examples, 3, 32, 32), randint(0, 10, Examples));
        using GraphModule module = new(graph);
        using GraphModule decoupled = new(graph);
        using HandWrittenResNet byHand = HandWrittenResNet.ResNet18(graph, Width, 10);
        return Compare("ResNet-18, batch of 32 at 32x32", module, decoupled, byHand, batch, rounds);
    }

    private static bool CompareResNet50(int rounds)
    {
        const int Width = 64;
        const int Examples = 8;
        OnnxGraph graph = new ResNet50Options { Width = Width, Stem = ResNetStem.Imagenet }.Create(new InputSpec([3, 224, 224]), logitCount: 10, new Random(Seed));
        using Batch batch = new(rand(Examples, 3, 224, 224), randint(0, 10, Examples));
        using GraphModule module = new(graph);
        using HandWrittenResNet byHand = HandWrittenResNet.ResNet50(graph, Width, 10);
        IObjective erm = new ErmOptions().Create(AnyData);
        using Trainer first = Trainer.Of(module, erm, batch);
        using Trainer second = Trainer.Of(byHand, erm, batch);
        return Compare("ResNet-50, batch of 8 at 224x224: GraphModule / by hand", first, second, FineTuningTarget, rounds);
    }

    // One layer of BERT-base; the vocabulary is small, so that the layer is what is measured.
    private static bool CompareBertLayer(int rounds)
    {
        const int Examples = 8;
        const int Positions = 128;
        const int Vocabulary = 1000;
        BertOptions options = new() { Layers = 1, Vocabulary = Vocabulary, Dropout = 0, AttentionDropout = 0 };
        OnnxGraph graph = options.Create(new InputSpec([Positions], ElementType.Int64), logitCount: 2, new Random(Seed));
        using Batch batch = new(randint(0, Vocabulary, [Examples, Positions]), randint(0, 2, Examples));
        using Tensor present = ones([Examples, Positions], ScalarType.Int64);
        using Tensor types = zeros([Examples, Positions], ScalarType.Int64);
        using GraphModule module = new(graph);
        using HandWrittenBert byHand = new(graph, options.Layers, options.Heads);
        Dictionary<string, Tensor> inputs = new()
        {
            [BertOptions.InputIdsName] = batch.Inputs,
            [BertOptions.AttentionMaskName] = present,
            [BertOptions.TokenTypeIdsName] = types,
        };
        IObjective erm = new ErmOptions().Create(AnyData);
        using Trainer first = new(() => module.Execute(inputs)[NetworkOptions.LogitsName], module.parameters(), erm, batch);
        using Trainer second = new(() => byHand.forward(batch.Inputs, present, types), byHand.parameters(), erm, batch);
        return Compare("one BERT-base layer, 8 x 128 tokens: GraphModule / by hand", first, second, FineTuningTarget, rounds);
    }

    private static bool Compare(string what, GraphModule module, GraphModule decoupled, nn.Module<Tensor, Tensor> byHand, Batch batch, int rounds)
    {
        IObjective erm = new ErmOptions().Create(AnyData);
        IObjective spectralDecoupling = new SpectralDecouplingOptions { Coefficient = Coefficient }.Create(AnyData);
        using Trainer graph = Trainer.Of(module, erm, batch);
        using Trainer modules = Trainer.Of(byHand, erm, batch);
        using Trainer decoupling = Trainer.Of(decoupled, spectralDecoupling, batch);
        bool reached = Compare($"{what}: GraphModule / by hand", graph, modules, ModuleTarget, rounds);
        return reached & Compare($"{what}: SD / ERM", decoupling, graph, ObjectiveTarget, rounds);
    }

    private static bool Compare(string what, Trainer first, Trainer second, double target, int rounds)
    {
        List<(Cost First, Cost Second)> costs = [];
        for (int round = -WarmUpRounds; round < rounds; round++)
        {
            Cost one = default;
            Cost other;
            bool firstLeads = round % 2 == 0;
            if (firstLeads)
            {
                one = first.Step();
            }

            other = second.Step();
            if (!firstLeads)
            {
                one = first.Step();
            }

            if (round >= 0)
            {
                costs.Add((one, other));
            }
        }

        double ratio = Median.Of(costs.Select(pair => pair.First.Wall / pair.Second.Wall));
        double processorRatio = Median.Of(costs.Select(pair => pair.First.Processor / pair.Second.Processor));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{what,-64} {Median.Of(costs.Select(pair => pair.First.Wall)),9:F1} {Median.Of(costs.Select(pair => pair.Second.Wall)),9:F1} {ratio,7:F3} {processorRatio,7:F3}  {target}"));
        return ratio <= target;
    }

    // Milliseconds.
    private readonly record struct Cost(double Wall, double Processor);

    private sealed record Batch(Tensor Inputs, Tensor Labels) : IDisposable
    {
        public void Dispose()
        {
            Inputs.Dispose();
            Labels.Dispose();
        }
    }

    /// <summary>A network in training by plain gradient descent.</summary>
    private sealed class Trainer(Func<Tensor> forward, IEnumerable<Parameter> parameters, IObjective objective, Batch batch) : IDisposable
    {
        private readonly SGD _optimizer = optim.SGD(parameters, LearningRate);
        private readonly GradientDynamics.Train.Training.Batch _batch = new(batch.Inputs, batch.Labels, batch.Labels, step: 0);

        public static Trainer Of(nn.Module<Tensor, Tensor> module, IObjective objective, Batch batch) => new(() => module.forward(batch.Inputs), module.parameters(), objective, batch);

        public Cost Step()
        {
            TimeSpan processor = Environment.CpuUsage.TotalTime;
            long start = Stopwatch.GetTimestamp();
            using (NewDisposeScope())
            {
                _optimizer.zero_grad();
                Tensor logits = forward();
                objective.Evaluate(logits, _batch).Total.backward();
                _optimizer.step();
            }

            return new(Stopwatch.GetElapsedTime(start).TotalMilliseconds, (Environment.CpuUsage.TotalTime - processor).TotalMilliseconds);
        }

        public void Dispose() => _optimizer.Dispose();
    }
}
