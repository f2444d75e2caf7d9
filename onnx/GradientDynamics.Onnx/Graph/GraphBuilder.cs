using GradientDynamics.Onnx.Networks;
using GradientDynamics.Onnx.Operators;

namespace GradientDynamics.Onnx.Graph;

/// <summary>
/// Builds a graph from the inputs on. Every value's type is inferred as it is added, so that a layer that does not fit is refused where it
/// stands. The same calls with the same random numbers give the same graph.
/// </summary>
/// <param name="random">Source of the parameters, seeded by the caller; null for graphs whose parameters are all given.</param>
/// <param name="initialization">How parameters are drawn.</param>
/// <param name="opset">Operator set of the nodes.</param>
public sealed class GraphBuilder(Random? random = null, Initialization initialization = Initialization.Torch, int opset = OnnxGraph.WrittenOpset)
{
    private readonly ParameterInitializer _initializer = new(random, initialization);
    private readonly List<GraphValue> _inputs = [];
    private readonly List<GraphNode> _nodes = [];
    private readonly List<KeyValuePair<string, ConstantTensor>> _parameters = [];
    private readonly Dictionary<string, IntegerTensor> _integers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ConstantTensor> _constants = new(StringComparer.Ordinal);
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _counts = new(StringComparer.Ordinal);

    /// <summary>An input of the graph: a batch of examples.</summary>
    public Value Input(string name, InputSpec spec) => Input(name, spec.Element, spec.BatchType.Shape!);

    /// <summary>An input of the graph.</summary>
    /// <exception cref="InvalidModelException">The name is taken.</exception>
    public Value Input(string name, ElementType element, TensorShape? shape)
    {
        Claim(name);
        TensorType type = new(element, shape);
        _inputs.Add(new(name, type));
        return new(name, type);
    }

    /// <summary>An initializer: trained where it is floating-point.</summary>
    /// <exception cref="InvalidModelException">The name is taken.</exception>
    public Value Parameter(string name, ConstantTensor tensor)
    {
        Claim(name);
        _parameters.Add(KeyValuePair.Create(name, tensor));
        Remember(name, IntegerTensor.Of(tensor));
        return new(name, new(tensor.Element, tensor.Shape));
    }

    /// <summary>A Constant node: never trained.</summary>
    public Value Constant(ConstantTensor tensor, string? name = null) => Add("Constant", [], NodeAttributes.None.With("value", tensor), name);

    /// <summary>A node of any operator with one output, named as the node.</summary>
    /// <exception cref="InvalidModelException">The operands or attributes do not fit, or the name is taken.</exception>
    /// <exception cref="UnsupportedOperatorException">The operator is not in <see cref="OperatorTable"/>.</exception>
    public Value Add(string @operator, IEnumerable<Value?> inputs, NodeAttributes? attributes = null, string? name = null) => AddMany(@operator, inputs, 1, attributes, name)[0];

    /// <summary>A node of any operator with several outputs; the first is named as the node, the others with the standard's output names appended.</summary>
    /// <exception cref="InvalidModelException">The operands or attributes do not fit, or the name is taken.</exception>
    /// <exception cref="UnsupportedOperatorException">The operator is not in <see cref="OperatorTable"/>.</exception>
    public IReadOnlyList<Value> AddMany(string @operator, IEnumerable<Value?> inputs, int outputs, NodeAttributes? attributes = null, string? name = null)
    {
        string nodeName = name ?? NameFor(@operator);
        if (!OperatorTable.All.TryGetValue(@operator, out OperatorSchema? schema))
        {
            throw new UnsupportedOperatorException($"Node {@operator} '{nodeName}': there is no schema for the operator {@operator}.");
        }

        Value?[] operands = [.. inputs];
        string[] outputNames = [.. Enumerable.Range(0, outputs).Select(i => i == 0 ? nodeName : i < schema.Outputs.Count ? $"{nodeName}.{schema.Outputs[i].Name}" : $"{nodeName}.{schema.Outputs[^1].Name}{i}")];
        GraphNode node = new(@operator, operands.Select(operand => operand?.Name ?? ""), outputNames, attributes, nodeName);
        OperatorCall call = new(
            node,
            opset,
            [.. operands.Select(operand => operand?.Type)],
            [.. operands.Select(operand => operand is null ? null : _integers.GetValueOrDefault(operand.Name))],
            [.. operands.Select(operand => operand is null ? null : _constants.GetValueOrDefault(operand.Name))]);
        TensorType[] types = schema.Infer(call);
        foreach (string output in outputNames)
        {
            Claim(output);
        }

        _nodes.Add(node);
        Remember(nodeName, schema.FoldWithin(call, types[0].Element));
        if (@operator == "Constant")
        {
            _constants.Add(nodeName, ConstantAttributes.Of(node).Value);
        }

        return [.. types.Zip(outputNames, (type, output) => new Value(output, type))];
    }

