using System.Diagnostics;
using System.Globalization;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Networks;
using GradientDynamics.Train.Objectives;
using GradientDynamics.Train.Optimizers;
using GradientDynamics.Train.Training;
using static TorchSharp.torch;

namespace GradientDynamics.Bench.Training;

/// <summary>
/// A training step as gd-train takes it, large pages included, against Debian's python3-torch doing the same: forward, backward and a step of plain gradient descent, on as many threads. Arguments, in any order: names of
/// networks (all where none is named), the number of rounds (default 15), and --python INTERPRETER.
/// </summary>
public static class PythonComparison
{
    private const string DefaultPython = "/usr/bin/python3";
    private const int DefaultRounds = 15;
    private const int WarmUpRounds = 2;

    // The target of the project.
    private const double Target = 1.0;

    private const int Seed = 1;
    private const double LearningRate = 1e-3;
    private const int Vocabulary = 1000;

    private static readonly Dictionary<string, (string Title, Func<OnnxGraph> Network, Func<Tensor> Inputs, int Classes)> Trials = new(StringComparer.Ordinal)
    {
        ["mlp"] = ("Colored MNIST's MLP 392-300-300-1, full batch of 50,000", () => new MlpOptions { HiddenWidths = [300, 300] }.Create(new([392]), 1, new Random(Seed)), () => rand(50_000, 392), 2),
        ["conv-net"] = ("ConvNet, batch of 64 at 32x32", () => new ConvNetOptions().Create(new([3, 32, 32]), 10, new Random(Seed)), () => rand(64, 3, 32, 32), 10),
        ["resnet-18"] = ("ResNet-18, batch of 32 at 32x32", () => new ResNet18Options().Create(new([3, 32, 32]), 10, new Random(Seed)), () => rand(32, 3, 32, 32), 10),
        ["bert-layer"] = (
            "one BERT-base layer, 8 x 128 tokens",
            () => new BertOptions { Layers = 1, Vocabulary = Vocabulary, Dropout = 0, AttentionDropout = 0 }.Create(new([128], ElementType.Int64), 2, new Random(Seed)),
            () => randint(0, Vocabulary, [8, 128]),
            2),
    };

    public static Task<int> RunAsync(string[] args)
    {
        ArgumentNullException.ThrowIfNull(args);
        string python = args.Option("--python") ?? DefaultPython;
        int rounds = DefaultRounds;
        if (!args.Without("--python").TryReadChoice(Trials.Keys, ref rounds, out IReadOnlyList<string> chosen))
        {
            return Task.FromResult(2);
        }

        Console.WriteLine($"{get_num_threads()} threads, {rounds} rounds, medians; time of a step in ms, and the median of the rounds' ratios");
        Console.WriteLine($"{"",-58} {"gd-train",12} {"PyTorch",12} {"ratio",7}  target");
        bool reached = true;
        foreach (string network in chosen)
        {
            reached &= Compare(network, python, rounds);
        }

        return Task.FromResult(reached ? 0 : 1);
    }

    private static bool Compare(string name, string python, int rounds)
    {
        (string title, Func<OnnxGraph> create, Func<Tensor> draw, int classes) = Trials[name];
        manual_seed(Seed);
        using Tensor inputs = draw();
        using Tensor labels = randint(0, classes, [inputs.shape[0]]);
        IObjective objective = new ErmOptions().Create(new("drawn at random", LogitCount: name == "mlp" ? 1 : classes, ClassCount: classes));
        using Learner learner = new(create(), new HashSet<string>(), objective, new SgdOptions { LearningRate = LearningRate }, new(rounds + WarmUpRounds, 1), CPU);
        learner.Module.train();
        Batch batch = new(InputsOf(learner.Module.Graph, inputs), labels, labels, 0);
        using PythonProcess other = new(python, "training.py", [name, get_num_threads().ToString(CultureInfo.InvariantCulture)], "--python names another interpreter, which needs torch and torchvision");
        List<(double Own, double Other)> times = [];
        for (int round = -WarmUpRounds; round < rounds; round++)
        {
            // Who is first alternates, so that what else the machine does falls on both.
            bool leads = round % 2 == 0;
            double own = leads ? Step(learner, batch) : 0;
            double theirs = 1000 * other.Turn("step");
            own = leads ? own : Step(learner, batch);
            if (round >= 0)
            {
                times.Add((own, theirs));
            }
        }

        double ratio = Median.Of(times.Select(pair => pair.Own / pair.Other));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{title,-58} {Median.Of(times.Select(pair => pair.Own)),12:F1} {Median.Of(times.Select(pair => pair.Other)),12:F1} {ratio,7:F3}  {Target:F1} (PyTorch {other.Version})"));
        return ratio <= Target;
    }

    private static double Step(Learner learner, Batch batch)
    {
        long start = Stopwatch.GetTimestamp();
        using (NewDisposeScope())
        {
            learner.Learn(batch, new(Epoch: 0, Number: 0, Examples: default, Share: 1, BeginsStep: true, EndsStep: true));
        }

        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    private static IReadOnlyList<KeyValuePair<string, Tensor>> InputsOf(OnnxGraph network, Tensor inputs) => network.Inputs.Count == 1
        ? [new(network.Inputs[0].Name, inputs)]
        : [new(BertOptions.InputIdsName, inputs), new(BertOptions.AttentionMaskName, ones_like(inputs)), new(BertOptions.TokenTypeIdsName, zeros_like(inputs))];
}
