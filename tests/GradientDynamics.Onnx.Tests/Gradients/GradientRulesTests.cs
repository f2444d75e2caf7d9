using GradientDynamics.Onnx.Gradients;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Operators;
using static GradientDynamics.Onnx.Tests.Gradients.FiniteDifferences;

namespace GradientDynamics.Onnx.Tests.Gradients;

public class GradientRulesTests
{
    private static readonly NodeAttributes None = NodeAttributes.None;

    // What ONNX Runtime computes in double.
    private static readonly Dictionary<string, (long[] Shape, Func<GraphBuilder, Value, Value> Body)> InDouble = new()
    {
        ["Relu"] = ([7], (g, x) => g.Relu(x)),
        ["Sigmoid"] = ([7], (g, x) => g.Sigmoid(x)),
        ["Tanh"] = ([7], (g, x) => g.Tanh(x)),
        ["Exp"] = ([7], (g, x) => g.Add("Exp", [x])),
        ["Log"] = ([7], (g, x) => g.Add("Log", [g.Add(x, Scalar(g, 2))])),
        ["Neg"] = ([7], (g, x) => g.Add("Neg", [x])),
        ["Abs"] = ([7], (g, x) => g.Add("Abs", [x])),
        ["Sqrt"] = ([7], (g, x) => g.Add("Sqrt", [g.Add(x, Scalar(g, 2))])),
        ["Reciprocal"] = ([7], (g, x) => g.Add("Reciprocal", [g.Add(x, Scalar(g, 2))])),
        ["Identity"] = ([7], (g, x) => g.Identity(x)),
        ["Dropout"] = ([7], (g, x) => g.Dropout(x, 0.5f)),
        ["Cast"] = ([7], (g, x) => g.Add("Cast", [x], None.With("to", (long)ElementType.Double))),
        ["Sin"] = ([7], (g, x) => g.Add("Sin", [x])),
        ["Cos"] = ([7], (g, x) => g.Add("Cos", [x])),
        ["Mod"] = ([6], (g, x) => g.Add("Mod", [x, Scalar(g, 0.41)], None.With("fmod", 1))),
        ["CumSum, exclusive and in reverse"] = ([2, 3], (g, x) => g.Add("CumSum", [g.Mul(x, x), g.Constant(ConstantTensor.Scalar(-1L))], None.With("exclusive", 1).With("reverse", 1))),
        ["ReduceProd with a factor of 0"] = ([4], (g, x) => g.Add("ReduceProd", [g.Sub(x, g.Add("Gather", [x, Axes(g, 1)], None.With("axis", 1))), Axes(g, 1)])),
        ["ReduceL1"] = ([2, 3], (g, x) => g.Add("ReduceL1", [x, Axes(g, 1)])),
        ["ReduceL2"] = ([2, 3], (g, x) => g.Add("ReduceL2", [x, Axes(g, -1)], None.With("keepdims", 0))),
        ["ReduceSumSquare"] = ([2, 3], (g, x) => g.Add("ReduceSumSquare", [x, Axes(g, 1, 2)])),
        ["ReduceLogSum"] = ([2, 3], (g, x) => g.Add("ReduceLogSum", [g.Add(x, Scalar(g, 2)), Axes(g, 1)])),
        ["ReduceLogSumExp"] = ([2, 3], (g, x) => g.Add("ReduceLogSumExp", [x, Axes(g, 2)])),
        ["ReduceMin"] = ([2, 3], (g, x) => g.Add("ReduceMin", [x, Axes(g, 2)])),
        ["LpNormalization"] = ([2, 3], (g, x) => g.Add("LpNormalization", [x])),
        ["LpNormalization by magnitudes"] = ([2, 3], (g, x) => g.Add("LpNormalization", [x], None.With("p", 1).With("axis", 1))),
        ["Pow by a constant"] = ([7], (g, x) => g.Add("Pow", [g.Add(x, Scalar(g, 2)), Scalar(g, 2.5)])),
        ["Pow by an integer, negative base"] = ([7], (g, x) => g.Add("Pow", [x, g.Constant(ConstantTensor.Scalar(3L))])),
        ["Pow by exponents of which one is 0"] = ([3], (g, x) => g.Add("Pow", [x, Constant(g, ElementType.Double, [0, 1, 2], 3)])),
        ["Pow of exponent"] = ([7], (g, x) => g.Add("Pow", [Scalar(g, 1.5), x])),
        ["Pow of itself"] = ([7], (g, x) => { Value above = g.Add(x, Scalar(g, 2)); return g.Add("Pow", [above, above]); }),

        ["Add of itself"] = ([7], (g, x) => g.Add(x, x)),
        ["Add, repeated along an inner axis"] = ([2, 1, 3], (g, x) => g.Add(x, Random(g, 1, 1, 4, 1))),
        ["Add, more axes than the operand"] = ([3], (g, x) => g.Transpose(g.Add(x, Random(g, 4, 1, 1)), [1, 0, 2])),
        ["Sub"] = ([2, 3], (g, x) => g.Sub(Random(g, 2, 3), x)),
        ["Sub, both sides"] = ([2, 3], (g, x) => g.Sub(g.Add("Exp", [x]), x)),
        ["Mul"] = ([2, 3], (g, x) => g.Mul(x, Random(g, 2, 1))),
        ["Mul with a reduction of itself"] = ([2, 3], (g, x) => g.Mul(g.Add("ReduceSum", [x, Axes(g, 2)]), x)),
        ["Div"] = ([2, 3], (g, x) => g.Div(x, g.Add(g.Mul(x, x), Scalar(g, 1)))),
        ["Div by a reduction"] = ([2, 3], (g, x) => g.Div(x, g.Add("ReduceSum", [g.Add("Exp", [x]), Axes(g, -1)]))),
        ["Sum of three"] = ([2, 3], (g, x) => g.Add("Sum", [x, Random(g, 2, 1), g.Add("Exp", [x])])),
        ["Max"] = ([6], (g, x) => g.Add("Max", [x, g.Add("Neg", [x]), Scalar(g, 0.31)])),
        ["Min"] = ([6], (g, x) => g.Add("Min", [x, Scalar(g, 0.31)])),
        ["Clip"] = ([6], (g, x) => g.Add("Clip", [x, Scalar(g, -0.45), Scalar(g, 0.55)])),
        ["Clip without upper bound"] = ([6], (g, x) => g.Add("Clip", [x, Scalar(g, -0.45)])),
        ["Where"] = ([6], (g, x) => g.Add("Where", [g.Add("Greater", [x, Scalar(g, 0.1)]), g.Mul(x, x), g.Add("Neg", [x])])),

        ["Gemm"] = ([5], (g, x) => g.Gemm(x, 3, "layer")),
        ["Gemm, all factors"] = ([5], (g, x) => g.Add("Gemm", [x, Random(g, 5, 3), g.Mul(g.Add("ReduceSum", [x, Axes(g, 1)]), Random(g, 1, 3))], None.With("alpha", 0.5f).With("beta", 2f))),
        ["MatMul by a matrix"] = ([2, 5], (g, x) => g.MatMul(x, Random(g, 5, 3))),
        ["MatMul of a matrix and it"] = ([2, 5], (g, x) => g.MatMul(Random(g, 3, 2), x)),
        ["MatMul by batches"] = ([2, 1, 5], (g, x) => g.MatMul(x, Random(g, 2, 5, 3))),
        ["MatMul of itself"] = ([3, 3], (g, x) => g.MatMul(x, g.Transpose(x, [0, 2, 1]))),
        ["MatMul by a vector"] = ([2, 5], (g, x) => g.MatMul(x, Random(g, 5))),
        ["MatMul of a vector and it"] = ([5, 2], (g, x) => g.MatMul(Random(g, 5), x)),

        ["BatchNormalization"] = ([3, 4], (g, x) => Normalized(g, x)),
        ["BatchNormalization behind Gemm"] = ([5], (g, x) => Normalized(g, g.Gemm(x, 3, "layer"))),
        ["BatchNormalization behind a Gemm without transposition"] = ([5], (g, x) => Normalized(g, g.Add("Gemm", [x, Random(g, 5, 3)]))),
        ["BatchNormalization of two readers"] = ([5], (g, x) => { Value y = g.Gemm(x, 3, "layer"); return g.Add(Normalized(g, y), y); }),
        ["BatchNormalization in front of everything"] = ([3, 4], (g, x) => g.Tanh(Normalized(g, x))),
        ["BatchNormalization of a BatchNormalization"] = ([5], (g, x) => Normalized(g, Normalized(g, g.Gemm(x, 3, "layer")))),
        ["BatchNormalization of a sum of two"] = ([5], (g, x) => Normalized(g, g.Add(g.Gemm(x, 3, "first"), g.Gemm(g.Tanh(x), 3, "second")))),
        ["BatchNormalizations of one value"] = ([5], (g, x) => { Value y = g.Gemm(x, 3, "layer"); return g.Mul(Normalized(g, y), g.Tanh(Normalized(g, y))); }),
        ["Softmax"] = ([3, 4], (g, x) => g.Softmax(x, 1)),
        ["LogSoftmax"] = ([3, 4], (g, x) => g.LogSoftmax(x)),

        ["Flatten"] = ([2, 3], (g, x) => g.Reshape(g.Add("Exp", [g.Flatten(x, 2)]), [-1, 6])),
        ["Reshape"] = ([2, 3], (g, x) => g.Reshape(x, [-1, 3, 2])),
        ["Reshape across the batch"] = ([2, 3], (g, x) => g.Reshape(g.Add("Exp", [g.Reshape(x, [-1, 3])]), [-1, 6])),
        ["Transpose"] = ([2, 3], (g, x) => g.Transpose(x, [0, 2, 1])),
        ["Transpose, three axes turned"] = ([2, 3, 2], (g, x) => g.Transpose(x, [0, 2, 3, 1])),
        ["Squeeze"] = ([1, 3], (g, x) => g.Add("Squeeze", [x, Axes(g, 1)])),
        ["Unsqueeze"] = ([3], (g, x) => g.Add("Unsqueeze", [x, Axes(g, 1, -1)])),
        ["Expand"] = ([1, 3], (g, x) => g.Add("Expand", [x, g.Constant(ConstantTensor.Vector(1, 4, 1))])),
        ["Expand to the shape of another value"] = ([1, 3], (g, x) => g.Add("Expand", [x, g.Add("Shape", [x])])),
        ["Concat"] = ([2, 3], (g, x) => g.Add("Concat", [g.Add("Exp", [x]), Batch(g, x, Random(g, 1, 1, 3)), x], None.With("axis", -2))),
        ["Slice"] = ([4, 3], (g, x) => g.Add("Slice", [x, Axes(g, 1, 0), Axes(g, 3, 2), Axes(g, 1, 2)])),
        ["Slice backwards in steps"] = ([5, 3], (g, x) => g.Add("Slice", [x, Axes(g, -1), Axes(g, long.MinValue), Axes(g, 1), Axes(g, -2)])),
        ["Pad"] = ([2, 3], (g, x) => g.Add("Pad", [x, Axes(g, 0, 1, 0, 0, 2, 1), Scalar(g, 0.7)])),
        ["Pad that crops"] = ([3, 3], (g, x) => g.Add("Pad", [x, Axes(g, 0, -1, 0, 0, 2, -1)])),
        ["Pad of one axis"] = ([2, 3], (g, x) => g.Add("Pad", [x, Axes(g, 1, -1), null, Axes(g, 2)])),
        ["Gather with repetition"] = ([4, 2], (g, x) => g.Add("Gather", [x, g.Constant(ConstantTensor.Of<long>([0, 2, -1, 0], 2, 2))], None.With("axis", 1))),
        ["Gather of one"] = ([4, 2], (g, x) => g.Add("Gather", [x, g.Constant(ConstantTensor.Scalar(2L))], None.With("axis", 1))),
        ["GatherElements with repetition"] = ([4], (g, x) => g.Add("GatherElements", [x, g.Add("Expand", [g.Constant(ConstantTensor.Of<long>([1, 1, 3], 1, 3)), Like(g, x, 3)])], None.With("axis", 1))),
        ["ScatterElements, data"] = ([4], (g, x) => g.Add("ScatterElements", [x, Indices(g, x, 1, 3), g.Add("Expand", [Random(g, 1, 2), Like(g, x, 2)])], None.With("axis", 1))),
        ["ScatterElements, updates added"] = ([4], (g, x) => g.Add("ScatterElements", [x, Indices(g, x, 1, 1, 2, 0), g.Add("Exp", [x])], None.With("axis", 1).With("reduction", "add"))),
        ["ReduceSum"] = ([2, 3], (g, x) => g.Add("ReduceSum", [g.Mul(x, x), Axes(g, -1)], None.With("keepdims", 0))),
        ["ReduceMean"] = ([2, 3], (g, x) => g.Add("ReduceMean", [g.Mul(x, x), Axes(g, 1)])),
        ["ReduceMax"] = ([2, 3], (g, x) => g.Add("ReduceMax", [x, Axes(g, 2, 1)])),
        ["MaxPool"] = ([2, 4, 6], (g, x) => g.MaxPool(x, 2)),
        ["MaxPool with overlap and pads"] = ([1, 5, 6], (g, x) => g.MaxPool(x, 3, 2, 1)),
        ["MaxPool with ceil_mode"] = ([1, 5, 5], (g, x) => g.MaxPool(x, 2, 2, ceilMode: true)),
        ["MaxPool of one dimension"] = ([2, 7], (g, x) => g.MaxPool(x, 3, 2)),
        ["MaxPool of three dimensions"] = ([1, 4, 4, 4], (g, x) => g.MaxPool(x, 2)),
        ["MaxPool with dilation"] = ([1, 6, 6], (g, x) => g.Add("MaxPool", [x], None.With("kernel_shape", [2L, 2L]).With("dilations", [2L, 2L]))),
        ["MaxPool with SAME_LOWER"] = ([1, 5, 5], (g, x) => g.Add("MaxPool", [x], None.With("kernel_shape", [2L, 2L]).With("strides", [2L, 2L]).With("auto_pad", "SAME_LOWER"))),
        ["MaxPool of a Relu"] = ([1, 4, 4], (g, x) => g.MaxPool(g.Relu(g.Sub(x, Scalar(g, 0.51))), 2)),
        ["MaxPool of a Relu with another reader"] = ([1, 4, 4], (g, x) => { Value y = g.Relu(x); return g.Add(g.Flatten(g.MaxPool(y, 2)), g.Flatten(g.MaxPool(g.Mul(y, y), 2))); }),
    };

