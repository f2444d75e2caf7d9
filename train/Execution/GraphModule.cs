using GradientDynamics.Onnx.Graph;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Execution;

/// <summary>
/// A network given as an ONNX graph, executed by TorchSharp. Its parameters are the graph's floating-point initializers but for those that
/// are frozen; its buffers are these, the running statistics of BatchNormalization, the operands that are settings
/// (<see cref="SettingOperands"/>), and the other initializers.
/// </summary>
/// <remarks>
/// In training (<c>train()</c>) BatchNormalization normalises by the batch and updates its running statistics, and Dropout drops; in
/// evaluation (<c>eval()</c>) the graph means what it means to any ONNX runtime. BatchNormalization with a frozen parameter or statistic
/// normalises by its running statistics in training too, and leaves them. A module converted to another floating-point type
/// (<c>to(ScalarType.Float64)</c>) executes the graph's Float as that type.
/// </remarks>
public sealed class GraphModule : nn.Module<Tensor, Tensor>
{
    private readonly ExecutionPlan _plan;
    private readonly (int Place, string Name, bool IsParameter)[] _registered;
    private readonly Tensor?[] _fixed;
    private ScalarType _floatType = ScalarType.Float32;
    private Device _device = CPU;
    private Dictionary<int, Tensor> _constants = [];

    /// <summary>A module that executes <paramref name="graph"/>, in training mode as every new torch module.</summary>
    /// <exception cref="UnsupportedOperatorException">An operator of the graph cannot be executed.</exception>
    /// <exception cref="InvalidModelException">An initializer or attribute is not what the operator takes.</exception>
    public GraphModule(OnnxGraph graph)
        : this(graph, frozen: new HashSet<string>())
    {
    }

    /// <summary>A module that executes <paramref name="graph"/> and whose initializers in <paramref name="frozen"/> are not trained.</summary>
    /// <exception cref="UnsupportedOperatorException">An operator of the graph cannot be executed.</exception>
    /// <exception cref="InvalidModelException">An initializer or attribute is not what the operator takes, or a frozen name is no initializer.</exception>
    public GraphModule(OnnxGraph graph, IReadOnlySet<string> frozen)
        : base(NameOf(graph))
    {
        ArgumentNullException.ThrowIfNull(frozen);
        Graph = graph;
        if (frozen.FirstOrDefault(name => !graph.Initializers.ContainsKey(name)) is { } unknown)
        {
            throw new InvalidModelException($"The graph has no initializer '{unknown}' to freeze.");
        }

        foreach (GraphNode node in graph.Nodes)
        {
            TorchOperators.RequireSupported(node);
        }

        foreach (GraphValue input in graph.Inputs)
        {
            RequireElementType($"Input '{input.Name}'", input.Type.Element);
        }

        // Operands and attributes that do not fit are refused here, by the node's name.
        IReadOnlyDictionary<string, TensorType> types = ShapeInference.Infer(graph);
        foreach (GraphNode node in graph.Nodes)
        {
            TorchOperators.RequireSupportedRank(node, types);
        }

        HashSet<string> settings = SettingOperands.Of(graph);
        HashSet<string> trained = [.. graph.Initializers.Where(pair => pair.Value.Element.IsFloatingPoint && !settings.Contains(pair.Key) && !frozen.Contains(pair.Key)).Select(pair => pair.Key)];
        HashSet<GraphNode> still = [.. graph.Nodes.Where(node => node is { Operator: "BatchNormalization", Domain: "" } && node.Inputs.Skip(1).Any(frozen.Contains))];
        HashSet<string> running = [.. SettingOperands.RunningStatisticsOf(graph).Except(still.SelectMany(node => node.Inputs))];

        List<(int Place, string Name, bool IsParameter)> registered = [];
        Dictionary<string, Tensor> initializers = graph.Initializers.ToDictionary(pair => pair.Key, pair => ToTensor(pair.Key, pair.Value), StringComparer.Ordinal);
        _plan = ExecutionPlan.Compile(graph, initializers, trained.Union(running).ToHashSet(StringComparer.Ordinal), still, types);
        foreach ((string name, Tensor tensor) in initializers)
        {
            string registeredName = ParameterNames.Encode(name);
            if (trained.Contains(name))
            {
                Parameter parameter = new(tensor);
                parameter.DetachFromDisposeScope();
                register_parameter(registeredName, parameter);
            }
            else
            {
                register_buffer(registeredName, tensor);
            }

            registered.Add((_plan.Places[name], registeredName, trained.Contains(name)));
        }

        _registered = [.. registered];
        _fixed = new Tensor?[_plan.ValueCount];
        FindFixedValues(CPU);
    }

    /// <summary>The graph as it was given; <see cref="ToGraph"/> has the current weights.</summary>
    public OnnxGraph Graph { get; }

    /// <summary>The graph's first output for its only input, as logits are for inputs.</summary>
    /// <exception cref="InputShapeException">The input is not what the graph's input states.</exception>
    public override Tensor forward(Tensor input)
    {
        if (Graph.Inputs.Count != 1)
        {
            throw new InputShapeException($"The graph has {Graph.Inputs.Count} inputs ({string.Join(", ", Graph.Inputs.Select(i => i.Name))}); one tensor was given.");
        }

        CheckInput(Graph.Inputs[0], input);
        Tensor[] outputs = _plan.Run([.. _fixed], [input], new(training, _floatType));
        for (int i = 1; i < outputs.Length; i++)
        {
            outputs[i].Dispose();
        }

        return outputs[0];
    }

