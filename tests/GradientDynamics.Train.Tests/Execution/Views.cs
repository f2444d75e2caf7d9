using GradientDynamics.Onnx.Gradients;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Runtime;
using GradientDynamics.Train.Execution;
using TorchSharp;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Tests.Execution;

/// <summary>The views of one graph that must agree: TorchSharp, ONNX Runtime, the gradient graph in both, and finite differences.</summary>
internal static class Views
{
    /// <summary>
    /// Relative to the largest magnitude of a tensor. Two runtimes sum in different orders; sums here have at most some hundred terms, whose
    /// rounding errors of 6e-8 each add up to a few 1e-6 at worst.
    /// </summary>
    public const double SinglePrecision = 1e-5;

    /// <summary>
    /// For gradients: the ratio of logits divides by a difference of logits, twice in its gradient, and a small difference has lost digits.
    /// The double-precision views below have no such room.
    /// </summary>
    public const double SinglePrecisionOfGradients = 1e-4;

    /// <summary>
    /// For whole networks: the rounding errors of some twenty layers add up. Measured: up to 2.4e-6 for logits of ResNet-18.
    /// </summary>
    public const double SinglePrecisionOfNetworks = 1e-4;

    // Rounding errors of 1e-16 each, over the same sums.
    private const double DoublePrecision = 1e-11;

    // The same with numbers that were rounded to single precision, 6e-8 each; exp(-x²) and the like do not magnify it.
    private const double DoublePrecisionOfRoundedNumbers = 1e-6;

    // Central differences with steps of 1e-5: the third derivative's term is of the order of 1e-10, rounding 1e-16 / 1e-5 = 1e-11; a loss
    // whose third derivative is in the hundreds (the logits' ratio) comes to 1e-8.
    private const double Step = 1e-5;
    private const double FiniteDifferences = 1e-6;

    // A whole network has thousands of kinks: the shorter step crosses fewer, and the difference loses digits to rounding, 1e-15 / 1e-7 = 1e-8.
    private const int Directions = 4;
    private const double DirectionalStep = 1e-7;
    private const double DirectionalDifferences = 1e-6;

    // Where a gradient is 0 everywhere, no relative tolerance helps.
    private const double Nothing = 1e-9;

    /// <summary>All outputs of the graph in TorchSharp and in ONNX Runtime.</summary>
    public static void OutputsShouldAgree(OnnxGraph graph, ConstantTensor input, double tolerance, string what)
    {
        IReadOnlyDictionary<string, ConstantTensor> inputs = new Dictionary<string, ConstantTensor> { [graph.Inputs[0].Name] = input };
        IReadOnlyDictionary<string, ConstantTensor> torchs = InTorchSharp(graph, inputs, ScalarType.Float32);
        IReadOnlyDictionary<string, ConstantTensor> runtimes = InOnnxRuntime(graph, inputs);

        foreach ((string name, ConstantTensor output) in runtimes)
        {
            torchs[name].ShouldAgreeWith(output, tolerance, Nothing, $"{what}, output {name} in TorchSharp and ONNX Runtime");
        }
    }