    // What ONNX Runtime computes in float only.
    private static readonly Dictionary<string, (long[] Shape, Func<GraphBuilder, Value, Value> Body)> InFloat = new()
    {
        ["Mean of three"] = ([2, 3], (g, x) => g.Add("Mean", [x, RandomFloat(g, 2, 1), g.Add("Exp", [x])])),
        ["LeakyRelu"] = ([7], (g, x) => g.LeakyRelu(x, 0.2f)),
        ["LeakyRelu, negative alpha"] = ([7], (g, x) => g.LeakyRelu(x, -0.2f)),
        ["MaxPool of a LeakyRelu"] = ([1, 4, 4], (g, x) => g.MaxPool(g.LeakyRelu(x, 0.2f), 2)),
        ["Conv"] = ([2, 5, 6], (g, x) => g.Conv(x, 3, 3, "c")),
        ["Conv, pads"] = ([2, 5, 5], (g, x) => g.Conv(x, 3, 3, "c", padding: 1)),
        ["Conv, more pads than the kernel"] = ([2, 4, 4], (g, x) => g.Conv(x, 3, 2, "c", padding: 3)),
        ["Conv, stride"] = ([2, 6, 7], (g, x) => g.Conv(x, 3, 3, "c", stride: 2, padding: 1)),
        ["Conv, stride beyond the kernel"] = ([2, 6, 6], (g, x) => g.Conv(x, 3, 1, "c", stride: 2)),
        ["Conv, stride 3 with a rest"] = ([1, 9, 8], (g, x) => g.Conv(x, 2, 2, "c", stride: 3)),
        ["Conv, dilation"] = ([2, 7, 7], (g, x) => g.Conv(x, 3, 3, "c", dilation: 2, padding: 1)),
        ["Conv, dilation and stride"] = ([1, 8, 8], (g, x) => g.Conv(x, 2, 3, "c", dilation: 2, stride: 2, padding: 1)),
        ["Conv, groups"] = ([4, 5, 5], (g, x) => g.Conv(x, 6, 3, "c", group: 2, padding: 1)),
        ["Conv, depthwise"] = ([3, 5, 5], (g, x) => g.Conv(x, 3, 3, "c", group: 3)),
        ["Conv, asymmetric pads"] = ([1, 5, 5], (g, x) => Convolved(g, x, 2, None.With("pads", [0L, 1L, 2L, 0L]).With("strides", [2L, 1L]))),
        ["Conv, SAME_UPPER"] = ([1, 5, 6], (g, x) => Convolved(g, x, 2, None.With("auto_pad", "SAME_UPPER").With("strides", [2L, 2L]))),
        ["Conv, SAME_LOWER"] = ([1, 5, 6], (g, x) => Convolved(g, x, 2, None.With("auto_pad", "SAME_LOWER").With("strides", [2L, 1L]))),
        ["Conv, VALID"] = ([1, 5, 6], (g, x) => Convolved(g, x, 2, None.With("auto_pad", "VALID"))),
        ["Conv, one dimension"] = ([2, 9], (g, x) => g.Conv(x, 3, 3, "c", stride: 2, padding: 1)),
        ["Conv, three dimensions"] = ([1, 4, 4, 4], (g, x) => g.Conv(x, 2, 3, "c", padding: 1)),
        ["Conv, many channels"] = ([16, 4, 4], (g, x) => g.Conv(x, 16, 3, "c", padding: 1)),
        ["Conv, many channels, unequal pads and dilation"] = ([8, 5, 5], (g, x) => g.Add("Conv", [x, RandomFloat(g, 9, 8, 2, 3)], None.With("pads", [0L, 3L, 1L, 1L]).With("dilations", [1L, 2L]))),
        ["Conv, depthwise with many channels"] = ([8, 4, 4], (g, x) => g.Conv(x, 8, 3, "c", padding: 1, group: 8)),
        ["Conv of many channels and BatchNormalization"] = ([8, 4, 4], (g, x) => g.Conv(Normalized(g, g.Conv(x, 8, 3, "c", padding: 1)), 3, 1, "d")),
        ["MaxUnpool"] = ([2, 2, 2], (g, x) => g.Add("MaxUnpool", [x, g.Add(g.Constant(ConstantTensor.Of<long>([1, 2, 8, 15, 17, 20, 30, 27], 1, 2, 2, 2)), Images(g, x, 32))], None.With("kernel_shape", [2L, 2L]).With("strides", [2L, 2L]))),
        ["MaxPool of 2x2 of several images"] = ([3, 4, 6], (g, x) => g.MaxPool(x, 2)),
        ["Conv and BatchNormalization"] = ([2, 5, 5], (g, x) => Normalized(g, g.Conv(x, 3, 3, "c", stride: 2, padding: 1))),
        // The slope 1 on both sides: an activation without a kink, which a step of differences would cross.
        ["BatchNormalization, activation, Conv"] = ([3, 5, 5], (g, x) => g.Conv(g.LeakyRelu(Normalized(g, x), 1), 4, 3, "c", padding: 1)),
        ["BatchNormalization and Conv"] = ([3, 5, 5], (g, x) => g.Conv(Normalized(g, x), 4, 3, "c", stride: 2)),
        ["Dense block"] = ([3, 4, 4], (g, x) =>
        {
            // Each layer normalises, activates and convolves all that came before it, as DenseNet's do.
            Value Layer(Value y, string name) => g.Add("Concat", [y, g.Conv(g.LeakyRelu(Normalized(g, y), 1), 3, 3, name, padding: 1)], None.With("axis", 1));
            return g.LeakyRelu(Normalized(g, Layer(Layer(g.Conv(x, 3, 1, "stem"), "first"), "second")), 1);
        }),
        ["ConvTranspose"] = ([2, 4, 4], (g, x) => g.Add("ConvTranspose", [x, RandomFloat(g, 2, 3, 3, 3)], None.With("strides", [2L, 2L]).With("pads", [1L, 0L, 0L, 1L]).With("output_padding", [1L, 0L]))),
        ["ConvTranspose, groups"] = ([4, 4], (g, x) => g.Add("ConvTranspose", [x, RandomFloat(g, 4, 3, 2)], None.With("group", 2).With("dilations", [2L]))),
        ["AveragePool"] = ([2, 4, 6], (g, x) => g.AveragePool(x, 2)),
        ["AveragePool with overlap"] = ([2, 5, 5], (g, x) => g.AveragePool(x, 3, 1)),
        ["AveragePool with a rest"] = ([1, 5, 5], (g, x) => g.AveragePool(x, 2)),
        ["AveragePool, pads not counted"] = ([2, 5, 5], (g, x) => g.AveragePool(x, 3, 2, 1)),
        ["AveragePool, pads counted"] = ([2, 5, 5], (g, x) => g.AveragePool(x, 3, 2, 1, countIncludePad: true)),
        ["AveragePool with ceil_mode"] = ([1, 6, 6], (g, x) => g.AveragePool(x, 3, 2, ceilMode: true)),
        ["AveragePool with ceil_mode, pads counted"] = ([1, 6, 6], (g, x) => g.AveragePool(x, 3, 2, 1, ceilMode: true, countIncludePad: true)),
        ["AveragePool with SAME_UPPER"] = ([1, 5, 5], (g, x) => g.Add("AveragePool", [x], None.With("kernel_shape", [2L, 3L]).With("strides", [2L, 2L]).With("auto_pad", "SAME_UPPER"))),
        ["AveragePool of one dimension"] = ([2, 7], (g, x) => g.AveragePool(x, 3, 2)),
        ["GlobalAveragePool"] = ([3, 4, 5], (g, x) => g.GlobalAveragePool(x)),
        ["DepthToSpace"] = ([8, 2, 3], (g, x) => g.Add("DepthToSpace", [x], None.With("blocksize", 2))),
        ["DepthToSpace, columns first"] = ([8, 2, 3], (g, x) => g.Add("DepthToSpace", [x], None.With("blocksize", 2).With("mode", "CRD"))),
        ["SpaceToDepth"] = ([2, 4, 6], (g, x) => g.Add("SpaceToDepth", [x], None.With("blocksize", 2))),
        ["Cast to double and back"] = ([5], (g, x) => g.Add("Cast", [g.Add("Cast", [x], None.With("to", (long)ElementType.Double))], None.With("to", (long)ElementType.Float))),
    };

