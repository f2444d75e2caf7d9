using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Gradients;

/// <summary>What a gradient rule sees: one node of the forward graph, the gradients of its outputs, and the graph that it writes to.</summary>
internal sealed class GradientContext(Backpropagation pass, GraphNode node)
{
    // Kernels and images of networks have far fewer; a quarter of a GiB in the widest type.
    private const int LargestConstant = 1 << 24;

    /// <summary>The graph that the rule adds nodes to.</summary>
    public GradientGraph Graph => pass.Graph;

    /// <summary>The node that is differentiated.</summary>
    public GraphNode Node => node;

    /// <summary>Element type of the first output, and so of its gradient.</summary>
    public ElementType Element => pass.TypeOf(Output()).Element is var element && element != ElementType.Undefined
        ? element
        : throw Unsupported($"the element type of '{Output()}' is not known");

    /// <summary>Name of the input at <paramref name="index"/>.</summary>
    public string Input(int index) => node.Input(index) ?? throw Unsupported($"its input {index} is absent");

    /// <summary>Name of the output at <paramref name="index"/>.</summary>
    public string Output(int index = 0) => node.Output(index) ?? throw Unsupported($"its output {index} is absent");

    /// <summary>Whether a gradient passes through the input to the model's input.</summary>
    public bool NeedsGradient(int index) => node.Input(index) is { } name && pass.IsActive(name);

    /// <summary>Gradient with respect to an output.</summary>
    public string OutputGradient(int index = 0) => Graph.Materialize(pass.GradientOf(Output(index)), () => OutputShape(index).Rank);

    /// <summary>Gradient with respect to the first output, whose channel factor the rule multiplies in itself.</summary>
    public ValueGradient UnscaledOutputGradient() => pass.GradientOf(Output());

    /// <summary>Whether the loss depends on an output.</summary>
    public bool HasOutputGradient(int index) => node.Output(index) is { } name && pass.HasGradient(name);

    /// <summary>Shape of an input, whose rank must be known.</summary>
    public TensorShape InputShape(int index) => ShapeOf(Input(index));

    /// <summary>Shape of an input, or null where not even its rank is known.</summary>
    public TensorShape? InputShapeIfKnown(int index) => pass.TypeOf(Input(index)).Shape;

    /// <summary>Shape of an output, whose rank must be known.</summary>
    public TensorShape OutputShape(int index = 0) => ShapeOf(Output(index));

    /// <summary>Element type of an input.</summary>
    public ElementType InputElement(int index) => pass.TypeOf(Input(index)).Element;

    /// <summary>The elements of an input that is an initializer or a constant, or null.</summary>
    public ConstantTensor? Constant(int index) => node.Input(index) is { } name ? pass.ConstantOf(name) : null;

    /// <summary>The integers of an optional input; null where it is absent.</summary>
    /// <exception cref="UnsupportedOperatorException">The input is computed.</exception>
    public long[]? ConstantIntegers(int index, string what)
    {
        if (node.Input(index) is null)
        {
            return null;
        }

        return Constant(index) switch
        {
            { Element: ElementType.Int64 } tensor => tensor.AsSpan<long>().ToArray(),
            { Element: ElementType.Int32 } tensor => [.. tensor.AsSpan<int>().ToArray().Select(value => (long)value)],
            _ => throw Unsupported($"its {what} '{Input(index)}' is computed; a constant is accepted"),
        };
    }

    /// <summary>Adds to the gradient of an input.</summary>
    public void SetInputGradient(int index, string gradient, string? channelFactor = null) => pass.Accumulate(Input(index), new(gradient, channelFactor));

    /// <summary>Adds to the gradient of an input, which comes in the broadcast shape of the first output.</summary>
    public void SetBroadcastInputGradient(int index, string gradient) => SetInputGradient(
        index, BroadcastReduction.Emit(Graph, gradient, pass.TypeOf(Output()).Shape, Input(index), pass.TypeOf(Input(index)).Shape));

    /// <summary>Adds to the gradient of any value in front of this node.</summary>
    public void SetGradient(string value, string gradient) => pass.Accumulate(value, new(gradient));

    /// <summary>The node that produces an input, where this node is the only one through which the input's gradient comes; else null.</summary>
    public GraphNode? SoleProducer(int index) => pass.SoleProducer(Input(index));

    /// <summary>Name of an optional output of the forward node, which is added to the node where it is absent, then with the attributes given.</summary>
    public string ForwardOutput(int index, NodeAttributes? attributes = null) => pass.ForwardOutput(node, index, attributes);

    /// <summary>The input at <paramref name="index"/> in a formula.</summary>
    public Term InputTerm(int index) => new(Graph, Element, Input(index));

    /// <summary>The first output in a formula.</summary>
    public Term OutputTerm() => new(Graph, Element, Output());

    /// <summary>The gradient with respect to the first output in a formula.</summary>
    public Term OutputGradientTerm() => new(Graph, Element, OutputGradient());

    /// <summary>
    /// Records that the gradient passes the node straight through: the node's output is constant almost everywhere, and its gradient is taken
    /// as if it followed its input.
    /// </summary>
    public void RecordStraightThrough() => pass.RecordStraightThrough(node);

    /// <summary>Refuses a gradient through an input for which the rule has none.</summary>
    public void RequireNoGradient(int index, string what)
    {
        if (NeedsGradient(index))
        {
            throw Unsupported($"its {what} '{Input(index)}' depends on the differentiated input, and there is no rule for that");
        }
    }

    /// <summary>Refuses a gradient that takes a constant of more elements than a graph should hold: sizes in a file may be any numbers.</summary>
    public int ConstantLength(Int128 elements) => elements <= LargestConstant
        ? (int)elements
        : throw Unsupported($"a constant of {elements} elements would be needed; at most {LargestConstant} are accepted");

    /// <summary>The error for a form of the operator that has no rule.</summary>
    public UnsupportedOperatorException Unsupported(string reason) => new($"Node {node} cannot be differentiated: {reason}.");

    private TensorShape ShapeOf(string value) => pass.TypeOf(value).Shape ?? throw Unsupported($"the rank of '{value}' is not known");
}
