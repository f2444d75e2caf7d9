using GradientDynamics.Onnx.Graph;
using static GradientDynamics.Onnx.Tests.Operators.OperatorCase;

namespace GradientDynamics.Onnx.Tests.Operators;

/// <summary>Cases of the normalizations and of the operators that divide, repeat, pick and contract.</summary>
internal static class StructureOperatorCases
{
    private static readonly NodeAttributes None = NodeAttributes.None;

    public static IReadOnlyList<OperatorCase> All { get; } =
    [
        Case("LayerNormalization", [F(2, 3, 4), F(4), F(4)], "of the last axis"),
        Case("LayerNormalization", [F(2, 3, 4), F(3, 4)], "without bias", None.With("axis", 1)),
        Case("LayerNormalization", [F(2, 3, 4), F(3, 4), F(3, 4)], "with statistics", None.With("axis", -2), outputs: 3),
        Case("RMSNormalization", [F(2, 3, 4), F(4)], "of the last axis") with { Opset = 23 },
        Case("GroupNormalization", [F(2, 4, 3), F(4), F(4)], "in two groups", None.With("num_groups", 2)) with { Opset = 21 },
        Case("InstanceNormalization", [F(2, 3, 4, 5), F(3), F(3)], "of images"),
        Case("MeanVarianceNormalization", [F(2, 3, 4, 5)], "over the default axes"),
        Case("Split", [F(2, 6), Known(1, 2, 3)], "of given lengths", None.With("axis", 1), outputs: 3),
        Case("Split", [F(2, 5)], "of equal parts but for the last", None.With("axis", -1).With("num_outputs", 3), outputs: 3),
        Case("Split", [F(4, 3)], "of one part", None.With("num_outputs", 1)),
        Case("Tile", [F(2, 3), Known(1, 2)], "of columns"),
        Case("Tile", [F(2, 3), Known(2, 0)], "of nothing"),
        Case("GatherND", [F(2, 3, 4), new(ConstantTensor.Of<long>([0, 1, 1, 2, 0, 0], 3, 2), true)], "of rows"),
        Case("GatherND", [F(2, 3, 4), I([0, 1], 2, 1)], "with a batch dimension", None.With("batch_dims", 1)),
        Case("ScatterND", [F(4, 3), I([0, 2], 2, 1), F(2, 3)], "of rows"),
        Case("ScatterND", [F(4, 3), I([0, 2, 1, 1], 2, 2), F(2)], "of elements, added", None.With("reduction", "add")),
        Case("Trilu", [F(2, 3, 4)], "upper"),
        Case("Trilu", [F(3, 3), KnownScalar(-1L)], "lower", None.With("upper", 0)),
        Case("Einsum", [F(2, 3, 4), F(4, 5)], "of matrices", None.With("equation", "bij,jk->bik")),
        Case("Einsum", [F(2, 3, 4), F(2, 5, 4)], "with an ellipsis", None.With("equation", "...ik,...jk->...ij")),
        Case("Einsum", [F(2, 3, 4)], "implicit", None.With("equation", "bca")),
        Case("Einsum", [F(2, 3, 3)], "of traces", None.With("equation", "bii->b")),
        Case("EyeLike", [F(2, 3)], "of the input's type"),
        Case("EyeLike", [F(2, 3)], "of another type", None.With("dtype", (long)ElementType.Int32).With("k", 1)),
        Case("NonZero", [Known(0, 2, 0, 3)], "of known numbers"),
        Case("Attention", [F(2, 3, 8), F(2, 5, 8), F(2, 5, 12)], "of heads side by side", None.With("q_num_heads", 4).With("kv_num_heads", 4)) with { Opset = 23 },
        Case("Attention", [F(2, 4, 3, 2), F(2, 2, 5, 2), F(2, 2, 5, 6)], "of heads in groups") with { Opset = 23 },
        Case("Attention", [F(2, 4, 3, 2), F(2, 4, 5, 2), F(2, 4, 5, 6), null, F(2, 4, 3, 2), F(2, 4, 3, 6)], "with the past", outputs: 3) with { Opset = 23 },
        Case("HannWindow", [KnownScalar(5L)], "periodic"),
        Case("HammingWindow", [KnownScalar(5L)], "symmetric", None.With("periodic", 0)),
        Case("BlackmanWindow", [KnownScalar(5L)], "in double", None.With("output_datatype", (long)ElementType.Double)),
        Case("CenterCropPad", [F(4, 5, 2), Known(4, 3, 6)], "of all axes"),
        Case("CenterCropPad", [F(4, 5, 2), Known(4)], "of one axis", None.With("axes", [-2L])),
        Case("NegativeLogLikelihoodLoss", [F(2, 3, 4), I([0, 1, 2, 0, 2, 1, 0, 1], 2, 4)], "of each example", None.With("reduction", "none")),
        Case("SoftmaxCrossEntropyLoss", [F(2, 3), I([0, 2], 2), F(3)], "weighted, with logarithms", outputs: 2),
        Case("Resize", [F(1, 2, 3, 4), null, KnownFloats(1, 1, 2, 2)], "twice as large"),
        Case("Resize", [F(1, 2, 3, 4), null, KnownFloats(0.6f, 0.6f)], "smaller along axes", None.With("axes", [3L, 2]).With("mode", "linear").With("coordinate_transformation_mode", "asymmetric")),
        Case("Resize", [F(1, 2, 3, 4), null, null, Known(1, 2, 7, 5)], "to sizes", None.With("mode", "cubic")),
        Case("Resize", [F(1, 2, 3, 4), null, null, Known(7, 5)], "to sizes with its aspect ratio", None.With("axes", [2L, 3]).With("keep_aspect_ratio_policy", "not_larger")),
        Case("RotaryEmbedding", [F(2, 3, 8), F(2, 3, 2), F(2, 3, 2)], "of heads side by side", None.With("num_heads", 2)) with { Opset = 23 },
    ];

    private static OperatorCase Case(string name, Operand?[] operands, string label, NodeAttributes? attributes = null, int outputs = 1) =>
        new(name, operands, attributes ?? None, outputs, label);
}