    /// <summary>A parameter that is no layer's weight or bias, such as an embedding, drawn as given whatever the initialization.</summary>
    /// <exception cref="InvalidModelException">The name is taken.</exception>
    public Value Parameter(string name, ElementType element, IReadOnlyList<long> sizes, ParameterDraw draw) => Parameter(name, _initializer.Draw(element, [.. sizes], draw));

    /// <summary>A fully connected layer over the last dimension with parameters name.weight [width, inputs] and name.bias, as torch's Linear.</summary>
    /// <param name="x">A matrix, or a batch of matrices.</param>
    /// <param name="width">Number of outputs.</param>
    /// <param name="name">Name of the layer.</param>
    /// <param name="published">How the network's authors draw it.</param>
    public Value Linear(Value x, int width, string name, LayerDraw? published = null) => x.Shape.Rank == 2
        ? Gemm(x, width, name, published: published)
        : Linear(x, width, name, $"{name}.weight", $"{name}.bias", published);

    /// <summary>A fully connected layer over the last dimension of a batch of matrices, with parameters of the names given.</summary>
    public Value Linear(Value x, int width, string name, string weightName, string biasName, LayerDraw? published = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        long fanIn = FixedDimension(x, x.Shape.Rank - 1, x.Shape.Rank, $"MatMul '{name}'");
        Value weight = Parameter(weightName, _initializer.Weight(x.Type.Element, [width, fanIn], published?.Weight));
        Value offset = Parameter(biasName, _initializer.Bias(x.Type.Element, width, fanIn, published?.Bias));
        Value product = MatMul(x, Transpose(weight, [1, 0], $"{name}.transposed"), $"{name}.product");
        return initialization == Initialization.Ntk ? TangentKernelLayer(product, offset, fanIn, name) : Add(product, offset, name);
    }

    /// <summary>A fully connected layer with parameters name.weight [width, inputs] and name.bias.</summary>
    public Value Gemm(Value x, int width, string name, bool bias = true, LayerDraw? published = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        long fanIn = FixedDimension(x, 1, 2, $"Gemm '{name}'");
        Value weight = Parameter($"{name}.weight", _initializer.Weight(x.Type.Element, [width, fanIn], published?.Weight));
        Value? offset = bias ? Parameter($"{name}.bias", _initializer.Bias(x.Type.Element, width, fanIn, published?.Bias)) : null;
        NodeAttributes attributes = NodeAttributes.None.With("transB", 1);
        return initialization == Initialization.Ntk
            ? TangentKernelLayer(Add("Gemm", [x, weight], attributes, $"{name}.product"), offset, fanIn, name)
            : Add("Gemm", bias ? [x, weight, offset] : [x, weight], attributes, name);
    }

