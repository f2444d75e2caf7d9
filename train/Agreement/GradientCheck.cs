using GradientDynamics.Onnx.Gradients;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Operators;
using GradientDynamics.Onnx.Runtime;
using GradientDynamics.Train.Execution;
using TorchSharp;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Agreement;

/// <summary>What became of the check of a gradient.</summary>
internal enum GradientOutcome
{
    /// <summary>It agrees with what it was compared with.</summary>
    Agrees,

    /// <summary>It does not.</summary>
    Differs,

    /// <summary>Nothing was compared; the reason says why.</summary>
    NotChecked,
}

/// <summary>How large what is differentiated is, and so how far rounding moves its gradient.</summary>
internal enum GradientScope
{
    /// <summary>A few operators.</summary>
    Operator,

    /// <summary>A whole network.</summary>
    Model,
}

/// <summary>A gradient against finite differences or, where they say nothing, against autograd.</summary>
/// <param name="Input">The input that was differentiated.</param>
/// <param name="Outcome">What became of it.</param>
/// <param name="How">Whose gradient it was: the gradient graph's in ONNX Runtime or, where that does not run it, in TorchSharp; or TorchSharp's autograd alone, where there is no gradient graph.</param>
/// <param name="ComparedWith">What it was compared with: <c>finite differences</c>, or <c>autograd</c> where it passes a node straight through, which differences do not; null where nothing was compared.</param>
/// <param name="LargestError">Largest relative error; null where nothing was compared or it is no number.</param>
/// <param name="Reason">Why it differs or was not checked, or why less was checked.</param>
internal sealed record InputGradientCheck(string Input, GradientOutcome Outcome, string? How, string? ComparedWith, double? LargestError, string? Reason)
{
    /// <summary>A gradient that was not checked, and why.</summary>
    public static InputGradientCheck NotChecked(string input, string? reason) => new(input, GradientOutcome.NotChecked, null, null, null, reason);
}

/// <summary>
/// The gradient of a random projection of a graph's outputs with respect to each input of floating point: by the gradient graph and by autograd, both in TorchSharp in double precision, against
/// central differences of TorchSharp's execution; and by the gradient graph in ONNX Runtime, in the graph's own precision, against the former.
/// </summary>
/// <remarks>
/// Differences need a point away from kinks, and cases like to sit on them: numbers move towards 0 by up to 1 % (which keeps their sign and any bound on their magnitude), and zeros become
/// positive numbers of up to 0.01. Where the slopes to the two sides still differ, the check is not made, and says so.
/// </remarks>
internal sealed class GradientCheck
{
    /// <summary>What the gradient is compared with where no node passes it straight through.</summary>
    public const string WithDifferences = "finite differences";

    /// <summary>What it is compared with where a node does.</summary>
    public const string WithAutograd = "autograd";

    private const string InRuntime = "ONNX Runtime";
    private const string InTorch = "TorchSharp";
    private const string AutogradAlone = "autograd";

    // Single precision has 6e-8; gradients of normalisations and softmax lose some three digits where terms cancel. An operator's fault is of the order of 1.
    private const double SinglePrecision = 1e-3;

    // Of whole networks, by the Euclidean norm: a ReLU whose input rounds to the other side of 0 moved 4.6e-3 of ResNet-18's gradient, which is no fault of anybody's.
    private const double SinglePrecisionOfModels = 2e-2;

    // What cancels to 0 exactly in double precision leaves rounding errors in single precision, relative to the projections, which are of the size of 1.
    private const double Nothing = 1e-5;

    // Constants of a graph are single-precision numbers, the slopes of an Elu as well as the 2/√π of Erf's gradient; autograd's are double. Each is off by 6e-8, and some are multiplied.
    private const double ConstantPrecision = 1e-6;

    private readonly GraphModule _module;
    private readonly IReadOnlyDictionary<string, ConstantTensor> _projections;
    private readonly IReadOnlyDictionary<string, ConstantTensor> _point;
    private readonly Random _random;
    private readonly GradientScope _scope;

    private GradientCheck(GraphModule module, IReadOnlyDictionary<string, ConstantTensor> projections, IReadOnlyDictionary<string, ConstantTensor> point, Random random, GradientScope scope)
    {
        _module = module;
        _projections = projections;
        _point = point;
        _random = random;
        _scope = scope;
    }

