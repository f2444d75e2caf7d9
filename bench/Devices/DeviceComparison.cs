using System.Diagnostics;
using System.Globalization;
using GradientDynamics.Bench.Training;
using GradientDynamics.Onnx.Gradients;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Networks;
using GradientDynamics.Train.Execution;
using GradientDynamics.Train.Objectives;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace GradientDynamics.Bench.Devices;

/// <summary>
/// Whether the hot paths hold on an accelerator: that a training step and the gradient graph give there what they give on the CPU, and what GraphModule costs
/// there beside modules written by hand, where a kernel takes microseconds and the interpreter's own time would show. Arguments: <c>--device cuda:0</c> (default), <c>--rounds N</c>, <c>--network NAME</c> (what the names of the cases begin with).
/// </summary>
public static class DeviceComparison
{
    private const int DefaultRounds = 30;
    private const int WarmUpRounds = 3;
    private const int StepsPerRound = 5;
    private const int Seed = 1;
    private const double LearningRate = 1e-3;
    private const double Coefficient = 0.1;

    public static Task<int> RunAsync(string[] args)
    {
        string name = args.Option("--device") ?? "cuda:0";
        int rounds = args.Rounds(DefaultRounds);
        Device device = new(name);
        TorchRuntime.EnsureLoaded();
        if (device.type == DeviceType.CUDA)
        {
            if (!cuda.is_available())
            {
                Console.Error.WriteLine($"There is no device {name}: libtorch sees no CUDA device. Accepted is 'cpu', or a build with -p:Accelerator=cuda on a machine with one.");
                return Task.FromResult(6);
            }

            // Comparisons of numbers are in full single precision.
            backends.cudnn.allow_tf32 = false;
            backends.cuda.matmul.allow_tf32 = false;
        }

        Case[] cases = [.. Cases().Where(each => each.Name.StartsWith(args.Option("--network") ?? "", StringComparison.OrdinalIgnoreCase))];
        Console.WriteLine($"{name}, {rounds} rounds of {StepsPerRound} steps, medians; times in ms a step");
        Console.WriteLine("");
        Console.WriteLine($"{"Agreement with the CPU, relative to the largest magnitude",-72} {"logits",10} {"gradient",10} {"weights",10}");
        foreach (Case each in cases)
        {
            Agree(each, device);
        }

        Console.WriteLine("");
        Console.WriteLine($"{"Training step",-72} {"first",10} {"second",10} {"ratio",10}");
        foreach (Case each in cases)
        {
            CompareTraining(each, device, rounds);
        }

        Console.WriteLine("");
        Console.WriteLine($"{"Input gradient",-72} {"first",10} {"second",10} {"ratio",10}");
        foreach (Case each in cases)
        {
            CompareGradients(each, device, rounds);
        }

        return Task.FromResult(0);
    }

    private static IEnumerable<Case> Cases()
    {
        const int Width = 64;
        OnnxGraph mlp = new MlpOptions { HiddenWidths = [300, 300] }.Create(new InputSpec([392]), 2, new Random(Seed));
        yield return new("MLP 392-300-300-2, batch of 50,000", mlp, [50_000, 392], 2, () => new HandWrittenMlp(mlp));
        OnnxGraph resnet = new ResNet18Options { Width = Width }.Create(new InputSpec([3, 32, 32]), 10, new Random(Seed));
        yield return new("ResNet-18, batch of 32 at 32x32", resnet, [32, 3, 32, 32], 10, () => HandWrittenResNet.ResNet18(resnet, Width, 10));
        yield return new("ResNet-18, batch of 256 at 32x32", resnet, [256, 3, 32, 32], 10, () => HandWrittenResNet.ResNet18(resnet, Width, 10));
        yield return new("ConvNet, batch of 256 at 32x32", new ConvNetOptions().Create(new InputSpec([3, 32, 32]), 10, new Random(Seed)), [256, 3, 32, 32], 10, null);
    }

    private static void Agree(Case each, Device device)
    {
        (double[] logits, double[] gradient, double[] weights) = Evaluate(each, CPU);
        (double[] logitsThere, double[] gradientThere, double[] weightsThere) = Evaluate(each, device);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{each.Name,-72} {Difference(logits, logitsThere),10:G3} {Difference(gradient, gradientThere),10:G3} {Difference(weights, weightsThere),10:G3}"));
    }

    // Logits and input gradient by the gradient graph, and the weights after one step of Spectral Decoupling.
    private static (double[] Logits, double[] Gradient, double[] Weights) Evaluate(Case each, Device device)
    {
        const int FewExamples = 32;
        using DisposeScope scope = NewDisposeScope();
        long[] sizes = [Math.Min(FewExamples, each.Sizes[0]), .. each.Sizes[1..]];
        manual_seed(Seed);
        Tensor inputs = rand(sizes).to(device);
        Tensor labels = randint(0, each.Classes, sizes[0]).to(device);
        InputGradientNames names = InputGradientGraph.NamesFor(each.Graph);
        double[] logits;
        double[] gradient;
        using (no_grad())
        {
            using GraphModule companion = new(InputGradientGraph.Derive(each.Graph));
            companion.to(device);
            companion.eval();
            IReadOnlyDictionary<string, Tensor> outputs = companion.Execute(Query(names, inputs, labels));
            logits = Numbers(outputs[names.Logits]);
            gradient = Numbers(outputs[names.InputGradient]);
        }

        using GraphModule module = new(each.Graph);
        module.to(device);
        using Trainer trainer = new(module, new SpectralDecouplingOptions { Coefficient = Coefficient }.Create(DataOf(each)), inputs, labels);
        trainer.Step();
        return (logits, gradient, [.. module.parameters().SelectMany(Numbers)]);
    }

