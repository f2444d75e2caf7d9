using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Gradients;

/// <summary>
/// Reverse-mode differentiation of a graph between one input and one value. Only what lies between the two is visited, and only values
/// through which a gradient really passes get one: no weight gradients.
/// </summary>
internal sealed class Backpropagation
{
    private readonly TypeScope _scope;
    private readonly Dictionary<string, GraphNode> _producers = new(StringComparer.Ordinal);
    private readonly HashSet<string> _active;
    private readonly List<GraphNode> _needed = [];
    private readonly Dictionary<string, int> _paths = new(StringComparer.Ordinal);
    private readonly Dictionary<GraphNode, GraphNode> _extended = [];
    private readonly List<StraightThroughNode> _straightThrough = [];
    private readonly Dictionary<string, List<ValueGradient>> _gradients = new(StringComparer.Ordinal);

    /// <summary>Prepares the pass from <paramref name="end"/> back to <paramref name="start"/>.</summary>
    public Backpropagation(OnnxGraph model, TypeScope scope, GradientGraph graph, string start, string end)
    {
        _scope = scope;
        Graph = graph;
        foreach (GraphNode node in model.Nodes)
        {
            foreach (string output in node.Outputs.Where(output => output.Length > 0))
            {
                _producers.Add(output, node);
            }
        }

        HashSet<string> used = [end];
        for (int i = model.Nodes.Count - 1; i >= 0; i--)
        {
            GraphNode node = model.Nodes[i];
            if (node.Outputs.Any(used.Contains))
            {
                _needed.Add(node);
                used.UnionWith(node.Uses);
            }
        }

        _needed.Reverse();
        _active = [start];
        foreach (GraphNode node in _needed.Where(node => !GradientRules.IsNonDifferentiable(node) && ValuesOf(node).Any(_active.Contains)))
        {
            QuantizedValues.RequireAccepted(node, node.Inputs.Where(input => _active.Contains(input) && IsInteger(input)), node.Outputs.Any(output => output.Length > 0 && IsInteger(output)));
            _active.UnionWith(node.Outputs.Where((output, index) => output.Length > 0 && CarriesGradient(node, output, index)));
            foreach (string input in ValuesOf(node).Where(_active.Contains))
            {
                _paths[input] = _paths.GetValueOrDefault(input) + 1;
            }
        }

        _paths[end] = _paths.GetValueOrDefault(end) + 1;
    }

    /// <summary>The nodes that the gradient passes straight through, from the end to the start.</summary>
    public IReadOnlyList<StraightThroughNode> StraightThroughNodes => _straightThrough;

    /// <summary>The graph that rules add nodes to.</summary>
    public GradientGraph Graph { get; }

    /// <summary>The forward nodes on which the end depends, with the optional outputs that rules asked for.</summary>
    public IEnumerable<GraphNode> ForwardNodes => _needed.Select(node => _extended.GetValueOrDefault(node, node));

    /// <summary>Whether the value depends on the start through operators that have gradients.</summary>
    public bool IsActive(string value) => _active.Contains(value);

    /// <summary>Whether the end depends on the value.</summary>
    public bool HasGradient(string value) => _gradients.ContainsKey(value);

    /// <summary>Type of a forward value.</summary>
    public TensorType TypeOf(string value) => _scope.Types[value];

    /// <summary>Elements of a value that is an initializer, a constant, or integers that follow from such and from shapes; else null.</summary>
    public ConstantTensor? ConstantOf(string value) => _scope.ConstantOf(value)
        ?? (_scope.IntegersOf(value) is { Numbers: { } numbers } integers && TypeOf(value).Element == ElementType.Int64 ? ConstantTensor.Of<long>(numbers, integers.Sizes) : null);

