using System.Diagnostics;
using System.Globalization;
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
/// PGD through the local classifier against the same PGD through TorchSharp's autograd.grad with all threads, in one process, the two taking turns: L∞, cross-entropy, 40 steps on 128 examples that no
/// step breaks, so that both do the same work.
/// </summary>
internal static class AttackComparison
{
    private const int Examples = 128;
    private const int Steps = 40;

    // A radius below the resolution of an 8-bit image: nothing is broken, nothing is dropped.
    private const double Epsilon = 1e-5;

    private const int DefaultRounds = 7;
    private const double DemandedRatio = 2;

    /// <summary>Prints examples times steps per second of both, their ratio, and the cost of a gradient in forward passes. <c>--rounds N</c>, <c>--network NAME</c>.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        int rounds = Option(args, "--rounds") is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : DefaultRounds;
        TorchRuntime.EnsureLoaded();
        torch.set_num_threads(Environment.ProcessorCount);
        ResultTable table = new(
            "network",
            ResultColumn.Number("TorchSharp, examples·steps/s"),
            ResultColumn.Number("local classifier"),
            ResultColumn.Number("ratio"),
            ResultColumn.Number($"demanded"),
            ResultColumn.Number("gradient in forward passes"))
        {
            Title = $"L∞ PGD, {Examples} examples x {Steps} steps, {Environment.ProcessorCount} cores, median of {rounds} turns each",
        };
        foreach ((string name, OnnxGraph graph) in Networks().Where(network => Option(args, "--network") is not { } wanted || wanted == network.Name))
        {
            (double torchRate, double localRate, double ratio, double gradientCost) = await CompareAsync(graph, rounds);
            table.Add(name, $"{torchRate:F0}", $"{localRate:F0}", $"{ratio:F2}", $"{DemandedRatio:F2}", $"{gradientCost:F2}");
        }

        ResultOutput.WriteTable(table);
        return 0;
    }

    private static IEnumerable<(string Name, OnnxGraph Graph)> Networks()
    {
        InputSpec image = new([3, 32, 32]);
        yield return ("conv-net", new ConvNetOptions().Create(image, 10, new Random(1)));
        yield return ("cifar-2", CifarTwo.Create(image, 2, new Random(1)));
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

    private static async Task<(double TorchRate, double LocalRate, double Ratio, double GradientCost)> CompareAsync(OnnxGraph graph, int rounds)
    {
        await using LocalClassifier local = LocalClassifier.Create("local", graph);
        await using ConfirmedTarget target = new("local", local, local, InputBounds.Of(0, 1));
        RandomStream stream = new("bench");
        float[] inputs = [.. Enumerable.Range(0, Examples * local.InputLength).Select(_ => (float)stream.NextUniform())];
        float[] logits = new float[Examples * local.ClassCount];
        await local.LogitsAsync(inputs, Examples, logits, CancellationToken.None);
        int[] labels = [.. Enumerable.Range(0, Examples).Select(example => LogitRow.Prediction(logits.AsSpan(example * local.ClassCount, local.ClassCount)))];
        ExampleBatch batch = new([.. Enumerable.Range(0, Examples).Select(example => $"{example}")], inputs, labels, local.InputLength);

        using GraphModule module = new(graph);
        module.eval();
        foreach (TorchSharp.Modules.Parameter parameter in module.parameters())
        {
            parameter.requires_grad = false;
        }

        List<double> torchSeconds = [];
        List<double> localSeconds = [];
        List<double> ratios = [];
        for (int round = -1; round < rounds; round++)
        {
            double torchTime = Timed(() => PerturbWithTorch(module, batch));
            long started = Stopwatch.GetTimestamp();
            await PerturbLocallyAsync(target, batch);
            double localTime = Stopwatch.GetElapsedTime(started).TotalSeconds;
            // The first turn warms both up.
            if (round >= 0)
            {
                torchSeconds.Add(torchTime);
                localSeconds.Add(localTime);
                ratios.Add(torchTime / localTime);
            }
        }

        return (Examples * Steps / Median(torchSeconds), Examples * Steps / Median(localSeconds), Median(ratios), await GradientCostAsync(local, batch, rounds));
    }

    private static async Task PerturbLocallyAsync(ConfirmedTarget target, ExampleBatch batch)
    {
        AttackOutcome[] outcomes = await new PgdOptions { Steps = Steps }.Create().RunAsync(
            new AttackProblem
            {
                Target = target,
                Batch = batch,
                Rows = [.. Enumerable.Range(0, Examples)],
                Epsilons = [.. Enumerable.Repeat(Epsilon, Examples)],
                Norm = PerturbationNorm.Linf,
                Seed = 0,
            },
            CancellationToken.None);
        Require(Array.TrueForAll(outcomes, outcome => outcome.GradientQueries == Steps));
    }

    private static void PerturbWithTorch(GraphModule module, ExampleBatch batch)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        long[] sizes = [batch.Count, 3, 32, 32];
        torch.Tensor clean = torch.tensor(batch.Inputs).reshape(sizes);
        torch.Tensor labels = torch.tensor(Array.ConvertAll(batch.Labels, label => (long)label));
        torch.Tensor lower = (clean - Epsilon).clamp(0, 1);
        torch.Tensor upper = (clean + Epsilon).clamp(0, 1);
        torch.Tensor perturbed = clean + ((2 * torch.rand_like(clean)) - 1) * Epsilon;
        perturbed = torch.minimum(torch.maximum(perturbed, lower), upper);
        for (int step = 0; step < Steps; step++)
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
        var gradients = new LossGradients(Examples, local.ClassCount, local.InputLength);
        float[] logits = new float[Examples * local.ClassCount];
        long[] labels = Array.ConvertAll(batch.Labels, label => (long)label);
        long[] targets = [.. Enumerable.Repeat(-1L, Examples)];
        LossGradientQuery query = new(Examples, batch.Inputs, labels, targets, Onnx.Gradients.AttackLoss.CrossEntropy);
        List<double> ratios = [];
        for (int round = -1; round < rounds; round++)
        {
            long started = Stopwatch.GetTimestamp();
            for (int repeat = 0; repeat < Repeats; repeat++)
            {
                await local.LogitsAsync(batch.Inputs, Examples, logits, CancellationToken.None);
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

        return Median(ratios);
    }

    private static double Timed(Action action)
    {
        long started = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static double Median(List<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2;
    }

    private static string? Option(string[] args, string name)
    {
        int index = Array.IndexOf(args, name);
        return index >= 0 && index + 1 < args.Length ? args[index + 1] : null;
    }

    private static void Require(bool sameWork)
    {
        if (!sameWork)
        {
            throw new InvalidOperationException("An example was broken, so that the two sides did different work; the radius is too large for this network.");
        }
    }
}
