using System.Runtime.InteropServices;
using GradientDynamics.Onnx.Graph;
using TorchSharp;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Execution;

/// <summary>A value that is the same in every execution, as numbers on the host: shapes, axes, pads and bounds are read once.</summary>
internal sealed record HostValue(long[]? Integers, double? Number);

/// <summary>A node of a plan: where its inputs and outputs stand (-1 where absent), and which values nobody uses after it.</summary>
internal sealed class PlanStep(GraphNode node, NodeExecution execute, int[] inputs, int[] outputs, HostValue?[] constants, bool isStill)
{
    public GraphNode Node { get; } = node;

    public NodeExecution Execute { get; } = execute;

    public int[] Inputs { get; } = inputs;

    public int[] Outputs { get; } = outputs;

    public HostValue?[] Constants { get; } = constants;

    // Whether the node has no training form here.
    public bool IsStill { get; } = isStill;

    public int[] LastUses { get; set; } = [];
}

/// <summary>
/// A graph made ready for repeated execution: every value has a place in an array, nodes that depend on constants alone have been executed,
/// nodes that no output needs are gone, and a value is disposed after its last use (autograd keeps what it needs itself).
/// </summary>
internal sealed class ExecutionPlan
{
    // More elements than any shape, axes or pads operand has; larger constants are data and stay tensors.
    private const int LargestHostValue = 1024;

    // What these give differs from one execution to the next, or between training and inference.
    private static readonly HashSet<string> NotFolded = new(StringComparer.Ordinal) { "BatchNormalization", "Dropout" };

    // These make many elements of few. Where inference does not know how many, they are executed only when they are needed.
    private static readonly HashSet<string> Enlarging = new(StringComparer.Ordinal) { "ConstantOfShape", "Expand", "OneHot", "Pad", "Range", "Resize", "Tile" };

    // A constant that is larger than this, and than what it is computed from, is not computed before it is needed: its size is a number in a file.
    private const long LargestFoldedBytes = 64 << 20;

    private readonly PlanStep[] _steps;
    private readonly PlanStep[] _foldedSteps;
    private readonly int[] _inputs;
    private readonly int[] _outputs;
    private readonly int[] _initializers;
    private readonly int[] _constants;
    private readonly bool[] _kept;

    private ExecutionPlan(PlanStep[] steps, PlanStep[] foldedSteps, int[] inputs, int[] outputs, int[] initializers, int[] constants, Dictionary<string, int> places, int count)
    {
        _steps = steps;
        _foldedSteps = foldedSteps;
        _inputs = inputs;
        _outputs = outputs;
        _initializers = initializers;
        _constants = constants;
        Places = places;
        ValueCount = count;
        _kept = new bool[count];
        foreach (int place in (IEnumerable<int>)[.. inputs, .. initializers, .. constants])
        {
            _kept[place] = true;
        }
    }

    /// <summary>Number of places.</summary>
    public int ValueCount { get; }

    /// <summary>Places of all values.</summary>
    public IReadOnlyDictionary<string, int> Places { get; }

    /// <summary>Makes the plan of a graph. Initializers in <paramref name="trained"/> are not constants; nodes in <paramref name="still"/> mean in training what they mean in evaluation.</summary>
    /// <exception cref="UnsupportedOperatorException">A node's operator cannot be executed.</exception>
    public static ExecutionPlan Compile(OnnxGraph graph, IReadOnlyDictionary<string, Tensor> initializers, IReadOnlySet<string> trained, IReadOnlySet<GraphNode> still, IReadOnlyDictionary<string, TensorType> types)
    {
        Dictionary<string, int> places = new(StringComparer.Ordinal);
        int Place(string name)
        {
            if (name.Length > 0 && !places.ContainsKey(name))
            {
                places.Add(name, places.Count);
            }

            return name.Length > 0 ? places[name] : -1;
        }

        int[] inputs = [.. graph.Inputs.Select(input => Place(input.Name))];
        Dictionary<string, int> initializerPlaces = initializers.Keys.ToDictionary(name => name, Place, StringComparer.Ordinal);
        int valueCount = inputs.Length + initializerPlaces.Count + graph.Nodes.Sum(node => node.Outputs.Count);

        HashSet<string> needed = NeededValues(graph);
        Tensor?[] known = new Tensor?[valueCount];
        foreach ((string name, int place) in initializerPlaces)
        {
            known[place] = trained.Contains(name) ? null : initializers[name];
        }

        List<PlanStep> steps = new(graph.Nodes.Count);
        List<PlanStep> foldedSteps = [];
        foreach (GraphNode node in graph.Nodes)
        {
            NodeExecution execute = TorchOperators.Compile(node);
            if (!node.Outputs.Any(needed.Contains))
            {
                continue;
            }

            int[] nodeInputs = [.. node.Inputs.Select(Place)];
            int[] nodeOutputs = [.. node.Outputs.Select(output => needed.Contains(output) ? Place(output) : -1)];
            HostValue?[] constants = [.. nodeInputs.Select(place => place < 0 || known[place] is not { } tensor ? null : ReadHostValue(tensor))];
            PlanStep step = new(node, execute, nodeInputs, nodeOutputs, constants, still.Contains(node));
            if (!NotFolded.Contains(node.Operator) && Array.TrueForAll(nodeInputs, place => place < 0 || known[place] is not null) && IsSmall(node, nodeInputs, known, types))
            {
                using IDisposable noGradients = no_grad();
                Execute(step, known, new(Training: false, ScalarType.Float32));
                foldedSteps.Add(step);
            }
            else
            {
                steps.Add(step);
            }
        }

        HashSet<int> foldedPlaces = [.. foldedSteps.SelectMany(step => step.Outputs).Where(place => place >= 0)];
        foreach (int place in foldedPlaces)
        {
            known[place]!.Dispose();
        }

        int[] outputs = [.. graph.Outputs.Select(output => places[output.Name])];
        int[] constantsInUse = [.. outputs.Concat(steps.SelectMany(step => step.Inputs)).Where(foldedPlaces.Contains).Distinct()];
        ExecutionPlan plan = new([.. steps], [.. foldedSteps], inputs, outputs, [.. initializerPlaces.Values], constantsInUse, places, valueCount);
        plan.FindLastUses();
        return plan;
    }