    /// <summary>All outputs of the graph by name for all its inputs by name. The caller owns the outputs.</summary>
    /// <exception cref="InputShapeException">An input is missing, unknown, or not what the graph states.</exception>
    public IReadOnlyDictionary<string, Tensor> Execute(IReadOnlyDictionary<string, Tensor> inputs)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        foreach (string name in inputs.Keys.Where(name => Graph.Inputs.All(input => input.Name != name)))
        {
            throw new InputShapeException($"The graph has no input '{name}'; it has {string.Join(", ", Graph.Inputs.Select(input => $"'{input.Name}'"))}.");
        }

        var ordered = new Tensor[Graph.Inputs.Count];
        for (int i = 0; i < ordered.Length; i++)
        {
            ordered[i] = inputs.GetValueOrDefault(Graph.Inputs[i].Name) ?? throw new InputShapeException($"The graph's input {Graph.Inputs[i]} is not given.");
            CheckInput(Graph.Inputs[i], ordered[i]);
        }

        Tensor[] outputs = _plan.Run([.. _fixed], ordered, new(training, _floatType));
        Dictionary<string, Tensor> named = new(outputs.Length, StringComparer.Ordinal);
        for (int i = 0; i < outputs.Length; i++)
        {
            named.Add(Graph.Outputs[i].Name, outputs[i]);
        }

        return named;
    }

    /// <summary>The graph with the module's current weights and running statistics, in the graph's own element types: what is saved.</summary>
    public OnnxGraph ToGraph() => Graph.WithInitializers(Graph.Initializers
        .Where(pair => pair.Value.Element.IsFloatingPoint)
        .ToDictionary(pair => pair.Key, pair => TorchTensors.ToConstant(_fixed[_plan.Places[pair.Key]]!, pair.Value.Element), StringComparer.Ordinal));

    /// <summary>Takes over weights and running statistics of a graph with the same initializers, as <see cref="ToGraph"/> gives them.</summary>
    /// <exception cref="InvalidModelException">One is missing or has another shape.</exception>
    public void Load(IReadOnlyDictionary<string, ConstantTensor> weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        using IDisposable noGradients = no_grad();
        foreach ((string name, ConstantTensor old) in Graph.Initializers.Where(pair => pair.Value.Element.IsFloatingPoint))
        {
            if (!weights.TryGetValue(name, out ConstantTensor? value) || !value.Sizes.SequenceEqual(old.Sizes))
            {
                throw new InvalidModelException($"Initializer '{name}' is {old.Element}{old.Shape}; {(value is null ? "there is no value for it" : $"the new value is {value.Element}{value.Shape}")}.");
            }

            using Tensor source = TorchTensors.ToTorch(value);
            _fixed[_plan.Places[name]]!.copy_(source);
        }
    }

    /// <inheritdoc/>
    protected override void _toEpilog(ScalarType? dtype, Device? device, bool non_blocking)
    {
        base._toEpilog(dtype, device!, non_blocking);
        if (dtype is { } type && is_floating_point(type))
        {
            _floatType = type;
        }

        FindFixedValues(device ?? _device);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            foreach (Tensor constant in _constants.Values)
            {
                constant.Dispose();
            }
        }

        base.Dispose(disposing);
    }

    private static string NameOf(OnnxGraph graph)
    {
        ArgumentNullException.ThrowIfNull(graph);
        TorchRuntime.EnsureLoaded();
        return graph.Name;
    }

    private static Tensor ToTensor(string name, ConstantTensor tensor)
    {
        RequireElementType($"Initializer '{name}'", tensor.Element);
        return TorchTensors.ToTorch(tensor);
    }

    private static void RequireElementType(string what, ElementType element)
    {
        try
        {
            TorchTensors.ToScalarType(element);
        }
        catch (InvalidModelException error)
        {
            throw new InvalidModelException($"{what}: {error.Message}", error);
        }
    }

    // Conversions replace the registered tensors by others. Constants are none of the module's buffers, so that no state of the module has
    // them; they are computed anew, in the new type's precision.
    private void FindFixedValues(Device device)
    {
        _device = device;
        foreach ((int place, string name, bool isParameter) in _registered)
        {
            _fixed[place] = isParameter ? get_parameter(name) : get_buffer(name);
        }

        foreach (Tensor constant in _constants.Values)
        {
            constant.Dispose();
        }

        _constants = _plan.ComputeConstants(_fixed, _floatType);
        foreach (int place in _constants.Keys)
        {
            if (device.type != CPU.type)
            {
                using Tensor onHost = _constants[place];
                _constants[place] = onHost.to(device).DetachFromDisposeScope();
            }

            _fixed[place] = _constants[place];
        }
    }

    private void CheckInput(GraphValue input, Tensor tensor)
    {
        ScalarType type = input.Type.Element == ElementType.Float ? _floatType : TorchTensors.ToScalarType(input.Type.Element);
        if (tensor.dtype != type || (input.Type.Shape is { } shape && !Fits(shape, tensor.shape)))
        {
            throw new InputShapeException($"The graph's input is {input}; a tensor {tensor.dtype}[{string.Join(", ", tensor.shape)}] was given{(tensor.dtype == type ? "" : $", expected is {type}")}.");
        }
    }

    private static bool Fits(TensorShape shape, long[] sizes)
    {
        if (shape.Rank != sizes.Length)
        {
            return false;
        }

        for (int i = 0; i < sizes.Length; i++)
        {
            if (shape[i].Value is { } size && size != sizes[i])
            {
                return false;
            }
        }

        return true;
    }
}