    /// <summary>A convolution with a kernel of equal size in every spatial dimension and parameters name.weight [channels, channels in / group, kernel…] and name.bias.</summary>
    public Value Conv(Value x, int channels, int kernel, string name, int stride = 1, int padding = 0, int dilation = 1, int group = 1, bool bias = true, LayerDraw? published = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(channels);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(kernel);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(group);
        int space = SpatialRank(x, $"Conv '{name}'");
        long channelsIn = FixedDimension(x, 1, x.Shape.Rank, $"Conv '{name}'");
        if (channelsIn % group != 0)
        {
            throw new InvalidModelException($"Node Conv '{name}': the input {x.Type} has {channelsIn} channels, which {group} groups do not divide.");
        }

        long[] kernels = [.. Enumerable.Repeat((long)kernel, space)];
        long[] sizes = [channels, channelsIn / group, .. kernels];
        long fanIn = sizes.Skip(1).Aggregate(1L, (product, size) => checked(product * size));
        Value weight = Parameter($"{name}.weight", _initializer.Weight(x.Type.Element, sizes, published?.Weight));
        Value? offset = bias ? Parameter($"{name}.bias", _initializer.Bias(x.Type.Element, channels, fanIn, published?.Bias)) : null;
        NodeAttributes attributes = NodeAttributes.None
            .With("kernel_shape", kernels)
            .With("strides", Repeated(stride, space))
            .With("pads", Repeated(padding, 2 * space))
            .With("dilations", Repeated(dilation, space))
            .With("group", group);
        if (initialization != Initialization.Ntk)
        {
            return Add("Conv", bias ? [x, weight, offset] : [x, weight], attributes, name);
        }

        // Per channel: the bias stands beside the spatial dimensions.
        Value product = Add("Conv", [x, weight], attributes, $"{name}.product");
        Value? perChannel = offset is null ? null : Reshape(offset, [channels, .. Enumerable.Repeat(1L, space)], $"{name}.bias_per_channel");
        return TangentKernelLayer(product, perChannel, fanIn, name);
    }

    /// <summary>Batch normalisation per channel in inference form, with parameters name.weight (1) and name.bias (0) and buffers name.running_mean (0) and name.running_var (1).</summary>
    /// <param name="x">A batch.</param>
    /// <param name="name">Name of the layer.</param>
    /// <param name="momentum">Weight of the old running statistics in training; torch's default momentum 0.1 is 0.9 here.</param>
    /// <param name="varianceOffset">Number added to the variance; torch's default.</param>
    public Value BatchNormalization(Value x, string name, float momentum = 0.9f, float varianceOffset = 1e-5f)
    {
        long channels = FixedDimension(x, 1, x.Shape.Rank, $"BatchNormalization '{name}'");
        ConstantTensor Filled(double number) => ParameterInitializer.Fill(x.Type.Element, [channels], () => number);
        return Add(
            "BatchNormalization",
            [
                x,
                Parameter($"{name}.weight", Filled(1)),
                Parameter($"{name}.bias", Filled(0)),
                Parameter($"{name}.running_mean", Filled(0)),
                Parameter($"{name}.running_var", Filled(1)),
            ],
            NodeAttributes.None.With("epsilon", varianceOffset).With("momentum", momentum),
            name);
    }

    /// <summary>Layer normalisation over the last dimension, with parameters name.weight (1) and name.bias (0).</summary>
    /// <param name="x">A value whose last dimension is a number.</param>
    /// <param name="name">Name of the layer.</param>
    /// <param name="varianceOffset">Number added to the variance; torch's default.</param>
    public Value LayerNormalization(Value x, string name, float varianceOffset = 1e-5f)
    {
        long width = FixedDimension(x, x.Shape.Rank - 1, x.Shape.Rank, $"LayerNormalization '{name}'");
        ConstantTensor Filled(double number) => ParameterInitializer.Fill(x.Type.Element, [width], () => number);
        return Add("LayerNormalization", [x, Parameter($"{name}.weight", Filled(1)), Parameter($"{name}.bias", Filled(0))], NodeAttributes.None.With("axis", -1).With("epsilon", varianceOffset), name);
    }

    /// <summary>x·Φ(x) with the exact normal distribution function Φ.</summary>
    public Value Gelu(Value x, string? name = null) => Add("Gelu", [x], null, name);

    /// <summary>max(0, min(1, x / 6 + 1/2)): torch's Hardsigmoid, whose slope is not ONNX's default.</summary>
    public Value HardSigmoid(Value x, string? name = null) => Add("HardSigmoid", [x], NodeAttributes.None.With("alpha", 1f / 6).With("beta", 0.5f), name);

    /// <summary>x · max(0, min(1, x / 6 + 1/2)).</summary>
    public Value HardSwish(Value x, string? name = null) => Add("HardSwish", [x], null, name);