    /// <summary>Propagates <paramref name="gradient"/> of <paramref name="end"/> and returns the gradient of <paramref name="start"/>, or null where none arrives.</summary>
    /// <exception cref="UnsupportedOperatorException">A node through which the gradient passes has no rule.</exception>
    public string? Run(string start, string end, string gradient)
    {
        Accumulate(end, new(gradient));
        foreach (GraphNode node in Enumerable.Reverse(_needed))
        {
            if (GradientRules.IsNonDifferentiable(node) || !node.Outputs.Any(HasGradient) || !ValuesOf(node).Any(IsActive))
            {
                continue;
            }

            if (node.Attributes.Subgraphs.Any())
            {
                throw new UnsupportedOperatorException(
                    $"Node {node} holds graphs of its own, through which no gradient is derived; If, Loop and Scan are accepted where they do not depend on the differentiated input.");
            }

            if (node.Domain.Length > 0 || !GradientRules.All.TryGetValue(node.Operator, out Action<GradientContext>? rule))
            {
                throw new UnsupportedOperatorException($"Node {node} cannot be differentiated: there is no gradient rule for the operator {(node.Domain.Length > 0 ? node.Domain + "." : "")}{node.Operator}.");
            }

            Graph.Scope = node.Name.Length > 0 ? node.Name : node.Outputs.First(output => output.Length > 0);
            try
            {
                rule(new(this, node));
            }
            catch (OverflowException error)
            {
                throw new InvalidModelException($"Node {node} cannot be differentiated: its sizes are more than can be counted.", error);
            }
        }

        Graph.Scope = start;
        return HasGradient(start) ? Graph.Materialize(GradientOf(start), () => RankOf(start)) : null;
    }

    /// <summary>Gradient of a value, all contributions summed.</summary>
    public ValueGradient GradientOf(string value)
    {
        List<ValueGradient> contributions = _gradients[value];
        if (contributions.Count > 1)
        {
            string sum = contributions.Select(contribution => Graph.Materialize(contribution, () => RankOf(value))).Aggregate((total, next) => Graph.Add("Add", total, next));
            contributions.Clear();
            contributions.Add(new(sum));
        }

        return contributions[0];
    }

    /// <summary>Adds to the gradient of a value.</summary>
    public void Accumulate(string value, ValueGradient gradient)
    {
        if (!_gradients.TryGetValue(value, out List<ValueGradient>? contributions))
        {
            _gradients.Add(value, contributions = []);
        }

        contributions.Add(gradient);
    }

    /// <summary>The producer of a value that is used once on the way to the end, or null.</summary>
    public GraphNode? SoleProducer(string value) => _paths.GetValueOrDefault(value) == 1 ? _producers.GetValueOrDefault(value) : null;

    /// <summary>Name of an optional output of a forward node, which is added where it is absent, then with the attributes given.</summary>
    public string ForwardOutput(GraphNode node, int index, NodeAttributes? attributes = null)
    {
        GraphNode current = _extended.GetValueOrDefault(node, node);
        if (current.Output(index) is { } present)
        {
            return present;
        }

        List<string> outputs = [.. current.Outputs];
        while (outputs.Count <= index)
        {
            outputs.Add("");
        }

        outputs[index] = Graph.Fresh($"{outputs[0]}/output{index}");
        _extended[node] = new(node.Operator, node.Inputs, outputs, attributes ?? current.Attributes, node.Name, node.Domain);
        return outputs[index];
    }

    /// <summary>Notes that a gradient passes a node straight through.</summary>
    public void RecordStraightThrough(GraphNode node) => _straightThrough.Add(new(node.Operator, node.Name.Length > 0 ? node.Name : node.Outputs[0]));

    // A type that is not known (an operator without a schema) may be a floating-point type.
    private bool CarriesGradient(GraphNode node, string output, int index) => IsInteger(output)
        ? QuantizedValues.Carries(node, index, node.Input(0) is { } input && _active.Contains(input) && IsInteger(input))
        : !QuantizedValues.IsSetting(node, index);

    private bool IsInteger(string value) => _scope.Types[value].Element is not ElementType.Undefined and { IsFloatingPoint: false };

    // What the node uses by value: of CastLike's second input it takes the type alone.
    private static IEnumerable<string> ValuesOf(GraphNode node) => node is { Operator: "CastLike", Domain: "" } ? node.Inputs.Take(1) : node.Uses;

    private int RankOf(string value) => TypeOf(value).Shape?.Rank ?? throw new UnsupportedOperatorException($"The gradient of '{value}' cannot be formed: its rank is not known.");
}