    public static TheoryData<string> NamesInDouble => [.. InDouble.Keys];

    public static TheoryData<string> NamesInFloat => [.. InFloat.Keys];

    [Theory]
    [MemberData(nameof(NamesInDouble))]
    public void Rule_InDouble_AgreesWithFiniteDifferences(string name) => CheckRule(ElementType.Double, InDouble[name]);

    [Theory]
    [MemberData(nameof(NamesInFloat))]
    public void Rule_InFloat_AgreesWithFiniteDifferences(string name) => CheckRule(ElementType.Float, InFloat[name], AttackLoss.LogitMargin);

    [Theory]
    [InlineData("Conv", 1, 1)]
    [InlineData("Conv", 2, 1)]
    [InlineData("Conv", 3, 0)]
    [InlineData("AveragePool", 2, 0)]
    public void Rule_WithoutFixedSpatialSize_AgreesWithFiniteDifferences(string kind, int stride, int padding)
    {
        GraphBuilder graph = new(new Random(5));
        Value x = graph.Input("input", ElementType.Float, new([Dimension.Named("batch"), 2, Dimension.Named("height"), Dimension.Named("width")]));
        Value y = kind == "Conv" ? graph.Conv(x, 4, 3, "c", stride, padding) : graph.Conv(graph.AveragePool(x, 3, stride, padding, countIncludePad: true), 4, 1, "c");
        OnnxGraph model = graph.Output(graph.Flatten(graph.Add("ReduceMean", [y, Axes(graph, 2, 3)])));

        foreach ((long height, long width) in ((long, long)[])[(6, 7), (8, 5)])
        {
            Check(model, Spaced((int)(4 * height * width), 3), [2, 2, height, width], AttackLoss.LogitMargin);
        }
    }

