using GradientDynamics.Onnx.Graph;
using static GradientDynamics.Onnx.Tests.Operators.OperatorCase;

namespace GradientDynamics.Onnx.Tests.Operators;

/// <summary>Cases of every operator of the table: shapes, attributes and optional operands.</summary>
internal static class OperatorCases
{
    private static readonly NodeAttributes None = NodeAttributes.None;

    public static IReadOnlyList<OperatorCase> All { get; } =
    [
        .. new[] { "Relu", "Sigmoid", "Tanh", "Exp", "Log", "Neg", "Abs", "Sqrt", "Reciprocal", "Sign", "LeakyRelu", "Identity", "Softmax", "LogSoftmax" }
            .SelectMany(name => new[] { Case(name, [F(2, 3, 4)], "of three dimensions"), Case(name, [F(5)], "of a vector") }),
        Case("Relu", [D(2, 3)], "in double"),
        Case("Identity", [B(2, 3)], "of truth values"),
        Case("Identity", [F()], "of a scalar"),
        Case("Softmax", [F(2, 3, 4)], "along the first axis", None.With("axis", 0)),
        Case("LogSoftmax", [F(2, 3, 4)], "along the middle axis", None.With("axis", -2)),
        Case("LeakyRelu", [F(2, 3)], "with a slope", None.With("alpha", 0.3f)),
        .. new[] { "Add", "Sub", "Mul", "Div", "Greater", "GreaterOrEqual", "Less", "LessOrEqual", "Equal", "Pow", "Max", "Min", "Sum" }
            .SelectMany(name => new[]
            {
                Case(name, [F(2, 3, 4), F(2, 3, 4)], "of equal shapes"),
                Case(name, [F(2, 3, 4), F(4)], "with a row"),
                Case(name, [F(3, 1), F(2, 1, 4)], "in both directions"),
                Case(name, [F(2, 3), F()], "with a scalar"),
            }),
        Case("Max", [F(2, 3)], "of one"),
        Case("Sum", [F(2, 3), F(3), F(2, 1)], "of three"),
        Case("Div", [I([7, -7], 2), Known(2)], "of integers"),
        Case("Pow", [F(2, 3), Known(2)], "with an integer exponent"),
        Case("And", [B(2, 3), B(3)], "with a row"),
        Case("Or", [B(2, 1), B(1, 3)], "in both directions"),
        Case("Not", [B(2, 3)], ""),
        Case("Where", [B(2, 1), F(3), F(2, 3)], "with broadcasting"),
        Case("Where", [B(2, 3), F(), F(2, 3)], "with a scalar"),
        Case("Gemm", [F(2, 3), F(3, 4)], "without bias"),
        Case("Gemm", [F(2, 3), F(4, 3), F(4)], "with transposed weight and bias", None.With("transB", 1)),
        Case("Gemm", [F(3, 2), F(3, 4), F(2, 1)], "with transposed input", None.With("transA", 1).With("alpha", 0.5f).With("beta", 2f)),
        Case("Gemm", [F(2, 3), F(3, 4), F()], "with a scalar bias"),
        Case("MatMul", [F(2, 3), F(3, 4)], "of matrices"),
        Case("MatMul", [F(2, 5, 2, 3), F(5, 3, 4)], "with broadcast batches"),
        Case("MatMul", [F(3), F(3)], "of vectors"),
        Case("MatMul", [F(3), F(2, 3, 4)], "of a row with matrices"),
        Case("MatMul", [F(2, 2, 3), F(3)], "of matrices with a column"),
        Case("Conv", [F(2, 3, 7, 8), F(4, 3, 3, 3)], "with defaults"),
        Case("Conv", [F(2, 3, 7, 8), F(4, 3, 3, 2), F(4)], "with a bias", None.With("kernel_shape", [3L, 2])),
        Case("Conv", [F(2, 4, 9, 9), F(6, 2, 3, 3)], "with groups, strides, pads and dilations", None.With("group", 2).With("strides", [2L, 1]).With("pads", [1L, 0, 2, 1]).With("dilations", [2L, 1])),
        Case("Conv", [F(1, 2, 7, 6), F(3, 2, 3, 4)], "with SAME_UPPER", None.With("auto_pad", "SAME_UPPER").With("strides", [2L, 3])),
        Case("Conv", [F(1, 2, 7, 6), F(3, 2, 3, 4)], "with SAME_LOWER", None.With("auto_pad", "SAME_LOWER").With("strides", [2L, 2])),
        Case("Conv", [F(1, 2, 7, 6), F(3, 2, 3, 4)], "with VALID", None.With("auto_pad", "VALID")),
        Case("Conv", [F(2, 3, 9), F(4, 3, 3)], "in one dimension", None.With("strides", [2L])),
        Case("Conv", [F(1, 2, 4, 5, 6), F(3, 2, 2, 2, 2)], "in three dimensions", None.With("pads", [1L, 1, 1, 0, 0, 0])),
        Case("ConvTranspose", [F(2, 3, 4, 5), F(3, 4, 3, 3)], "with defaults"),
        Case("ConvTranspose", [F(2, 3, 4, 5), F(3, 4, 3, 3), F(4)], "with strides, pads and output padding", None.With("strides", [2L, 3]).With("pads", [1L, 0, 1, 2]).With("output_padding", [1L, 2])),
        Case("ConvTranspose", [F(2, 4, 4, 4), F(4, 3, 3, 3)], "with groups and dilations", None.With("group", 2).With("dilations", [2L, 1])),
        Case("ConvTranspose", [F(1, 2, 3, 4), F(2, 1, 3, 3)], "with an output shape", None.With("strides", [2L, 2]).With("output_shape", [6L, 8])),
        Case("ConvTranspose", [F(1, 2, 3, 4), F(2, 1, 3, 3)], "with SAME_UPPER", None.With("strides", [2L, 2]).With("auto_pad", "SAME_UPPER")),
        Case("ConvTranspose", [F(1, 2, 3, 4), F(2, 1, 3, 3)], "with SAME_LOWER", None.With("strides", [1L, 3]).With("auto_pad", "SAME_LOWER")),
        .. Pools("MaxPool"),
        .. Pools("AveragePool"),
        Case("MaxPool", [F(2, 3, 6, 7)], "with indices", None.With("kernel_shape", [2L, 3]).With("strides", [2L, 2]), outputs: 2),
        Case("MaxUnpool", [F(1, 1, 2, 2), I([5, 7, 13, 15], 1, 1, 2, 2)], "with strides", None.With("kernel_shape", [2L, 2]).With("strides", [2L, 2])),
        Case("MaxUnpool", [F(1, 1, 2, 2), I([0, 2, 10, 12], 1, 1, 2, 2)], "with pads", None.With("kernel_shape", [3L, 3]).With("strides", [2L, 2]).With("pads", [0L, 0, 1, 1])),
        Case("AveragePool", [F(1, 1, 4, 4)], "with pads counted", None.With("kernel_shape", [3L, 3]).With("pads", [1L, 1, 1, 1]).With("count_include_pad", 1)),
        Case("GlobalAveragePool", [F(2, 3, 4, 5)], "of images"),
        Case("GlobalAveragePool", [F(2, 3, 4)], "of sequences"),
        Case("BatchNormalization", [F(2, 3, 4, 5), F(3), F(3), F(3), F(3)], "of images"),
        Case("BatchNormalization", [F(4, 3), F(3), F(3), F(3), F(3)], "of rows", None.With("epsilon", 1e-3f)),
        Case("Flatten", [F(2, 3, 4)], "with defaults"),
        Case("Flatten", [F(2, 3, 4)], "at 0", None.With("axis", 0)),
        Case("Flatten", [F(2, 3, 4)], "at the end", None.With("axis", 3)),
        Case("Flatten", [F(2, 3, 4)], "from the back", None.With("axis", -1)),
        Case("Reshape", [F(2, 3, 4), Known(4, 6)], "to numbers"),
        Case("Reshape", [F(2, 3, 4), Known(0, -1)], "with 0 and -1"),
        Case("Reshape", [F(0, 3), Known(0, 5)], "with allowzero", None.With("allowzero", 1)),
        Case("Reshape", [F(2, 3, 4), Known(-1)], "to a vector"),
        Case("Transpose", [F(2, 3, 4)], "reversed"),
        Case("Transpose", [F(2, 3, 4)], "with perm", None.With("perm", [1L, 0, 2])),
        Case("Dropout", [F(2, 3)], "with defaults"),
        Case("Dropout", [F(2, 3), KnownScalar(0.3f)], "with a ratio and the mask", outputs: 2),
        Case("Constant", [], "of a tensor", None.With("value", ConstantTensor.Of<float>([1, 2, 3, 4], 2, 2))),
        Case("Constant", [], "of a float", None.With("value_float", 1f)),
        Case("Constant", [], "of floats", None.With("value_floats", [1f, 2f])),
        Case("Constant", [], "of an integer", None.With("value_int", 1)),
        Case("Constant", [], "of integers", None.With("value_ints", [1L, 2, 3])),
        Case("Cast", [F(2, 3)], "to integers", None.With("to", (long)ElementType.Int64)),
        Case("Cast", [B(2, 3)], "to floats", None.With("to", (long)ElementType.Float)),
        Case("Cast", [F(2)], "to truth values", None.With("to", (long)ElementType.Bool)),
        Case("OneHot", [I([0, 2, 1, 3, 2, 0], 2, 3), KnownScalar(4L), KnownFloats(0, 1)], "at the end"),
        Case("OneHot", [I([0, 2, 1, 3, 2, 0], 2, 3), Known(4), KnownFloats(0, 1)], "at axis 1", None.With("axis", 1)),
        Case("OneHot", [I([0, 2], 2), KnownScalar(3L), KnownFloats(0, 1)], "at axis 0", None.With("axis", 0)),
        Case("ScatterElements", [F(3, 4), I([0, 1, 2, 0], 2, 2), F(2, 2)], "with defaults"),
        Case("ScatterElements", [F(3, 4), I([0, 1, 2, 3], 2, 2), F(2, 2)], "added along axis 1", None.With("axis", 1).With("reduction", "add")),
        Case("Gather", [F(3, 4), I([0, 2], 2)], "of rows"),
        Case("Gather", [F(3, 4), KnownScalar(-1L)], "of one row"),
        Case("Gather", [F(3, 4, 5), I([0, 2, 1, 3, 0, 1], 2, 3)], "of columns", None.With("axis", 1)),
        Case("GatherElements", [F(3, 4), I([0, 2, 1, 1], 2, 2)], "along axis 1", None.With("axis", 1)),
        Case("GatherElements", [F(3, 4), I([0, 2, 1, 1], 1, 4)], "along axis 0"),
        .. new[] { "ReduceSum", "ReduceMax", "ReduceMean" }.SelectMany(name => new[]
        {
            Case(name, [F(2, 3, 4)], "of everything"),
            Case(name, [F(2, 3, 4)], "of everything to a scalar", None.With("keepdims", 0)),
            Case(name, [F(2, 3, 4), Known(1)], "along one axis"),
            Case(name, [F(2, 3, 4), Known(0, -1)], "along two axes", None.With("keepdims", 0)),
            Case(name, [F(2, 3, 4), null], "of nothing", None.With("noop_with_empty_axes", 1)),
        }),
        Case("ArgMax", [F(2, 3, 4)], "with defaults"),
        Case("ArgMax", [F(2, 3, 4)], "without the axis", None.With("axis", -1).With("keepdims", 0)),
        Case("ArgMax", [F(2, 3)], "of the last", None.With("axis", 1).With("select_last_index", 1)),
        Case("TopK", [F(2, 5), Known(3)], "with defaults", outputs: 2),
        Case("TopK", [F(5, 2), Known(2)], "of the smallest", None.With("axis", 0).With("largest", 0), outputs: 2),
        Case("Clip", [F(2, 3), KnownScalar(0.5f), KnownScalar(1f)], "with bounds"),
        Case("Clip", [F(2, 3), null, KnownScalar(1f)], "with one bound"),
        Case("Clip", [F(2, 3)], "without bounds"),
        Case("Shape", [F(2, 3, 4)], "of everything"),
        Case("Shape", [F(2, 3, 4)], "from start to end", None.With("start", -2).With("end", 2)),
        Case("Shape", [F(2, 3, 4)], "out of range", None.With("start", -9).With("end", 9)),
        Case("Size", [F(2, 3, 4)], ""),
        Case("Expand", [F(3, 1), Known(2, 1, 4)], "in both directions"),
        Case("Expand", [F(3, 4), Known(1)], "by nothing"),
        Case("Concat", [F(2, 3), F(2, 1), F(2, 2)], "of columns", None.With("axis", 1)),
        Case("Concat", [F(2, 3), F(4, 3)], "of rows", None.With("axis", -2)),
        Case("Slice", [F(5, 6), Known(1, 0), Known(4, 5)], "of leading axes"),
        Case("Slice", [F(5, 6), Known(-3), Known(long.MaxValue), Known(1)], "to the end"),
        Case("Slice", [F(5, 6), Known(4, -1), Known(-9, 0), Known(0, 1), Known(-2, -1)], "backwards"),
        Case("Slice", [F(5, 6), Known(1), Known(-1), Known(0), Known(2)], "in steps"),
        Case("Slice", [F(5, 6), Known(3), Known(2), Known(0)], "of nothing"),
        Case("Pad", [F(2, 3), Known(1, 0, 2, 3)], "with zeros"),
        Case("Pad", [F(2, 3), Known(1, 2), KnownScalar(7f), Known(-1)], "along an axis"),
        Case("Pad", [F(4, 5), Known(1, 2, 1, 2)], "reflected", None.With("mode", "reflect")),
        Case("Pad", [F(4, 5), Known(-1, 0, 0, -2)], "cut"),
        Case("Squeeze", [F(1, 3, 1)], "of every 1"),
        Case("Squeeze", [F(1, 3, 1), Known(-1)], "of the last"),
        Case("Unsqueeze", [F(2, 3), Known(0, -1)], "at both ends"),
        Case("Unsqueeze", [F(), Known(0)], "of a scalar"),
        Case("ConstantOfShape", [Known(2, 3)], "of zeros"),
        Case("ConstantOfShape", [Known(2)], "of integers", None.With("value", ConstantTensor.Vector(7))),
        Case("Range", [KnownScalar(1L), KnownScalar(10L), KnownScalar(3L)], "upwards"),
        Case("Range", [KnownScalar(10L), KnownScalar(0L), KnownScalar(-4L)], "downwards"),
        Case("Range", [KnownScalar(3L), KnownScalar(1L), KnownScalar(1L)], "of nothing"),
        Case("DepthToSpace", [F(1, 8, 2, 3)], "with defaults", None.With("blocksize", 2)),
        Case("DepthToSpace", [F(1, 8, 2, 3)], "in the other order", None.With("blocksize", 2).With("mode", "CRD")),
        Case("SpaceToDepth", [F(1, 2, 4, 6)], "", None.With("blocksize", 2)),
        .. FunctionCases.All,
        .. StructureOperatorCases.All,
    ];