    /// <summary>Checks the gradient with respect to every input of floating point.</summary>
    public static IReadOnlyList<InputGradientCheck> Run(OnnxGraph graph, IReadOnlyDictionary<string, ConstantTensor> inputs, Random random, GradientScope size = GradientScope.Operator)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(inputs);
        GraphValue[] differentiable = [.. graph.Inputs.Where(input => input.Type.Element.IsFloatingPoint)];
        InputGradientCheck[] None(string reason) => [.. differentiable.Select(input => InputGradientCheck.NotChecked(input.Name, reason))];
        if (differentiable.FirstOrDefault(input => input.Type.Element is ElementType.Float16 or ElementType.BFloat16) is { } half)
        {
            return None($"numbers of {half.Type.Element} are too coarse for differences");
        }

        using DisposeScope scope = NewDisposeScope();
        using GraphModule module = new(graph);
        module.to(ScalarType.Float64);
        module.eval();
        foreach (TorchSharp.Modules.Parameter parameter in module.parameters())
        {
            parameter.requires_grad_(false); // the weights stay as they are; only inputs are differentiated
        }

        Dictionary<string, ConstantTensor> projections = Projections(module, inputs, random);
        if (projections.Count == 0)
        {
            return None("no output is of floating point");
        }

        Dictionary<string, ProjectionGradient> gradients = new(StringComparer.Ordinal);
        Dictionary<string, string> refusals = new(StringComparer.Ordinal);
        foreach (GraphValue input in differentiable)
        {
            try
            {
                if (ProjectionGradientGraph.Derive(graph, input.Name, projections.Keys) is { } gradient)
                {
                    gradients.Add(input.Name, gradient);
                }
            }
            catch (UnsupportedOperatorException error)
            {
                refusals.Add(input.Name, error.Message);
            }
        }