    /// <summary>The values one after the other along an axis.</summary>
    public Value Concat(IReadOnlyList<Value> values, int axis, string? name = null) => Add("Concat", values, NodeAttributes.None.With("axis", axis), name);

    /// <summary>max(x, 0).</summary>
    public Value Relu(Value x, string? name = null) => Add("Relu", [x], null, name);

    /// <summary>x, or alpha·x below 0.</summary>
    public Value LeakyRelu(Value x, float alpha = 0.01f, string? name = null) => Add("LeakyRelu", [x], NodeAttributes.None.With("alpha", alpha), name);

    /// <summary>1 / (1 + exp(-x)).</summary>
    public Value Sigmoid(Value x, string? name = null) => Add("Sigmoid", [x], null, name);

    /// <summary>Hyperbolic tangent.</summary>
    public Value Tanh(Value x, string? name = null) => Add("Tanh", [x], null, name);

    /// <summary>Maximum over windows of equal size in every spatial dimension; stride 0 is the kernel's size.</summary>
    public Value MaxPool(Value x, int kernel, int stride = 0, int padding = 0, bool ceilMode = false, string? name = null) =>
        Add("MaxPool", [x], PoolAttributesOf(x, kernel, stride, padding, ceilMode, "MaxPool"), name);

    /// <summary>Mean over windows of equal size in every spatial dimension; stride 0 is the kernel's size. Pads count only with <paramref name="countIncludePad"/>, which is torch's default and not ONNX's.</summary>
    public Value AveragePool(Value x, int kernel, int stride = 0, int padding = 0, bool ceilMode = false, bool countIncludePad = false, string? name = null) =>
        Add("AveragePool", [x], PoolAttributesOf(x, kernel, stride, padding, ceilMode, "AveragePool").With("count_include_pad", countIncludePad ? 1 : 0), name);

    /// <summary>Mean over all spatial dimensions, which stay with size 1.</summary>
    public Value GlobalAveragePool(Value x, string? name = null) => Add("GlobalAveragePool", [x], null, name);

    /// <summary>A matrix: the dimensions before <paramref name="axis"/> are its rows, the others its columns.</summary>
    public Value Flatten(Value x, int axis = 1, string? name = null) => Add("Flatten", [x], NodeAttributes.None.With("axis", axis), name);

    /// <summary>The same elements in another shape; -1 is computed, 0 copies a dimension.</summary>
    public Value Reshape(Value x, IReadOnlyList<long> shape, string? name = null) => Add("Reshape", [x, Constant(ConstantTensor.Vector([.. shape]))], null, name);

    /// <summary>The dimensions permuted.</summary>
    public Value Transpose(Value x, IReadOnlyList<long> permutation, string? name = null) =>
        Add("Transpose", [x], NodeAttributes.None.With("perm", (ReadOnlySpan<long>)[.. permutation]), name);

    /// <summary>exp(x) over its sum along <paramref name="axis"/>.</summary>
    public Value Softmax(Value x, int axis = -1, string? name = null) => Add("Softmax", [x], NodeAttributes.None.With("axis", axis), name);

    /// <summary>Logarithm of <see cref="Softmax"/>.</summary>
    public Value LogSoftmax(Value x, int axis = -1, string? name = null) => Add("LogSoftmax", [x], NodeAttributes.None.With("axis", axis), name);

    /// <summary>Dropout in training, the identity in inference.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="ratio"/> is not in [0, 1).</exception>
    public Value Dropout(Value x, float ratio, string? name = null)
    {
        if (ratio is not (>= 0 and < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(ratio), ratio, "from 0 to below 1 is accepted");
        }

        return Add("Dropout", [x, Constant(ConstantTensor.Scalar(ratio))], null, name);
    }

    /// <summary>The value under another name.</summary>
    public Value Identity(Value x, string? name = null) => Add("Identity", [x], null, name);

    /// <summary>a + b, with broadcasting.</summary>
    public Value Add(Value a, Value b, string? name = null) => Add("Add", [a, b], null, name);

    /// <summary>a - b, with broadcasting.</summary>
    public Value Sub(Value a, Value b, string? name = null) => Add("Sub", [a, b], null, name);