    /// <summary>
    /// Executes what depends on constants alone, on the CPU with the graph's Float as <paramref name="floatType"/>: the results by place, which
    /// the caller owns. <paramref name="values"/> holds the initializers.
    /// </summary>
    public Dictionary<int, Tensor> ComputeConstants(ReadOnlySpan<Tensor?> values, ScalarType floatType)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradients = no_grad();
        var computed = new Tensor?[ValueCount];
        foreach (int place in _initializers)
        {
            computed[place] = values[place]?.to(CPU);
        }

        foreach (PlanStep step in _foldedSteps)
        {
            Execute(step, computed, new(Training: false, floatType));
        }

        return _constants.ToDictionary(place => place, place => computed[place]!.alias().DetachFromDisposeScope());
    }

    /// <summary>
    /// Executes the plan over <paramref name="values"/>, which holds initializers, constants and inputs at their places; the outputs are new
    /// handles that the caller owns, also where an output is an input or an initializer.
    /// </summary>
    public Tensor[] Run(Tensor?[] values, ReadOnlySpan<Tensor> inputs, ExecutionMode mode)
    {
        for (int i = 0; i < _inputs.Length; i++)
        {
            values[_inputs[i]] = inputs[i];
        }

        try
        {
            foreach (PlanStep step in _steps)
            {
                Execute(step, values, mode);
                foreach (int place in step.LastUses)
                {
                    values[place]!.Dispose();
                    values[place] = null;
                }
            }
        }
        catch
        {
            for (int place = 0; place < values.Length; place++)
            {
                if (!_kept[place])
                {
                    values[place]?.Dispose();
                }
            }

            throw;
        }

        var outputs = new Tensor[_outputs.Length];
        for (int i = 0; i < outputs.Length; i++)
        {
            Tensor output = values[_outputs[i]]!;
            outputs[i] = _kept[_outputs[i]] || Array.IndexOf(_outputs, _outputs[i]) < i ? output.alias() : output;
        }

        return outputs;
    }

    private static bool IsSmall(GraphNode node, int[] inputs, Tensor?[] known, IReadOnlyDictionary<string, TensorType> types)
    {
        long given = inputs.Where(place => place >= 0).Sum(place => known[place]!.numel() * known[place]!.element_size());
        return node.Outputs.Where(output => output.Length > 0).All(output => types[output].Shape?.ElementCount is { } count
            ? count * types[output].Element.Size <= Math.Max(given, LargestFoldedBytes)
            : !Enlarging.Contains(node.Operator));
    }

    private static void Execute(PlanStep step, Tensor?[] values, ExecutionMode mode)
    {
        try
        {
            if (WideUnsigned.Applies(step, values))
            {
                WideUnsigned.Execute(step, values, mode);
            }
            else
            {
                step.Execute(new(values, step, mode));
            }
        }
        catch (Exception error) when (error is ExternalException or ArgumentException or IndexOutOfRangeException)
        {
            string reason = error.Message.ReplaceLineEndings("\n").Split('\n', 2)[0];
            if (reason.Contains("can't allocate memory", StringComparison.Ordinal) || reason.Contains("out of memory", StringComparison.Ordinal))
            {
                throw new InsufficientMemoryException($"Node {step.Node}: {reason}", error);
            }

            throw new InvalidModelException($"Node {step.Node} cannot be executed on {Describe(step, values)}: {reason}", error);
        }
    }

    private static string Describe(PlanStep step, Tensor?[] values) =>
        string.Join(", ", step.Inputs.Where(place => place >= 0).Select(place => values[place] is { } tensor ? $"{tensor.dtype}[{string.Join(", ", tensor.shape)}]" : "?"));

    private static HashSet<string> NeededValues(OnnxGraph graph)
    {
        HashSet<string> needed = new(graph.Outputs.Select(output => output.Name), StringComparer.Ordinal);
        foreach (GraphNode node in graph.Nodes.Reverse().Where(node => node.Outputs.Any(needed.Contains)))
        {
            needed.UnionWith(node.Uses);
        }

        return needed;
    }

    private static HostValue? ReadHostValue(Tensor tensor)
    {
        long count = tensor.numel();
        if (count > LargestHostValue)
        {
            return null;
        }

        return new(tensor.is_floating_point() ? null : TorchTensors.ReadIntegers(tensor), count == 1 ? TorchTensors.ReadNumber(tensor) : null);
    }

    private void FindLastUses()
    {
        HashSet<int> seen = [.. _outputs];
        foreach (PlanStep step in _steps.Reverse())
        {
            // An output that nobody uses is never stored, so whatever is stored is released at its last use.
            step.LastUses = [.. step.Inputs.Where(place => place >= 0 && !_kept[place] && seen.Add(place))];
        }
    }
}