    private static OperatorCase Case(string name, OperatorCase.Operand?[] operands, string label, NodeAttributes? attributes = null, int outputs = 1) =>
        new(name, operands, attributes ?? None, outputs, label);

    private static IEnumerable<OperatorCase> Pools(string name)
    {
        NodeAttributes two = None.With("kernel_shape", [2L, 2]);
        NodeAttributes three = None.With("kernel_shape", [3L, 3]);
        yield return Case(name, [F(2, 3, 6, 7)], "with defaults", two);
        yield return Case(name, [F(2, 3, 6, 7)], "with strides", two.With("strides", [2L, 2]));
        yield return Case(name, [F(2, 3, 6, 7)], "rounded up", two.With("strides", [2L, 2]).With("ceil_mode", 1));
        yield return Case(name, [F(2, 3, 6, 7)], "with pads", three.With("strides", [2L, 2]).With("pads", [1L, 1, 1, 1]));
        yield return Case(name, [F(2, 3, 5, 5)], "rounded up with pads", three.With("strides", [3L, 3]).With("pads", [0L, 1, 2, 1]).With("ceil_mode", 1));
        yield return Case(name, [F(2, 3, 9, 9)], "with dilations", three.With("dilations", [2L, 3]));
        yield return Case(name, [F(2, 3, 6, 7)], "with SAME_UPPER", three.With("strides", [2L, 2]).With("auto_pad", "SAME_UPPER"));
        yield return Case(name, [F(2, 3, 6, 7)], "with SAME_LOWER", three.With("strides", [2L, 2]).With("auto_pad", "SAME_LOWER"));
        yield return Case(name, [F(2, 3, 6, 7)], "with VALID", three.With("auto_pad", "VALID"));
        yield return Case(name, [F(2, 3, 9)], "in one dimension", None.With("kernel_shape", [3L]).With("strides", [2L]));
        yield return Case(name, [F(1, 2, 4, 5, 6)], "in three dimensions", None.With("kernel_shape", [2L, 2, 2]));
    }
}