    [Fact]
    public void BroadcastReduction_OfDimensionsWithDifferentNames_DecidesAtRunTime()
    {
        GraphBuilder graph = new(new Random(5));
        Value x = graph.Input("input", ElementType.Double, new([Dimension.Named("batch"), Dimension.Named("rows"), 3]));
        Value other = graph.Add("Expand", [Random(graph, 4, 3), graph.Constant(ConstantTensor.Vector(1, 4, 3))]);
        Value sum = graph.Add("ReduceSum", [graph.Mul(x, graph.Add("Exp", [graph.Add(x, other)])), Axes(graph, 1)], None.With("keepdims", 0));
        OnnxGraph model = graph.Output(sum);

        Check(model, Spaced(6, 3), [2, 1, 3]);
        Check(model, Spaced(24, 3), [2, 4, 3]);
    }

    [Theory]
    [InlineData(2, 2, 0, false, 1)]
    [InlineData(3, 2, 1, false, 1)]
    [InlineData(3, 1, 0, false, 1)]
    [InlineData(2, 2, 0, true, 1)]
    [InlineData(2, 1, 0, false, 2)]
    public void MaxPool_WithTies_GivesTheGradientToTheFirst(int kernel, int stride, int padding, bool ceilMode, int dilation)
    {
        // Few different values, so that most windows have ties; the reference walks every window and keeps the first maximum.
        const int size = 6;
        Random random = new(11);
        double[] input = [.. Enumerable.Range(0, 2 * 2 * size * size).Select(_ => (double)random.Next(3))];
        OnnxGraph model = Around(
            ElementType.Float,
            [2, size, size],
            (g, x) => g.Add("MaxPool", [x], None
                .With("kernel_shape", [kernel, (long)kernel]).With("strides", [stride, (long)stride]).With("dilations", [dilation, (long)dilation])
                .With("pads", [padding, padding, padding, (long)padding]).With("ceil_mode", ceilMode ? 1 : 0)),
            [2, 2, size, size]);
        using RuntimeSession plain = new(model);
        using RuntimeSession companion = new(InputGradientGraph.Derive(model));
        double[] weights = [.. model.Nodes.First(node => node.Operator == "Constant").Attributes.Tensor("value")!.AsSpan<float>().ToArray().Select(value => (double)value)];

        Dictionary<string, double[]> outputs = companion.Run(
            ("input", input, [2, 2, size, size]), ("labels", new long[] { 0, 1 }, [2]), ("targets", new long[] { 2, 3 }, [2]), ("loss_kind", new long[] { 1, 1 }, [2]));

        int windows = weights.Length / 4 / 2;
        int side = (int)Math.Sqrt(windows);
        var expected = new double[input.Length];
        for (int example = 0; example < 2; example++)
        {
            for (int at = 0; at < 2 * windows; at++)
            {
                (int channel, int row, int column) = (at / windows, at % windows / side, at % side);
                int winner = -1;
                for (int i = 0; i < kernel; i++)
                {
                    for (int j = 0; j < kernel; j++)
                    {
                        (int y, int x) = (row * stride - padding + i * dilation, column * stride - padding + j * dilation);
                        int flat = ((example * 2 + channel) * size + y) * size + x;
                        if (y is >= 0 and < size && x is >= 0 and < size && (winner < 0 || input[flat] > input[winner]))
                        {
                            winner = flat;
                        }
                    }
                }

                expected[winner] += weights[at * 4 + example + 2] - weights[at * 4 + example];
            }
        }

        // Sums of at most nine differences of single-precision weights.
        outputs["input_gradient"].ShouldBe(expected, 1e-5);
    }