        Dictionary<string, ConstantTensor> point = inputs.ToDictionary(
            pair => pair.Key, pair => gradients.ContainsKey(pair.Key) ? AwayFromKinks(pair.Value, random) : pair.Value, StringComparer.Ordinal);
        GradientCheck check = new(module, projections, point, random, size);
        return [.. differentiable.Select(input => check.Of(input.Name, gradients.GetValueOrDefault(input.Name), refusals.GetValueOrDefault(input.Name)))];
    }

    private InputGradientCheck Of(string input, ProjectionGradient? graph, string? refusal)
    {
        // Where there is no gradient graph, nobody knows which nodes the gradient passes.
        string? straightThrough = graph is not null ? (graph.StraightThrough.Count > 0 ? graph.StraightThrough[0] : null)
            : refusal is null ? null
            : _module.Graph.Nodes.FirstOrDefault(node => OperatorSupport.GradientOf(node) == GradientSupport.StraightThrough)?.ToString();
        using DisposeScope scope = NewDisposeScope();
        if (!TryAutograd(input, trackedOnly: refusal is not null, out Tensor autograd, out IReadOnlyDictionary<string, ConstantTensor> projections, out string? obstacle))
        {
            return InputGradientCheck.NotChecked(input, refusal ?? obstacle);
        }

        using IDisposable noGradients = no_grad();
        string comparedWith = straightThrough is null ? WithDifferences : WithAutograd;
        InputGradientCheck Agrees(string how, double? error, string? reason) => new(input, GradientOutcome.Agrees, how, comparedWith, error, reason);
        InputGradientCheck Differs(string how, double? error, string reason) => new(input, GradientOutcome.Differs, how, comparedWith, error, reason);

        double? slopeError = null;
        (Tensor? exact, string? notExecuted) = graph is null ? (null, null) : InTorchSharp(graph);
        if (straightThrough is null)
        {
            DirectionalDifference difference = DirectionalDifference.Measure(ToDouble(_point)[input], exact ?? autograd, moved => ProjectedAt(input, moved, projections), _random);
            if (difference.Obstacle is not null)
            {
                return InputGradientCheck.NotChecked(input, difference.Obstacle);
            }

            if (!difference.Holds)
            {
                string whose = exact is null ? AutogradAlone : InTorch;
                return Differs(whose, Number(difference.LargestError), $"the gradient with respect to '{input}' ({whose}) differs from finite differences by {difference.LargestError:G3}, relatively; accepted is {DirectionalDifference.Tolerance:G3}");
            }

            slopeError = difference.LargestError;
        }

        double largest = autograd.numel() == 0 ? 0 : autograd.abs().max().item<double>();
        if (exact is not null && Distance(exact, autograd) is var fromAutograd && !(fromAutograd <= ConstantPrecision * (largest + 1)))
        {
            return Differs(InTorch, Number(fromAutograd), $"the gradient with respect to '{input}' differs between the gradient graph and autograd by {fromAutograd:G3}; accepted is {ConstantPrecision * (largest + 1):G3}");
        }

        string? reason = straightThrough is null ? null : $"node {straightThrough} passes gradients straight through, which differences do not; the gradient graph was compared with autograd";
        if (graph is null)
        {
            return straightThrough is null
                ? Agrees(AutogradAlone, slopeError, refusal)
                : InputGradientCheck.NotChecked(input, refusal ?? $"node {straightThrough} passes gradients straight through, which differences do not");
        }

        (Tensor? single, string? notRun) = InOnnxRuntime(graph);
        if (single is null)
        {
            return exact is null
                ? Agrees(AutogradAlone, slopeError, $"{notExecuted} {notRun}")
                : Agrees(InTorch, slopeError, reason ?? notRun);
        }

        bool isModel = _scope == GradientScope.Model;
        double size = isModel ? autograd.norm().item<double>() : largest;
        double allowed = ((isModel ? SinglePrecisionOfModels : SinglePrecision) * size) + Nothing;
        double distance = Distance(single, exact ?? autograd, euclidean: isModel);
        // What is not a number holds nowhere: the comparison is false for NaN.
        return distance <= allowed
            ? Agrees(InRuntime, size == 0 ? 0 : Number(distance / size), reason)
            : Differs(InRuntime, Number(distance), $"the gradient with respect to '{input}' differs between ONNX Runtime and double precision by {distance:G3}; accepted is {allowed:G3}");
    }

    // The projection at a point that differs in one input, and the sum of the magnitudes of its terms; null where it does not exist or the outputs have another shape there.
    private (double Value, double Magnitude)? ProjectedAt(string input, Tensor moved, IReadOnlyDictionary<string, ConstantTensor> projections)
    {
        using DisposeScope scope = NewDisposeScope();
        Dictionary<string, Tensor> values = ToDouble(_point);
        values[input] = moved;
        IReadOnlyDictionary<string, Tensor> outputs;
        try
        {
            outputs = _module.Execute(values);
        }
        catch (InvalidModelException)
        {
            return null; // an operand that is a setting, such as a ratio, has no value there
        }

        Dictionary<string, Tensor> coefficients = ToDouble(projections);
        if (coefficients.Any(pair => !outputs[pair.Key].shape.AsSpan().SequenceEqual(pair.Value.shape)))
        {
            return null;
        }

        Tensor[] terms = [.. coefficients.Select(pair => outputs[pair.Key] * pair.Value)];
        return (terms.Sum(term => term.sum().item<double>()), terms.Sum(term => term.abs().sum().item<double>()));
    }

    // Autograd's gradient and the outputs of whose projection it is: all of them, or those that autograd follows (the running statistics of a BatchNormalization in training it does not).
    private bool TryAutograd(string input, bool trackedOnly, out Tensor gradient, out IReadOnlyDictionary<string, ConstantTensor> projections, out string? obstacle)
    {
        Dictionary<string, Tensor> values = ToDouble(_point);
        Tensor point = values[input].detach().requires_grad_();
        values[input] = point;
        gradient = zeros_like(point).detach();
        projections = _projections;
        obstacle = null;
        IReadOnlyDictionary<string, Tensor> outputs;
        try
        {
            outputs = _module.Execute(values);
        }
        catch (InvalidModelException error)
        {
            obstacle = error.Message;
            return false;
        }

        Dictionary<string, ConstantTensor> tracked = _projections.Where(pair => outputs[pair.Key].requires_grad).ToDictionary(StringComparer.Ordinal);
        if (tracked.Count == 0 && trackedOnly)
        {
            obstacle = "autograd does not follow it";
            return false;
        }

        if (tracked.Count > 0)
        {
            projections = trackedOnly ? tracked : projections;
            Tensor sum = ToDouble(tracked).Select(pair => (outputs[pair.Key] * pair.Value).sum()).Aggregate((total, term) => total + term);
            gradient = torch.autograd.grad([sum], [point])[0].detach();
        }

        return true;
    }

    private (Tensor? Gradient, string? Reason) InTorchSharp(ProjectionGradient graph)
    {
        try
        {
            using GraphModule companion = new(graph.Graph);
            companion.to(ScalarType.Float64);
            companion.eval();
            return (companion.Execute(ToDouble(InputsOf(graph)))[graph.Gradient], null);
        }
        catch (UnsupportedOperatorException error)
        {
            return (null, error.Message);
        }
    }

    private (Tensor? Gradient, string? Reason) InOnnxRuntime(ProjectionGradient graph)
    {
        try
        {
            // As the file stands: ONNX Runtime's own rewriting is not what is checked.
            using OnnxSession session = OnnxSession.Load(OnnxModelFile.ToBytes(graph.Graph), graph.Graph.Name, new() { Optimization = GraphOptimization.Basic });
            OnnxTensor output = session.Run([.. InputsOf(graph).Select(pair => OnnxTensor.CreateRaw(pair.Key, pair.Value.Element, pair.Value.Sizes, pair.Value.Bytes))])[0];
            using Tensor held = TorchTensors.ToTorch(new(output.ElementType, output.Shape, output.Data));
            return (held.to(ScalarType.Float64), null);
        }
        catch (Exception error) when (error is InvalidModelException or ModelRunException)
        {
            // It has no kernel for some operator in this type, or does not know the operator yet.
            return (null, $"ONNX Runtime does not run the gradient graph: {error.Message}");
        }
    }

    private Dictionary<string, ConstantTensor> InputsOf(ProjectionGradient graph)
    {
        Dictionary<string, ConstantTensor> inputs = new(_point, StringComparer.Ordinal);
        foreach ((string output, ConstantTensor projection) in _projections)
        {
            inputs.Add(graph.Projections[output], projection);
        }

        return inputs;
    }

    private static double Distance(Tensor one, Tensor other, bool euclidean = false) => !one.shape.AsSpan().SequenceEqual(other.shape) ? double.NaN
        : one.numel() == 0 ? 0
        : euclidean ? (one - other).norm().item<double>()
        : (one - other).abs().max().item<double>();

    // A tensor per output of floating point, of numbers between 0.5 and 1.5 of either sign: none is near 0, so that no part of an output goes unseen.
    private static Dictionary<string, ConstantTensor> Projections(GraphModule module, IReadOnlyDictionary<string, ConstantTensor> inputs, Random random)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradients = no_grad();
        IReadOnlyDictionary<string, Tensor> outputs = module.Execute(ToDouble(inputs));
        Dictionary<string, ConstantTensor> projections = new(StringComparer.Ordinal);
        foreach (GraphValue output in module.Graph.Outputs)
        {
            if (!outputs[output.Name].is_floating_point() || outputs[output.Name].numel() == 0 || !output.Type.Element.IsFloatingPoint)
            {
                continue;
            }

            float[] numbers = new float[outputs[output.Name].numel()];
            for (int i = 0; i < numbers.Length; i++)
            {
                numbers[i] = (0.5f + random.NextSingle()) * (random.Next(2) == 0 ? 1 : -1);
            }

            ConstantTensor coefficients = ConstantTensor.Of<float>(numbers, outputs[output.Name].shape);
            projections.Add(output.Name, output.Type.Element == ElementType.Float ? coefficients : Converted(coefficients, output.Type.Element));
        }

        return projections;
    }

    private static ConstantTensor AwayFromKinks(ConstantTensor tensor, Random random)
    {
        static double Moved(double number, double share) => number == 0 ? 0.01 * share : number * (1 - (0.01 * share));
        return tensor.Element == ElementType.Float
            ? ConstantTensor.Of<float>(Array.ConvertAll(tensor.AsSpan<float>().ToArray(), number => (float)Moved(number, 1 - random.NextDouble())), tensor.Sizes)
            : ConstantTensor.Of<double>(Array.ConvertAll(tensor.AsSpan<double>().ToArray(), number => Moved(number, 1 - random.NextDouble())), tensor.Sizes);
    }

    private static Dictionary<string, Tensor> ToDouble(IReadOnlyDictionary<string, ConstantTensor> tensors) => tensors.ToDictionary(
        pair => pair.Key,
        pair =>
        {
            using Tensor held = TorchTensors.ToTorch(pair.Value);
            return pair.Value.Element == ElementType.Float ? held.to(ScalarType.Float64) : held.alias();
        },
        StringComparer.Ordinal);

    private static ConstantTensor Converted(ConstantTensor tensor, ElementType element)
    {
        using Tensor converted = TorchTensors.ToTorch(tensor);
        return TorchTensors.ToConstant(converted, element);
    }

    private static double? Number(double number) => double.IsFinite(number) ? number : null;
}
