using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Opsets;

/// <summary>What a rule sees: a node in an older form, what is known of its inputs, and the nodes that it becomes.</summary>
internal sealed class OldNode(GraphNode node, TypeScope scope, FreshNames names, Func<string, bool> isUsed)
{
    private readonly List<GraphNode> _written = [];

    /// <summary>The node.</summary>
    public GraphNode Node => node;

    /// <summary>What it becomes, in order; nothing where it stays as it is.</summary>
    public IReadOnlyList<GraphNode> Written => _written;

    /// <summary>Whether another node, or a caller, uses a value.</summary>
    public bool IsUsed(string name) => isUsed(name);

    /// <summary>Name of the input at <paramref name="index"/>; empty where it is absent.</summary>
    public string Input(int index) => node.Input(index) ?? "";

    /// <summary>Element type of an input.</summary>
    /// <exception cref="UnsupportedOperatorException">It is not known.</exception>
    public ElementType Element(int index) => scope.TypeOf(Input(index))?.Element is { } element and not ElementType.Undefined
        ? element
        : throw Refuse($"the element type of its input '{Input(index)}' is not known");

    /// <summary>Shape of an input; null where not even its rank is known.</summary>
    public TensorShape? Shape(int index) => scope.TypeOf(Input(index))?.Shape;

    /// <summary>The elements of an input that is an initializer or a constant, or null.</summary>
    public ConstantTensor? Constant(int index) => scope.ConstantOf(Input(index));

    /// <summary>Adds a constant, named after the node and <paramref name="what"/>; never trained.</summary>
    public string AddConstant(string what, ConstantTensor value) => Add("Constant", what, NodeAttributes.None.With("value", value));

    /// <summary>Adds a vector of the integers of an attribute; an absent input where it is not set.</summary>
    public string AddInts(string attribute) => node.Attributes.Ints(attribute) is { } values ? AddConstant(attribute, ConstantTensor.Vector(values)) : "";

    /// <summary>Adds a node of one output, named after the old node and <paramref name="what"/>.</summary>
    public string Add(string @operator, string what, NodeAttributes attributes, params ReadOnlySpan<string> inputs)
    {
        string name = Fresh(what);
        _written.Add(new(@operator, inputs.ToArray(), [name], attributes, name));
        return name;
    }

    /// <summary>Adds a node that gives a value of the old one.</summary>
    public void Put(string @operator, NodeAttributes attributes, IEnumerable<string> inputs, string output) => _written.Add(new(@operator, inputs, [output], attributes, Fresh(@operator)));

    /// <summary>A name for a new value, after the node.</summary>
    public string Fresh(string what) => names.Fresh($"{(node.Name.Length > 0 ? node.Name : node.Outputs.FirstOrDefault(output => output.Length > 0) ?? node.Operator)}/{what}");

    /// <summary>Writes the node that takes the old one's place, name and documentation; operator, inputs and outputs are the old ones unless given.</summary>
    public void Become(NodeAttributes attributes, IEnumerable<string>? inputs = null, string? @operator = null, IEnumerable<string>? outputs = null)
    {
        string[] given = [.. inputs ?? node.Inputs];
        _written.Add(new(
            @operator ?? node.Operator,
            given[..(Array.FindLastIndex(given, input => input.Length > 0) + 1)], // no absent inputs at the end
            outputs ?? node.Outputs,
            attributes,
            node.Name)
        {
            Source = OnnxModelFile.Remarks(node),
        });
    }

    /// <summary>The error for a form that cannot be written in the newer opset, or that the older one did not have.</summary>
    public UnsupportedOperatorException Refuse(string reason) => new($"Node {node} cannot be read in the form of its opset: {reason}.");
}