    [Fact]
    public void Max_WithTies_GivesTheGradientToTheFirst()
    {
        OnnxGraph model = Around(ElementType.Double, [3], (g, x) => g.Add("Max", [g.Mul(x, Scalar(g, 2)), g.Mul(x, Scalar(g, 2)), g.Mul(x, Scalar(g, 5))]), [1, 3]);
        OnnxGraph doubled = Around(ElementType.Double, [3], (g, x) => g.Mul(x, Scalar(g, 2)), [1, 3]);

        // At 0 all operands are equal: the gradient is that of the first alone.
        double[] Gradient(OnnxGraph graph)
        {
            using RuntimeSession companion = new(InputGradientGraph.Derive(graph));
            return companion.Run(("input", new double[3], [1, 3]), ("labels", new long[1], [1]), ("targets", new long[] { 1 }, [1]), ("loss_kind", new long[] { 1 }, [1]))["input_gradient"];
        }

        Gradient(model).ShouldBe(Gradient(doubled));
    }

    [Fact]
    public void EveryOperator_OfTheTable_HasARuleOrNoGradientByDefinition()
    {
        OperatorTable.All.Keys.Where(name => !GradientRules.All.ContainsKey(name) && !GradientRules.NonDifferentiable.Contains(name)).ShouldBeEmpty();
    }