    /// <summary>Logits, losses and input gradient: autograd, and the gradient graph in ONNX Runtime (single precision) and TorchSharp (single and double).</summary>
    public static void GradientsShouldAgree(OnnxGraph graph, ConstantTensor input, int logitCount, double tolerance, string what, bool roundedNumbers = false)
    {
        OnnxGraph companion = InputGradientGraph.Derive(graph);
        InputGradientNames names = InputGradientGraph.NamesFor(graph);
        (long[] labels, long[] targets, long[] kinds) = Attacks(input.Sizes[0], logitCount);
        Dictionary<string, ConstantTensor> inputs = new()
        {
            [names.Input] = input,
            [names.Labels] = ConstantTensor.Vector(labels),
            [names.Targets] = ConstantTensor.Vector(targets),
            [names.LossKind] = ConstantTensor.Vector(kinds),
        };
        (ConstantTensor logits, ConstantTensor loss, ConstantTensor gradient) = Autograd(graph, input, labels, targets, kinds, ScalarType.Float64);

        foreach ((string view, IReadOnlyDictionary<string, ConstantTensor> outputs, double allowed) in new[]
        {
            ("TorchSharp in double precision", InTorchSharp(companion, inputs, ScalarType.Float64), roundedNumbers ? DoublePrecisionOfRoundedNumbers : DoublePrecision),
            ("TorchSharp", AsDouble(InTorchSharp(companion, inputs, ScalarType.Float32)), tolerance),
            ("ONNX Runtime", AsDouble(InOnnxRuntime(companion, inputs)), tolerance),
        })
        {
            outputs[names.Logits].ShouldAgreeWith(logits, allowed, Nothing, $"{what}, logits of the gradient graph in {view}");
            outputs[names.Loss].ShouldAgreeWith(loss, allowed, Nothing, $"{what}, losses of the gradient graph in {view}");
            outputs[names.InputGradient].ShouldAgreeWith(gradient, allowed, Nothing, $"{what}, gradient of the gradient graph in {view}");
        }

        (_, _, ConstantTensor single) = Autograd(graph, input, labels, targets, kinds, ScalarType.Float32);
        AsDouble(single).ShouldAgreeWith(gradient, tolerance, Nothing, $"{what}, autograd in single and double precision");
    }

    /// <summary>Autograd's input gradient in double precision and central differences of the same losses, element by element.</summary>
    public static void FiniteDifferencesShouldAgree(OnnxGraph graph, ConstantTensor input, int logitCount, string what)
    {
        (long[] labels, long[] targets, long[] kinds) = Attacks(input.Sizes[0], logitCount);
        (_, _, ConstantTensor gradient) = Autograd(graph, input, labels, targets, kinds, ScalarType.Float64);
        using GraphModule module = Module(graph, ScalarType.Float64);
        double[] point = Agreement.Numbers(input);
        double[] slopes = new double[point.Length];
        using IDisposable noGradients = no_grad();
        for (int i = 0; i < point.Length; i++)
        {
            double LossAt(double number)
            {
                using DisposeScope scope = NewDisposeScope();
                double[] moved = [.. point];
                moved[i] = number;
                Tensor logits = module.forward(tensor(moved).reshape(input.Sizes.ToArray()));
                return AttackLossByHand.Of(logits, labels, targets, kinds).sum().item<double>();
            }

            slopes[i] = (LossAt(point[i] + Step) - LossAt(point[i] - Step)) / (2 * Step);
        }

        gradient.ShouldAgreeWith(ConstantTensor.Of<double>(slopes, input.Sizes), FiniteDifferences, Nothing, $"{what}, autograd and finite differences");
    }

    /// <summary>Autograd's input gradient in double precision and central differences along random directions: for inputs of many elements.</summary>
    public static void DirectionalDifferencesShouldAgree(OnnxGraph graph, ConstantTensor input, int logitCount, string what)
    {
        (long[] labels, long[] targets, long[] kinds) = Attacks(input.Sizes[0], logitCount);
        (_, _, ConstantTensor gradient) = Autograd(graph, input, labels, targets, kinds, ScalarType.Float64);
        using DisposeScope scope = NewDisposeScope();
        using GraphModule module = Module(graph, ScalarType.Float64);
        using IDisposable noGradients = no_grad();
        Tensor point = Converted(input, ScalarType.Float64);
        Tensor slope = TorchTensors.ToTorch(gradient);
        double scale = slope.norm().item<double>();
        manual_seed(21);
        for (int i = 0; i < Directions; i++)
        {
            Tensor direction = randn_like(point);
            direction /= direction.norm();
            double LossAt(double distance) => AttackLossByHand.Of(module.forward(point + (direction * distance)), labels, targets, kinds).sum().item<double>();

            double difference = (LossAt(DirectionalStep) - LossAt(-DirectionalStep)) / (2 * DirectionalStep);

            difference.ShouldBe((slope * direction).sum().item<double>(), DirectionalDifferences * scale, $"{what}, direction {i}");
        }
    }