    private static void CompareTraining(Case each, Device device, int rounds)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor inputs = rand(each.Sizes).to(device);
        Tensor labels = randint(0, each.Classes, each.Sizes[0]).to(device);
        using GraphModule module = new(each.Graph);
        module.to(device);
        using Trainer graph = new(module, new ErmOptions().Create(DataOf(each)), inputs, labels);
        using GraphModule decoupled = new(each.Graph);
        decoupled.to(device);
        using Trainer decoupling = new(decoupled, new SpectralDecouplingOptions { Coefficient = Coefficient }.Create(DataOf(each)), inputs, labels);
        if (each.ByHand is not null)
        {
            using nn.Module<Tensor, Tensor> byHand = each.ByHand();
            byHand.to(device);
            using Trainer modules = new(byHand, new ErmOptions().Create(DataOf(each)), inputs, labels);
            Compare($"{each.Name}: GraphModule / by hand", graph.Step, modules.Step, device, rounds);
        }

        Compare($"{each.Name}: SD / ERM", decoupling.Step, graph.Step, device, rounds);
    }

    private static void CompareGradients(Case each, Device device, int rounds)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor inputs = rand(each.Sizes).to(device);
        Tensor labels = randint(0, each.Classes, each.Sizes[0]).to(device);
        InputGradientNames names = InputGradientGraph.NamesFor(each.Graph);
        using GraphModule companion = new(InputGradientGraph.Derive(each.Graph));
        companion.to(device);
        companion.eval();
        using GraphModule module = new(each.Graph);
        module.to(device);
        module.eval();
        foreach (Parameter parameter in module.parameters())
        {
            parameter.requires_grad = false;
        }

        Dictionary<string, Tensor> query = Query(names, inputs, labels);
        Compare(
            $"{each.Name}: gradient graph / autograd",
            () =>
            {
                using DisposeScope inner = NewDisposeScope();
                using IDisposable noGradients = no_grad();
                companion.Execute(query);
            },
            () =>
            {
                using DisposeScope inner = NewDisposeScope();
                Tensor point = inputs.detach().requires_grad_();
                autograd.grad([nn.functional.cross_entropy(module.forward(point), labels, reduction: nn.Reduction.Sum)], [point]);
            },
            device,
            rounds);
    }

    private static ObjectiveContext DataOf(Case each) => new("drawn at random", each.Classes, each.Classes);

    private static Dictionary<string, Tensor> Query(InputGradientNames names, Tensor inputs, Tensor labels) => new()
    {
        [names.Input] = inputs,
        [names.Labels] = labels,
        [names.Targets] = full_like(labels, -1),
        [names.LossKind] = zeros_like(labels),
    };

    private static void Compare(string what, Action first, Action second, Device device, int rounds)
    {
        List<(double First, double Second)> times = [];
        for (int round = -WarmUpRounds; round < rounds; round++)
        {
            bool firstLeads = round % 2 == 0;
            double one = firstLeads ? Time(first, device) : 0;
            double other = Time(second, device);
            one = firstLeads ? one : Time(first, device);
            if (round >= 0)
            {
                times.Add((one, other));
            }
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{what,-72} {Median.Of(times.Select(pair => pair.First)),10:F3} {Median.Of(times.Select(pair => pair.Second)),10:F3} {Median.Of(times.Select(pair => pair.First / pair.Second)),10:F3}"));
    }

    // Milliseconds a step; work on a device is queued, so the clock stops when the queue is empty.
    private static double Time(Action step, Device device)
    {
        Synchronize(device);
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < StepsPerRound; i++)
        {
            step();
        }

        Synchronize(device);
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds / StepsPerRound;
    }

    private static void Synchronize(Device device)
    {
        if (device.type == DeviceType.CUDA)
        {
            cuda.synchronize(device);
        }
    }

    private static double[] Numbers(Tensor tensor)
    {
        using DisposeScope scope = NewDisposeScope();
        return tensor.detach().to(ScalarType.Float64, CPU).contiguous().data<double>().ToArray();
    }

    private static double Difference(double[] left, double[] right) =>
        left.Zip(right, (a, b) => Math.Abs(a - b)).Max() / Math.Max(left.Max(Math.Abs), double.Epsilon);

    private sealed record Case(string Name, OnnxGraph Graph, long[] Sizes, int Classes, Func<nn.Module<Tensor, Tensor>>? ByHand);

    private sealed class Trainer(nn.Module<Tensor, Tensor> module, IObjective objective, Tensor inputs, Tensor labels) : IDisposable
    {
        private readonly SGD _optimizer = optim.SGD(module.parameters(), LearningRate);
        private readonly GradientDynamics.Train.Training.Batch _batch = new(inputs, labels, labels, step: 0);

        public void Step()
        {
            using DisposeScope scope = NewDisposeScope();
            _optimizer.zero_grad();
            objective.Evaluate(module.forward(_batch.Inputs), _batch).Total.backward();
            _optimizer.step();
        }

        public void Dispose() => _optimizer.Dispose();
    }
}