    private static void CheckRule(ElementType element, (long[] Shape, Func<GraphBuilder, Value, Value> Body) rule, params AttackLoss[] kinds)
    {
        long[] shape = [4, .. rule.Shape];
        int count = (int)shape.Aggregate(1L, (product, size) => product * size);
        Check(Around(element, rule.Shape, rule.Body, shape), Spaced(count, 3), shape, kinds);
    }

    private static Value Scalar(GraphBuilder graph, double value) => Constant(graph, ElementType.Double, [value]);

    private static Value Axes(GraphBuilder graph, params long[] axes) => graph.Constant(ConstantTensor.Vector(axes));

    private static Value Random(GraphBuilder graph, params long[] sizes) => Random(graph, ElementType.Double, sizes);

    private static Value RandomFloat(GraphBuilder graph, params long[] sizes) => Random(graph, ElementType.Float, sizes);

    private static Value Random(GraphBuilder graph, ElementType element, long[] sizes) =>
        Constant(graph, element, Spaced((int)sizes.Aggregate(1L, (product, size) => product * size), 23), sizes);

    // The shape [batch, columns] of x's batch, as a value.
    private static Value Like(GraphBuilder graph, Value x, long columns) =>
        graph.Add("Concat", [graph.Add("Shape", [x], None.With("end", 1)), Axes(graph, columns)], None.With("axis", 0));