    /// <summary>Labels, targets and losses that take turns: every loss that exists, without and with a target.</summary>
    public static (long[] Labels, long[] Targets, long[] Kinds) Attacks(long batch, int logitCount)
    {
        int classes = Math.Max(2, logitCount);
        int kinds = classes >= 4 ? 3 : 2;
        long[] rows = [.. Enumerable.Range(0, (int)batch).Select(i => (long)i)];
        return (
            [.. rows.Select(i => i % classes)],
            [.. rows.Select(i => i / kinds % 2 == 0 ? -1 : ((i % classes) + 1) % classes)],
            [.. rows.Select(i => i % kinds)]);
    }

    /// <summary>Outputs of a graph in ONNX Runtime.</summary>
    public static IReadOnlyDictionary<string, ConstantTensor> InOnnxRuntime(OnnxGraph graph, IReadOnlyDictionary<string, ConstantTensor> inputs)
    {
        // As the file stands: the session's own rewriting is not under test.
        using OnnxSession session = OnnxSession.Load(OnnxModelFile.ToBytes(graph), graph.Name, new() { Optimization = GraphOptimization.Basic });
        return session.Run([.. inputs.Select(pair => OnnxTensor.CreateRaw(pair.Key, pair.Value.Element, pair.Value.Sizes, pair.Value.Bytes))])
            .ToDictionary(output => output.Name, output => new ConstantTensor(output.ElementType, output.Shape, output.Data));
    }

    /// <summary>Outputs of a graph in TorchSharp, in evaluation.</summary>
    public static IReadOnlyDictionary<string, ConstantTensor> InTorchSharp(OnnxGraph graph, IReadOnlyDictionary<string, ConstantTensor> inputs, ScalarType type)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradients = no_grad();
        using GraphModule module = Module(graph, type);
        return module.Execute(inputs.ToDictionary(pair => pair.Key, pair => Converted(pair.Value, type)))
            .ToDictionary(pair => pair.Key, pair => TorchTensors.ToConstant(pair.Value));
    }

    /// <summary>Logits, losses and the gradient of their sum by TorchSharp's autograd, as double-precision tensors where <paramref name="type"/> is double.</summary>
    public static (ConstantTensor Logits, ConstantTensor Loss, ConstantTensor Gradient) Autograd(
        OnnxGraph graph, ConstantTensor input, long[] labels, long[] targets, long[] kinds, ScalarType type)
    {
        using DisposeScope scope = NewDisposeScope();
        using GraphModule module = Module(graph, type);
        Tensor point = Converted(input, type).requires_grad_();
        Tensor logits = module.forward(point);
        Tensor loss = AttackLossByHand.Of(logits, labels, targets, kinds);
        Tensor gradient = autograd.grad([loss.sum()], [point])[0];
        return (TorchTensors.ToConstant(logits), TorchTensors.ToConstant(loss), TorchTensors.ToConstant(gradient));
    }

    private static GraphModule Module(OnnxGraph graph, ScalarType type)
    {
        GraphModule module = new(graph);
        module.to(type);
        module.eval();
        return module;
    }

    private static Tensor Converted(ConstantTensor constant, ScalarType type)
    {
        Tensor tensor = TorchTensors.ToTorch(constant);
        return constant.Element == ElementType.Float ? tensor.to(type) : tensor;
    }

    private static Dictionary<string, ConstantTensor> AsDouble(IReadOnlyDictionary<string, ConstantTensor> tensors) => tensors.ToDictionary(pair => pair.Key, pair => AsDouble(pair.Value));

    private static ConstantTensor AsDouble(ConstantTensor constant) => ConstantTensor.Of<double>(Agreement.Numbers(constant), constant.Sizes);
}
