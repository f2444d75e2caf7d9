using System.Diagnostics;
using GradientDynamics.Attack.Attacks;
using GradientDynamics.Attack.Targets;
using GradientDynamics.CommandLine;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Networks;
using GradientDynamics.Train.Execution;
using TorchSharp;
using InputBounds = GradientDynamics.EvaluationSets.InputBounds;

namespace GradientDynamics.Bench.Attacks;

/// <summary>
/// PGD through the local classifier against the same PGD through TorchSharp's autograd.grad with all threads, in one process, and through Debian's python3-torch in a process of its own, all taking
/// turns: L∞, cross-entropy, on examples that no step breaks, so that all do the same work.
/// </summary>
internal static class AttackComparison
{
    // A radius below the resolution of an 8-bit image: nothing is broken, nothing is dropped.
    private const double Epsilon = 1e-5;

    private const int DefaultRounds = 7;

    /// <summary>
    /// Prints examples times steps per second of each, the local classifier's over the others', and the cost of a gradient in forward passes. <c>--rounds N</c>, <c>--network NAME</c>,
    /// <c>--python PATH</c> (default /usr/bin/python3; <c>none</c> leaves PyTorch out).
    /// </summary>
    public static async Task<int> RunAsync(string[] args)
    {
        int rounds = args.Rounds(DefaultRounds);
        string python = args.Option("--python") ?? "/usr/bin/python3";
        TorchRuntime.EnsureLoaded();
        torch.set_num_threads(Environment.ProcessorCount);
        ResultTable table = new(
            "network",
            ResultColumn.Number("examples"),
            ResultColumn.Number("steps"),
            ResultColumn.Number("local classifier, examples·steps/s"),
            ResultColumn.Number("TorchSharp"),
            ResultColumn.Number("PyTorch"),
            ResultColumn.Number("local / TorchSharp"),
            ResultColumn.Number("local / PyTorch"),
            ResultColumn.Number("gradient in forward passes"))
        {
            Title = $"L∞ PGD, {Environment.ProcessorCount} cores, median of {rounds} turns each",
        };
        foreach (Trial trial in Trials().Where(trial => args.Option("--network") is not { } wanted || wanted == trial.Name))
        {
            Rates rates = await CompareAsync(trial, rounds, python);
            table.Add(
                trial.Name, $"{trial.Examples}", $"{trial.Steps}", $"{rates.Local:F0}", $"{rates.TorchSharp:F0}", rates.PyTorch is { } rate ? $"{rate:F0}" : "",
                $"{rates.OverTorchSharp:F2}", rates.OverPyTorch is { } ratio ? $"{ratio:F2}" : "", $"{rates.GradientCost:F2}");
        }

        ResultOutput.WriteTable(table);
        return 0;
    }

    // As many examples as an audit has at once where the network is small, and as many steps as make a turn last about a second.
    private static IEnumerable<Trial> Trials()
    {
        InputSpec image = new([3, 32, 32]);
        yield return new("conv-net", new ConvNetOptions().Create(image, 10, new Random(1)), 32, Examples: 128, Steps: 40);
        yield return new("cifar-2", CifarTwo.Create(image, 2, new Random(1)), 32, Examples: 128, Steps: 40);
        yield return new("resnet-18", new ResNet18Options().Create(image, 10, new Random(1)), 32, Examples: 32, Steps: 5);
        yield return new("mobilenet-v3-small", new MobileNetV3SmallOptions().Create(new([3, 96, 96]), 10, new Random(1)), 96, Examples: 64, Steps: 5);
    }

    /// <summary>The network of Gradient Starvation's Figure 2: two 5x5 convolutions and three fully connected layers, leaky ReLU.</summary>
    private static ConvNetOptions CifarTwo => new()
    {
        Layers =
        [
            new ConvLayer { Channels = 12, Kernel = 5 }, new LeakyReluLayer(), new MaxPoolLayer(),
            new ConvLayer { Channels = 32, Kernel = 5 }, new LeakyReluLayer(), new MaxPoolLayer(),
            new FlattenLayer(), new LinearLayer { Width = 240 }, new LeakyReluLayer(), new LinearLayer { Width = 192 }, new LeakyReluLayer(),
        ],
    };