    // A constant [1, rows, columns] repeated for every example of x [batch, rows, columns].
    private static Value Batch(GraphBuilder graph, Value x, Value constant) => graph.Add(constant, graph.Mul(graph.Add("ReduceSum", [x, Axes(graph, 1)]), Scalar(graph, 0.5)));

    // The number of each example of x's batch times its size, [batch, 1, 1, 1].
    private static Value Images(GraphBuilder graph, Value x, long size)
    {
        Value count = graph.Add("Gather", [graph.Add("Shape", [x]), graph.Constant(ConstantTensor.Scalar(0L))]);
        Value numbers = graph.Add("Range", [graph.Constant(ConstantTensor.Scalar(0L)), count, graph.Constant(ConstantTensor.Scalar(1L))]);
        return graph.Reshape(graph.Mul(numbers, graph.Constant(ConstantTensor.Scalar(size))), [-1, 1, 1, 1]);
    }

    private static Value Indices(GraphBuilder graph, Value x, params long[] indices) =>
        graph.Add("Expand", [graph.Constant(ConstantTensor.Of<long>(indices, 1, indices.Length)), Like(graph, x, indices.Length)]);

    private static Value Convolved(GraphBuilder graph, Value x, int channels, NodeAttributes attributes) =>
        graph.Add("Conv", [x, Random(graph, ElementType.Float, [channels, x.Type.Shape![1].Value!.Value, 3, 2])], attributes);

    private static Value Normalized(GraphBuilder graph, Value x)
    {
        ElementType element = x.Type.Element;
        long channels = x.Type.Shape![1].Value!.Value;
        Value Statistic(params double[] values) => Constant(graph, element, [.. Enumerable.Range(0, (int)channels).Select(i => values[i % values.Length])], channels);
        return graph.Add(
            "BatchNormalization",
            [
                x, Statistic(1.5, -0.5, 2), Statistic(0.1, 0.2, 0.3),
                Statistic(0.3, -0.2, 0), Statistic(0.5, 1.5, 2),
            ],
            None.With("epsilon", 0.01f));
    }
}
