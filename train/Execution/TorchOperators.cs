using System.Collections.Frozen;
using GradientDynamics.Onnx.Graph;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Execution;

/// <summary>The operators that TorchSharp executes: the list of what can be trained. A new one is one line here and one file beside it.</summary>
public static class TorchOperators
{
    private static readonly FrozenDictionary<string, Func<GraphNode, NodeExecution>> Table = new Dictionary<string, Func<GraphNode, NodeExecution>>(StringComparer.Ordinal)
    {
        ["Abs"] = Unary(x => x.abs()),
        ["Add"] = Binary((a, b) => a + b),
        ["And"] = Binary((a, b) => a.logical_and(b)),
        ["ArgMax"] = ArgMaxExecution.Compile,
        ["AveragePool"] = AveragePoolExecution.Compile,
        ["BatchNormalization"] = BatchNormalizationExecution.Compile,
        ["Cast"] = CastExecution.Compile,
        ["Clip"] = ClipExecution.Compile,
        ["Concat"] = ConcatExecution.Compile,
        ["Constant"] = ConstantExecution.Compile,
        ["ConstantOfShape"] = ConstantOfShapeExecution.Compile,
        ["Conv"] = ConvExecution.Compile,
        ["ConvTranspose"] = ConvTransposeExecution.Compile,
        ["DepthToSpace"] = DepthToSpaceExecution.Compile,
        ["Div"] = Binary(DivExecution.Run),
        ["Dropout"] = DropoutExecution.Compile,
        ["Equal"] = Binary((a, b) => a.eq(b)),
        ["Exp"] = Unary(x => x.exp()),
        ["Expand"] = ExpandExecution.Compile,
        ["Flatten"] = FlattenExecution.Compile,
        ["Gather"] = GatherExecution.Compile,
        ["GatherElements"] = GatherElementsExecution.Compile,
        ["Gemm"] = GemmExecution.Compile,
        ["GlobalAveragePool"] = Unary(GlobalAveragePoolExecution.Run),
        ["Greater"] = Binary((a, b) => a.gt(b)),
        ["GreaterOrEqual"] = Binary((a, b) => a.ge(b)),
        ["Identity"] = Unary(x => x.alias()),
        ["LeakyRelu"] = LeakyReluExecution.Compile,
        ["Less"] = Binary((a, b) => a.lt(b)),
        ["LessOrEqual"] = Binary((a, b) => a.le(b)),
        ["Log"] = Unary(x => x.log()),
        ["LogSoftmax"] = SoftmaxExecution.CompileLog,
        ["MatMul"] = MatMulExecution.Compile,
        ["Max"] = Variadic(ExtremumExecution.Max),
        ["MaxPool"] = MaxPoolExecution.Compile,
        ["MaxUnpool"] = MaxUnpoolExecution.Compile,
        ["Min"] = Variadic(ExtremumExecution.Min),
        ["Mul"] = Binary((a, b) => a * b),
        ["Neg"] = Unary(x => x.neg()),
        ["Not"] = Unary(x => x.logical_not()),
        ["OneHot"] = OneHotExecution.Compile,
        ["Or"] = Binary((a, b) => a.logical_or(b)),
        ["Pad"] = PadExecution.Compile,
        ["Pow"] = Binary(PowExecution.Run),
        ["Range"] = RangeExecution.Compile,
        ["Reciprocal"] = Unary(x => x.reciprocal()),
        ["ReduceMax"] = ReduceExtremumExecution.CompileMax,
        ["ReduceMean"] = ReduceMeanExecution.Compile,
        ["ReduceSum"] = ReduceSumExecution.Compile,
        ["Relu"] = Unary(x => x.relu()),
        ["Reshape"] = ReshapeExecution.Compile,
        ["ScatterElements"] = ScatterElementsExecution.Compile,
        ["Shape"] = ShapeExecution.Compile,
        ["Sigmoid"] = Unary(x => x.sigmoid()),
        ["Sign"] = Unary(x => x.sign()),
        ["Size"] = Unary(ShapeExecution.Size),
        ["Slice"] = SliceExecution.Compile,
        ["Softmax"] = SoftmaxExecution.Compile,
        ["SpaceToDepth"] = SpaceToDepthExecution.Compile,
        ["Sqrt"] = Unary(x => x.sqrt()),
        ["Squeeze"] = SqueezeExecution.Compile,
        ["Sub"] = Binary((a, b) => a - b),
        ["Sum"] = Variadic((a, b) => a + b),
        ["Tanh"] = Unary(x => x.tanh()),
        ["TopK"] = TopKExecution.Compile,
        ["Transpose"] = TransposeExecution.Compile,
        ["Unsqueeze"] = UnsqueezeExecution.Compile,
        ["Acos"] = Unary(x => x.acos()),
        ["Acosh"] = Unary(x => x.acosh()),
        ["ArgMin"] = ArgMaxExecution.CompileMin,
        ["Asin"] = Unary(x => x.asin()),
        ["Asinh"] = Unary(x => x.asinh()),
        ["Atan"] = Unary(x => x.atan()),
        ["Atanh"] = Unary(x => x.atanh()),
        ["CastLike"] = Binary((x, like) => x.to(like.dtype)),
        ["Ceil"] = Unary(StraightThrough.Of(x => x.ceil())),
        ["Celu"] = ActivationExecution.CompileCelu,
        ["Cos"] = Unary(x => x.cos()),
        ["Cosh"] = Unary(x => x.cosh()),
        ["CumSum"] = CumSumExecution.Compile,
        ["DequantizeLinear"] = QuantizationExecution.CompileDequantize,
        ["DynamicQuantizeLinear"] = QuantizationExecution.CompileDynamic,
        ["Elu"] = ActivationExecution.CompileElu,
        ["Erf"] = Unary(x => Reduction.InFloatingPoint(x, real => real.erf())),
        ["Floor"] = Unary(StraightThrough.Of(x => x.floor())),
        ["Gelu"] = ActivationExecution.CompileGelu,
        ["GlobalLpPool"] = LpPoolExecution.CompileGlobal,
        ["GlobalMaxPool"] = Unary(GlobalMaxPoolExecution.Run),
        ["HardSigmoid"] = ActivationExecution.CompileHardSigmoid,
        ["HardSwish"] = Unary(x => x.hardswish()),
        ["Hardmax"] = SoftmaxExecution.CompileHard,
        ["IsInf"] = IsInfExecution.Compile,
        ["IsNaN"] = Unary(x => x.isnan()),
        ["LRN"] = LrnExecution.Compile,
        ["LpNormalization"] = LpNormalizationExecution.Compile,
        ["LpPool"] = LpPoolExecution.Compile,
        ["Mean"] = MeanExecution.Compile,
        ["Mish"] = Unary(x => nn.functional.mish(x)),
        ["Mod"] = ModExecution.Compile,
        ["PRelu"] = Binary(ActivationExecution.PRelu),
        ["QuantizeLinear"] = QuantizationExecution.CompileQuantize,
        ["ReduceL1"] = ReduceNormExecution.CompileSumOfMagnitudes,
        ["ReduceL2"] = ReduceNormExecution.CompileEuclidean,
        ["ReduceLogSum"] = ReduceLogarithmExecution.CompileOfSum,
        ["ReduceLogSumExp"] = ReduceLogarithmExecution.CompileOfSumOfExponentials,
        ["ReduceMin"] = ReduceExtremumExecution.CompileMin,
        ["ReduceProd"] = ReduceProductExecution.Compile,
        ["ReduceSumSquare"] = ReduceNormExecution.CompileSumOfSquares,
        ["Round"] = Unary(StraightThrough.Of(x => x.round())),
        ["Selu"] = ActivationExecution.CompileSelu,
        ["Sin"] = Unary(x => x.sin()),
        ["Sinh"] = Unary(x => x.sinh()),
        ["Softplus"] = Unary(ActivationExecution.Softplus),
        ["Softsign"] = Unary(x => nn.functional.softsign(x)),
        ["Swish"] = ActivationExecution.CompileSwish,
        ["Tan"] = Unary(x => x.tan()),
        ["ThresholdedRelu"] = ActivationExecution.CompileThresholdedRelu,
        ["Xor"] = Binary((a, b) => a.logical_xor(b)),
        ["LayerNormalization"] = LayerNormalizationExecution.Compile,
        ["RMSNormalization"] = RmsNormalizationExecution.Compile,
        ["GroupNormalization"] = GroupNormalizationExecution.Compile,
        ["InstanceNormalization"] = GroupNormalizationExecution.CompileInstance,
        ["MeanVarianceNormalization"] = MeanVarianceNormalizationExecution.Compile,
        ["Split"] = SplitExecution.Compile,
        ["Tile"] = TileExecution.Compile,
        ["GatherND"] = GatherNDExecution.Compile,
        ["ScatterND"] = ScatterNDExecution.Compile,
        ["Trilu"] = TriluExecution.Compile,
        ["Einsum"] = EinsumExecution.Compile,
        ["NonZero"] = Unary(NonZeroExecution.Run),
        ["EyeLike"] = EyeLikeExecution.Compile,
        ["Attention"] = AttentionExecution.Compile,
        ["RotaryEmbedding"] = RotaryEmbeddingExecution.Compile,
        ["Resize"] = ResizeExecution.Compile,
        ["NegativeLogLikelihoodLoss"] = ClassLossExecution.Compile,
        ["SoftmaxCrossEntropyLoss"] = ClassLossExecution.CompileCrossEntropy,
        ["CenterCropPad"] = CenterCropPadExecution.Compile,
        ["HannWindow"] = WindowExecution.CompileHann,
        ["HammingWindow"] = WindowExecution.CompileHamming,
        ["BlackmanWindow"] = WindowExecution.CompileBlackman,
        ["Where"] = _ => call => call.Return(where(call[0], call[1], call[2])),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Names of the operators, all of ONNX's standard domain.</summary>
    public static IReadOnlyCollection<string> Names => Table.Keys;

    /// <summary>Refuses a node whose operator cannot be executed.</summary>
    /// <exception cref="UnsupportedOperatorException">The operator is not in the table; the message names it and the node.</exception>
    public static void RequireSupported(GraphNode node)
    {
        ArgumentNullException.ThrowIfNull(node);
        if (node.Domain.Length > 0 || !Table.ContainsKey(node.Operator))
        {
            throw new UnsupportedOperatorException($"Node {node} cannot be trained: TorchSharp's side has no operator {(node.Domain.Length > 0 ? node.Domain + "." : "")}{node.Operator}.");
        }
    }

    /// <summary>Refuses a convolution or pooling over more dimensions than torch has.</summary>
    /// <exception cref="UnsupportedOperatorException">There are more than three spatial dimensions.</exception>
    public static void RequireSupportedRank(GraphNode node, IReadOnlyDictionary<string, TensorType> types)
    {
        ArgumentNullException.ThrowIfNull(node);
        ArgumentNullException.ThrowIfNull(types);
        const int BatchAndChannels = 2;
        if (node.Operator is "Conv" or "ConvTranspose" or "MaxPool" && types[node.Inputs[0]].Shape is { Rank: > BatchAndChannels + 3 } shape)
        {
            throw new UnsupportedOperatorException($"Node {node} cannot be trained: it has {shape.Rank - BatchAndChannels} spatial dimensions; 1, 2 and 3 are accepted.");
        }
    }

    /// <summary>A node of a supported operator made ready for execution: its attributes are read and checked.</summary>
    /// <exception cref="InvalidModelException">An attribute is not what the operator takes.</exception>
    internal static NodeExecution Compile(GraphNode node) => Table[node.Operator](node);

    private static Func<GraphNode, NodeExecution> Unary(Func<Tensor, Tensor> function) => _ => call => call.Return(function(call[0]));

    private static Func<GraphNode, NodeExecution> Binary(Func<Tensor, Tensor, Tensor> function) => _ => call => call.Return(function(call[0], call[1]));

    private static Func<GraphNode, NodeExecution> Variadic(Func<Tensor, Tensor, Tensor> function) => _ => call => call.Return(Fold(call, function));

    /// <summary>All inputs combined two at a time; the only input itself where there is one.</summary>
    internal static Tensor Fold(NodeCall call, Func<Tensor, Tensor, Tensor> function)
    {
        Tensor result = call[0];
        for (int i = 1; i < call.InputCount; i++)
        {
            Tensor next = function(result, call[i]);
            if (i > 1)
            {
                result.Dispose();
            }

            result = next;
        }

        return result;
    }
}
