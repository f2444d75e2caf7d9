using System.Collections.Frozen;
using GradientDynamics.Onnx.Gradients.Rules;
using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Gradients;

/// <summary>Which operators of the standard domain have gradients, and which have none by definition. A rule is given a node whose output has a gradient.</summary>
internal static class GradientRules
{
    /// <summary>Rules by operator.</summary>
    public static FrozenDictionary<string, Action<GradientContext>> All { get; } = new Dictionary<string, Action<GradientContext>>
    {
        ["Gemm"] = GemmGradient.Emit,
        ["MatMul"] = MatMulGradient.Emit,
        ["Conv"] = ConvGradient.Emit,
        ["ConvTranspose"] = ConvTransposeGradient.Emit,

        ["Relu"] = ReluGradient.Emit,
        ["LeakyRelu"] = LeakyReluGradient.Emit,
        ["Sigmoid"] = SigmoidGradient.Emit,
        ["Tanh"] = TanhGradient.Emit,
        ["Softplus"] = SoftplusGradient.Emit,
        ["Softmax"] = SoftmaxGradient.Emit,
        ["LogSoftmax"] = LogSoftmaxGradient.Emit,
        ["BatchNormalization"] = BatchNormalizationGradient.Emit,
        ["Dropout"] = IdentityGradient.EmitDropout,
        ["Identity"] = IdentityGradient.Emit,

        ["MaxPool"] = MaxPoolGradient.Emit,
        ["MaxUnpool"] = MaxUnpoolGradient.Emit,
        ["AveragePool"] = AveragePoolGradient.Emit,
        ["GlobalAveragePool"] = GlobalAveragePoolGradient.Emit,
        ["GlobalMaxPool"] = GlobalMaxPoolGradient.Emit,
        ["LpPool"] = LpPoolGradient.Emit,
        ["GlobalLpPool"] = LpPoolGradient.EmitGlobal,

        ["Add"] = AddGradient.Emit,
        ["Sub"] = SubGradient.Emit,
        ["Mul"] = MulGradient.Emit,
        ["Div"] = DivGradient.Emit,
        ["Sum"] = AddGradient.Emit,
        ["Max"] = ExtremumGradient.Emit,
        ["Min"] = ExtremumGradient.Emit,
        ["Clip"] = ClipGradient.Emit,
        ["Where"] = WhereGradient.Emit,
        ["Pow"] = PowGradient.Emit,
        ["Exp"] = ExpGradient.Emit,
        ["Log"] = LogGradient.Emit,
        ["Neg"] = NegGradient.Emit,
        ["Abs"] = AbsGradient.Emit,
        ["Sqrt"] = SqrtGradient.Emit,
        ["Reciprocal"] = ReciprocalGradient.Emit,
        ["Cast"] = CastGradient.Emit,
        ["CastLike"] = CastGradient.Emit,
        ["Mean"] = MeanGradient.Emit,
        ["Mod"] = ModGradient.Emit,
        ["Erf"] = Slopes.Erf,
        ["Gelu"] = Slopes.Gelu,
        ["Elu"] = Slopes.Elu,
        ["Selu"] = Slopes.Selu,
        ["Celu"] = Slopes.Celu,
        ["ThresholdedRelu"] = Slopes.ThresholdedRelu,
        ["HardSigmoid"] = Slopes.HardSigmoid,
        ["HardSwish"] = Slopes.HardSwish,
        ["Softsign"] = Slopes.Softsign,
        ["Mish"] = Slopes.Mish,
        ["Swish"] = Slopes.Swish,
        ["PRelu"] = PReluGradient.Emit,
        ["Sin"] = Slopes.Sin,
        ["Cos"] = Slopes.Cos,
        ["Tan"] = Slopes.Tan,
        ["Sinh"] = Slopes.Sinh,
        ["Cosh"] = Slopes.Cosh,
        ["Asin"] = Slopes.Asin,
        ["Acos"] = Slopes.Acos,
        ["Atan"] = Slopes.Atan,
        ["Asinh"] = Slopes.Asinh,
        ["Acosh"] = Slopes.Acosh,
        ["Atanh"] = Slopes.Atanh,
        ["Floor"] = StraightThroughGradient.Emit,
        ["Ceil"] = StraightThroughGradient.Emit,
        ["Round"] = StraightThroughGradient.Emit,
        ["QuantizeLinear"] = QuantizeGradient.Emit,
        ["DequantizeLinear"] = DequantizeGradient.Emit,
        ["DynamicQuantizeLinear"] = QuantizeGradient.EmitDynamic,

        ["ReduceSum"] = ReduceGradients.EmitSum,
        ["ReduceMean"] = ReduceGradients.EmitMean,
        ["ReduceMax"] = ReduceGradients.EmitExtremum,
        ["ReduceMin"] = ReduceGradients.EmitExtremum,
        ["ReduceL1"] = ReduceGradients.EmitSumOfMagnitudes,
        ["ReduceL2"] = ReduceGradients.EmitEuclideanNorm,
        ["ReduceLogSum"] = ReduceGradients.EmitLogarithmOfSum,
        ["ReduceLogSumExp"] = ReduceGradients.EmitLogarithmOfSumOfExponentials,
        ["ReduceProd"] = ReduceGradients.EmitProduct,
        ["ReduceSumSquare"] = ReduceGradients.EmitSumOfSquares,
        ["CumSum"] = CumSumGradient.Emit,
        ["LpNormalization"] = LpNormalizationGradient.Emit,
        ["LRN"] = LrnGradient.Emit,

        ["Flatten"] = ReshapeGradient.Emit,
        ["Reshape"] = ReshapeGradient.Emit,
        ["Squeeze"] = ReshapeGradient.Emit,
        ["Unsqueeze"] = ReshapeGradient.Emit,
        ["Transpose"] = TransposeGradient.Emit,
        ["Expand"] = ExpandGradient.Emit,
        ["Concat"] = ConcatGradient.Emit,
        ["Split"] = SplitGradient.Emit,
        ["Pad"] = PadGradient.Emit,
        ["Slice"] = SelectionGradient.Emit,
        ["Gather"] = SelectionGradient.Emit,
        ["GatherElements"] = GatherElementsGradient.Emit,
        ["TopK"] = TopKGradient.Emit,
        ["OneHot"] = OneHotGradient.Emit,
        ["ScatterElements"] = ScatterGradients.EmitAlongAxis,
        ["DepthToSpace"] = DepthToSpaceGradient.Emit,
        ["SpaceToDepth"] = DepthToSpaceGradient.EmitSpaceToDepth,

        ["LayerNormalization"] = LayerNormalizationGradient.Emit,
        ["RMSNormalization"] = RmsNormalizationGradient.Emit,
        ["GroupNormalization"] = GroupNormalizationGradient.Emit,
        ["InstanceNormalization"] = GroupNormalizationGradient.EmitInstance,
        ["MeanVarianceNormalization"] = MeanVarianceNormalizationGradient.Emit,
        ["Tile"] = TileGradient.Emit,
        ["GatherND"] = SelectionGradient.Emit,
        ["ScatterND"] = ScatterGradients.EmitAtPositions,
        ["Trilu"] = TriluGradient.Emit,
        ["Einsum"] = EinsumGradient.Emit,
        ["Attention"] = AttentionGradient.Emit,
        ["RotaryEmbedding"] = RotaryEmbeddingGradient.Emit,
        ["Resize"] = ResizeGradient.Emit,
        ["NegativeLogLikelihoodLoss"] = ClassLossGradient.Emit,
        ["SoftmaxCrossEntropyLoss"] = ClassLossGradient.EmitCrossEntropy,
        ["CenterCropPad"] = CenterCropPadGradient.Emit,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Operators at which the gradient stops by definition: their outputs are constant almost everywhere, or do not depend on the values of their inputs.</summary>
    public static FrozenSet<string> NonDifferentiable { get; } = FrozenSet.Create(
        StringComparer.Ordinal,
        "And", "ArgMax", "ArgMin", "BlackmanWindow", "Constant", "ConstantOfShape", "Equal", "EyeLike", "Greater", "GreaterOrEqual", "HammingWindow", "HannWindow",
        "Hardmax", "IsInf", "IsNaN", "Less", "LessOrEqual", "NonZero", "Not", "Or", "Range", "Shape", "Sign", "Size", "Xor");

    /// <summary>Operators with a rule that is not their derivative: rounding and quantization pass the gradient as the identity does.</summary>
    public static FrozenSet<string> StraightThrough { get; } = FrozenSet.Create(StringComparer.Ordinal, "Ceil", "DynamicQuantizeLinear", "Floor", "QuantizeLinear", "Round");

    /// <summary>Whether the gradient stops at the node by definition.</summary>
    public static bool IsNonDifferentiable(GraphNode node) => node.Domain.Length == 0 && NonDifferentiable.Contains(node.Operator);
}