    private static async Task<Rates> CompareAsync(Trial trial, int rounds, string python)
    {
        await using LocalClassifier local = LocalClassifier.Create("local", trial.Graph);
        await using ConfirmedTarget target = new("local", local, local, InputBounds.Of(0, 1));
        RandomStream stream = new("bench");
        float[] inputs = [.. Enumerable.Range(0, trial.Examples * local.InputLength).Select(_ => (float)stream.NextUniform())];
        float[] logits = new float[trial.Examples * local.ClassCount];
        await local.LogitsAsync(inputs, trial.Examples, logits, CancellationToken.None);
        int[] labels = [.. Enumerable.Range(0, trial.Examples).Select(example => LogitRow.Prediction(logits.AsSpan(example * local.ClassCount, local.ClassCount)))];
        ExampleBatch batch = new([.. Enumerable.Range(0, trial.Examples).Select(example => $"{example}")], inputs, labels, local.InputLength);

        using GraphModule module = new(trial.Graph);
        module.eval();
        foreach (TorchSharp.Modules.Parameter parameter in module.parameters())
        {
            parameter.requires_grad = false;
        }

        using PythonPgd? pytorch = python == "none" ? null : new(python, trial, inputs, Epsilon);
        List<double> torchSeconds = [];
        List<double> localSeconds = [];
        List<double> pythonSeconds = [];
        for (int round = -1; round < rounds; round++)
        {
            double torchTime = Timed(() => PerturbWithTorch(module, batch, trial));
            long started = Stopwatch.GetTimestamp();
            await PerturbLocallyAsync(target, batch, trial.Steps);
            double localTime = Stopwatch.GetElapsedTime(started).TotalSeconds;
            double pythonTime = pytorch?.Turn() ?? 0;

            // The first turn warms all of them up.
            if (round >= 0)
            {
                torchSeconds.Add(torchTime);
                localSeconds.Add(localTime);
                pythonSeconds.Add(pythonTime);
            }
        }

        double work = trial.Examples * trial.Steps;
        double Ratio(List<double> other) => Median.Of([.. other.Zip(localSeconds, (theirs, ours) => theirs / ours)]);
        return new(
            work / Median.Of(localSeconds), work / Median.Of(torchSeconds), pytorch is null ? null : work / Median.Of(pythonSeconds), Ratio(torchSeconds), pytorch is null ? null : Ratio(pythonSeconds),
            await GradientCostAsync(local, batch, rounds));
    }

    private static async Task PerturbLocallyAsync(ConfirmedTarget target, ExampleBatch batch, int steps)
    {
        AttackOutcome[] outcomes = await new PgdOptions { Steps = steps }.Create().RunAsync(
            new AttackProblem
            {
                Target = target,
                Batch = batch,
                Rows = [.. Enumerable.Range(0, batch.Count)],
                Epsilons = [.. Enumerable.Repeat(Epsilon, batch.Count)],
                Norm = PerturbationNorm.Linf,
                Seed = 0,
            },
            CancellationToken.None);
        Require(Array.TrueForAll(outcomes, outcome => outcome.GradientQueries == steps));
    }

    private static void PerturbWithTorch(GraphModule module, ExampleBatch batch, Trial trial)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        long[] sizes = [batch.Count, 3, trial.Side, trial.Side];
        torch.Tensor clean = torch.tensor(batch.Inputs).reshape(sizes);
        torch.Tensor labels = torch.tensor(Array.ConvertAll(batch.Labels, label => (long)label));
        torch.Tensor lower = (clean - Epsilon).clamp(0, 1);
        torch.Tensor upper = (clean + Epsilon).clamp(0, 1);
        torch.Tensor perturbed = clean + ((2 * torch.rand_like(clean)) - 1) * Epsilon;
        perturbed = torch.minimum(torch.maximum(perturbed, lower), upper);
        for (int step = 0; step < trial.Steps; step++)
        {
            using DisposeScope inner = torch.NewDisposeScope();
            torch.Tensor input = perturbed.detach().requires_grad_(true);
            torch.Tensor loss = torch.nn.functional.cross_entropy(module.forward(input), labels, reduction: torch.nn.Reduction.Sum);
            torch.Tensor gradient = torch.autograd.grad([loss], [input])[0];
            torch.Tensor moved = input.detach() + (gradient.sign() * (0.5 * Epsilon));
            torch.Tensor next = torch.minimum(torch.maximum(moved, lower), upper).MoveToOuterDisposeScope();
            perturbed.Dispose();
            perturbed = next;
        }
    }

    /// <summary>Time of one gradient over that of one prediction, both through the local classifier on all cores.</summary>
    private static async Task<double> GradientCostAsync(LocalClassifier local, ExampleBatch batch, int rounds)
    {
        const int Repeats = 10;
        var gradients = new LossGradients(batch.Count, local.ClassCount, local.InputLength);
        float[] logits = new float[batch.Count * local.ClassCount];
        long[] labels = Array.ConvertAll(batch.Labels, label => (long)label);
        long[] targets = [.. Enumerable.Repeat(-1L, batch.Count)];
        LossGradientQuery query = new(batch.Count, batch.Inputs, labels, targets, Onnx.Gradients.AttackLoss.CrossEntropy);
        List<double> ratios = [];
        for (int round = -1; round < rounds; round++)
        {
            long started = Stopwatch.GetTimestamp();
            for (int repeat = 0; repeat < Repeats; repeat++)
            {
                await local.LogitsAsync(batch.Inputs, batch.Count, logits, CancellationToken.None);
            }

            double forward = Stopwatch.GetElapsedTime(started).TotalSeconds;
            started = Stopwatch.GetTimestamp();
            for (int repeat = 0; repeat < Repeats; repeat++)
            {
                await local.LossGradientAsync(query, gradients, finished: null, CancellationToken.None);
            }

            if (round >= 0)
            {
                ratios.Add(Stopwatch.GetElapsedTime(started).TotalSeconds / forward);
            }
        }

        return Median.Of(ratios);
    }

    private static double Timed(Action action)
    {
        long started = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static void Require(bool sameWork)
    {
        if (!sameWork)
        {
            throw new InvalidOperationException("An example was broken, so that the two sides did different work; the radius is too large for this network.");
        }
    }

    /// <summary>One network, with images of one side, and how much is done with it in a turn.</summary>
    internal sealed record Trial(string Name, OnnxGraph Graph, int Side, int Examples, int Steps);

    private sealed record Rates(double Local, double TorchSharp, double? PyTorch, double OverTorchSharp, double? OverPyTorch, double GradientCost);
}
