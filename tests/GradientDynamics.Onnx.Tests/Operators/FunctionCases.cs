using GradientDynamics.Onnx.Graph;
using static GradientDynamics.Onnx.Tests.Operators.OperatorCase;

namespace GradientDynamics.Onnx.Tests.Operators;

/// <summary>Cases of elementwise functions, reductions, norms and quantization.</summary>
internal static class FunctionCases
{
    private static readonly NodeAttributes None = NodeAttributes.None;

    public static IReadOnlyList<OperatorCase> All { get; } =
    [
        .. new[]
        {
            "Erf", "Softplus", "Softsign", "HardSwish", "Mish", "Gelu", "Elu", "Selu", "Celu", "ThresholdedRelu", "HardSigmoid", "Floor", "Ceil", "Round", "Sin", "Cos", "Tan", "Sinh",
            "Cosh", "Asin", "Acos", "Atan", "Asinh", "Acosh", "Atanh", "IsNaN", "IsInf", "Hardmax", "LpNormalization",
        }.SelectMany(name => new[] { Case(name, [F(2, 3, 4)], "of three dimensions"), Case(name, [F(5)], "of a vector") }),
        Case("Swish", [F(2, 3)], "with a number", None.With("alpha", 0.5f)) with { Opset = 24 },
        Case("PRelu", [F(2, 3, 4), F(3, 1)], "with a slope per channel"),
        Case("PRelu", [F(2, 3), F()], "with one slope"),
        .. new[] { "Mod", "Mean" }.SelectMany(name => new[]
        {
            Case(name, [F(2, 3, 4), F(4)], "with a row", name == "Mod" ? None.With("fmod", 1) : None),
            Case(name, [F(3, 1), F(2, 1, 4)], "in both directions", name == "Mod" ? None.With("fmod", 1) : None),
        }),
        Case("Mod", [I([7, -7], 2), Known(3)], "of integers"),
        Case("Mod", [Known(7, -7), Known(3, 3)], "of known integers"),
        Case("Mean", [F(2, 3)], "of one"),
        Case("Xor", [B(2, 1), B(1, 3)], "in both directions"),
        Case("CastLike", [F(2, 3), Known(1)], "to integers"),
        Case("CastLike", [B(2, 3), F(2)], "to floats"),
        Case("ArgMin", [F(2, 3, 4)], "without the axis", None.With("axis", -1).With("keepdims", 0)),
        Case("ArgMin", [F(2, 3)], "of the last", None.With("axis", 1).With("select_last_index", 1)),
        .. new[] { "ReduceMin", "ReduceProd", "ReduceL1", "ReduceL2", "ReduceSumSquare", "ReduceLogSum", "ReduceLogSumExp" }.SelectMany(name => new[]
        {
            Case(name, [F(2, 3, 4)], "of everything"),
            Case(name, [F(2, 3, 4)], "of everything to a scalar", None.With("keepdims", 0)),
            Case(name, [F(2, 3, 4), Known(1)], "along one axis"),
            Case(name, [F(2, 3, 4), Known(0, -1)], "along two axes", None.With("keepdims", 0)),
            Case(name, [F(2, 3, 4), null], "of single elements", None.With("noop_with_empty_axes", 1)),
        }),
        Case("CumSum", [F(2, 3), KnownScalar(-1)], "along the last axis"),
        Case("CumSum", [F(2, 3), KnownScalar(0L)], "without the element itself, from the end", None.With("exclusive", 1).With("reverse", 1)),
        Case("LRN", [F(2, 5, 3, 4)], "over three channels", None.With("size", 3)),
        Case("GlobalMaxPool", [F(2, 3, 4, 5)], "of images"),
        Case("GlobalMaxPool", [F(2, 3, 4)], "of sequences"),
        Case("GlobalLpPool", [F(2, 3, 4, 5)], "of images"),
        Case("LpPool", [F(2, 3, 6, 7)], "with defaults", None.With("kernel_shape", [2L, 2])),
        Case("LpPool", [F(2, 3, 7, 7)], "with strides and pads", None.With("kernel_shape", [3L, 3]).With("strides", [2L, 2]).With("pads", [1L, 0, 0, 1]).With("p", 3)),
        Case("QuantizeLinear", [F(2, 3), KnownScalar(0.1f)], "to bytes"),
        Case("QuantizeLinear", [F(2, 3), KnownFloats(0.1f, 0.2f, 0.3f), new(ConstantTensor.Of<sbyte>([1, 2, 3], 3), true)], "along an axis"),
        Case("QuantizeLinear", [F(2, 3), KnownScalar(0.1f), KnownScalar((ushort)7)], "to 16 bits") with { Opset = 21 },
        Case("QuantizeLinear", [F(2, 5), new(ConstantTensor.Of<float>([1, 2, 3, 4, 5, 6], 2, 3), true)], "in blocks", None.With("block_size", 2).With("output_dtype", (long)ElementType.Int8)) with { Opset = 21 },
        Case("DequantizeLinear", [new(ConstantTensor.Of<byte>([1, 2, 3, 4], 2, 2), false), KnownScalar(0.1f), KnownScalar((byte)7)], "of bytes"),
        Case("DequantizeLinear", [new(ConstantTensor.Of<int>([1, 2, 3, 4], 2, 2), false), KnownFloats(0.1f, 0.2f)], "along the first axis", None.With("axis", 0)),
        Case("DynamicQuantizeLinear", [F(2, 3)], "", outputs: 3),
    ];

    private static OperatorCase Case(string name, OperatorCase.Operand?[] operands, string label, NodeAttributes? attributes = null, int outputs = 1) =>
        new(name, operands, attributes ?? None, outputs, label);
}