    /// <summary>a · b element by element, with broadcasting.</summary>
    public Value Mul(Value a, Value b, string? name = null) => Add("Mul", [a, b], null, name);

    /// <summary>a / b, with broadcasting.</summary>
    public Value Div(Value a, Value b, string? name = null) => Add("Div", [a, b], null, name);

    /// <summary>Matrix product over the last two dimensions.</summary>
    public Value MatMul(Value a, Value b, string? name = null) => Add("MatMul", [a, b], null, name);

    /// <summary>The graph with one output, which is <paramref name="value"/> under the name given.</summary>
    /// <exception cref="InvalidModelException">The name is another value's.</exception>
    public OnnxGraph Output(Value value, string name = "logits")
    {
        if (value.Name == name)
        {
            return Build(value);
        }

        if (_names.Contains(name))
        {
            throw new InvalidModelException($"The output cannot be called '{name}': another value is.");
        }

        if (!_nodes.Exists(node => node.Outputs.Contains(value.Name)))
        {
            return Build(Identity(value, name));
        }

        string Renamed(string old) => old == value.Name ? name : old;
        return new(
            _inputs,
            [new(name, value.Type)],
            _nodes.Select(node => new GraphNode(node.Operator, node.Inputs.Select(Renamed), node.Outputs.Select(Renamed), node.Attributes, node.Name)),
            _parameters,
            opset);
    }

    /// <summary>The graph with the outputs given, under their own names.</summary>
    public OnnxGraph Build(params IReadOnlyList<Value> outputs) => new(_inputs, outputs.Select(output => new GraphValue(output.Name, output.Type)), _nodes, _parameters, opset);

    // (W·x) / √(fan in) + 0.1·b.
    private Value TangentKernelLayer(Value product, Value? offset, long fanIn, string name)
    {
        Value Scale(double factor, string of) => Constant(ParameterInitializer.Fill(product.Type.Element, [], () => factor), of);
        Value factor = Scale(1 / Math.Sqrt(fanIn), $"{name}.factor");
        return offset is null
            ? Mul(product, factor, name)
            : Add(Mul(product, factor, $"{name}.scaled"), Mul(offset, Scale(ParameterInitializer.TangentKernelBiasFactor, $"{name}.bias_factor"), $"{name}.scaled_bias"), name);
    }

    private static NodeAttributes PoolAttributesOf(Value x, int kernel, int stride, int padding, bool ceilMode, string what)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(stride);
        int space = SpatialRank(x, what);
        return NodeAttributes.None
            .With("kernel_shape", Repeated(kernel, space))
            .With("strides", Repeated(stride == 0 ? kernel : stride, space))
            .With("pads", Repeated(padding, 2 * space))
            .With("ceil_mode", ceilMode ? 1 : 0);
    }

    private static ReadOnlySpan<long> Repeated(long number, int times) => Enumerable.Repeat(number, times).ToArray();

    private static int SpatialRank(Value x, string what) => x.Shape.Rank >= 3
        ? x.Shape.Rank - 2
        : throw new InvalidModelException($"Node {what}: the input is {x.Type}; 3 dimensions and more are accepted: batch, channels and space.");

    private static long FixedDimension(Value x, int dimension, int rank, string what) => x.Shape.Rank == rank && rank > dimension && x.Shape[dimension].Value is { } size
        ? size
        : throw new InvalidModelException($"Node {what}: the input is {x.Type}; {(rank == 2 ? "a matrix" : "a batch")} whose dimension {dimension} is a number is accepted.");

    private string NameFor(string @operator)
    {
        string name;
        do
        {
            int count = _counts.GetValueOrDefault(@operator);
            _counts[@operator] = count + 1;
            name = $"{char.ToLowerInvariant(@operator[0])}{@operator[1..]}{count}";
        }
        while (_names.Contains(name));

        return name;
    }

    private void Claim(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (!_names.Add(name))
        {
            throw new InvalidModelException($"The value '{name}' exists already.");
        }
    }

    private void Remember(string name, IntegerTensor? integers)
    {
        if (integers is not null)
        {
            _integers[name] = integers;
        }
    }
}
