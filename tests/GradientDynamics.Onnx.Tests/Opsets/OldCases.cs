using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Tests.Operators;
using static GradientDynamics.Onnx.Tests.Operators.OperatorCase;

namespace GradientDynamics.Onnx.Tests.Opsets;

/// <summary>Cases in forms that only older opsets have, each with the first and the last opset of its form.</summary>
internal static class OldCases
{
    private static readonly NodeAttributes None = NodeAttributes.None;

    public static IReadOnlyList<(OperatorCase Case, int First, int Last)> All { get; } =
    [
        .. new[] { "Softmax", "LogSoftmax", "Hardmax" }.SelectMany(name => new[]
        {
            Old(9, 12, name, [F(2, 3, 4)], "by default"),
            Old(9, 12, name, [F(2, 3, 4)], "of everything", None.With("axis", 0)),
            Old(9, 12, name, [F(2, 3, 4)], "along the last axis", None.With("axis", 2)),
            Old(9, 12, name, [F(2, 3, 1, 1)], "of channels"),
            Old(11, 12, name, [F(2, 3, 4)], "from the back", None.With("axis", -2)),
        }),
        Old(9, 9, "Slice", [F(5, 6)], "of leading axes", None.With("starts", [1L, 0]).With("ends", [4L, 5])),
        Old(9, 9, "Slice", [F(5, 6)], "along an axis to the end", None.With("starts", [-3L]).With("ends", [long.MaxValue]).With("axes", [1L])),
        Old(9, 9, "TopK", [F(2, 5)], "with k", None.With("k", 3), outputs: 2),
        Old(9, 9, "TopK", [F(5, 2)], "along the first axis", None.With("k", 2).With("axis", 0), outputs: 2),
        Old(9, 10, "Clip", [F(2, 3)], "with bounds", None.With("min", 0.5f).With("max", 1f)),
        Old(9, 10, "Clip", [F(2, 3)], "with one bound", None.With("max", 1f)),
        Old(9, 10, "Clip", [F(2, 3)], "without bounds"),
        Old(9, 10, "Pad", [F(2, 3)], "with zeros", None.With("pads", [1L, 0, 2, 3])),
        Old(9, 10, "Pad", [F(2, 3)], "with a value", None.With("pads", [1L, 0, 0, 1]).With("value", 7f)),
        Old(9, 10, "Pad", [F(4, 5)], "reflected", None.With("pads", [1L, 2, 1, 2]).With("mode", "reflect")),
        Old(9, 10, "Pad", [F(4, 5)], "by its edge", None.With("pads", [1L, 2, 1, 2]).With("mode", "edge")),
        Old(9, 10, "Pad", [F(4, 5)], "cut", None.With("pads", [-1L, 0, 0, -2])),
        Old(9, 12, "Squeeze", [F(1, 3, 1)], "of one axis", None.With("axes", [2L])),
        Old(9, 12, "Squeeze", [F(1, 3, 1)], "of every 1 without axes"),
        Old(11, 12, "Squeeze", [F(1, 3, 1)], "from the back", None.With("axes", [-3L])),
        Old(9, 12, "Unsqueeze", [F(2, 3)], "at both ends", None.With("axes", [0L, 3])),
        Old(11, 12, "Unsqueeze", [F(2, 3)], "from the back", None.With("axes", [-1L])),
        .. Reductions("ReduceSum", 12),
        .. new[] { "ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd", "ReduceSumSquare" }.SelectMany(name => Reductions(name, 17)),
        Old(17, 19, "DFT", [F(1, 6, 4, 1)], "by default"),
        Old(17, 19, "DFT", [F(1, 6, 4, 1)], "along the second axis", None.With("axis", 2).With("onesided", 1)),
        Old(9, 12, "Split", [F(2, 6)], "in sizes", None.With("split", [1L, 2, 3]).With("axis", 1), outputs: 3),
        Old(9, 17, "Split", [F(4, 3)], "in equal parts", outputs: 2),
        Old(9, 17, "Split", [F(4, 6)], "in equal parts along an axis", None.With("axis", 1), outputs: 3),
        Old(13, 17, "Split", [F(2, 6), Known(1, 2, 3)], "in sizes as an input", None.With("axis", 1), outputs: 3),
        Old(9, 11, "Dropout", [F(2, 3)], "with a ratio", None.With("ratio", 0.3f)),
        Old(9, 11, "Dropout", [F(2, 3)], "without one"),
        Old(9, 13, "BatchNormalization", [F(2, 3, 4, 5), F(3), F(3), F(3), F(3)], "in inference", None.With("epsilon", 1e-3f).With("momentum", 0.8f)),
        Old(18, 20, "GroupNormalization", [F(2, 6, 4, 5), F(3), F(3)], "of images", None.With("num_groups", 3).With("epsilon", 1e-3f)),
        Old(18, 20, "GroupNormalization", [F(2, 4, 3), F(2), F(2)], "of sequences", None.With("num_groups", 2)),
        .. Images("Upsample", 9, 9, 2, 2).Concat(Images("Upsample", 9, 9, 3, 1.5f)),
        .. Images("Resize", 10, 10, 2, 2).Concat(Images("Resize", 10, 10, 3, 1.5f)).Concat(Images("Resize", 10, 10, 0.6f, 0.4f)).Concat(Images("Resize", 10, 10, 2.5f, 0.6f)).Concat(Images("Resize", 10, 10, 1, 1)),
        .. new[] { "half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric" }.SelectMany(mode => new[] { "nearest", "linear", "cubic" }.SelectMany(kind => new[]
        {
            Old(11, 18, "Resize", [F(1, 2, 4, 5), KnownFloats(), KnownFloats(1, 1, 2, 1.6f)], $"{kind} {mode} by scales", None.With("mode", kind).With("coordinate_transformation_mode", mode)),
            Old(11, 18, "Resize", [F(1, 2, 4, 5), KnownFloats(), KnownFloats(), Known(1, 2, 3, 7)], $"{kind} {mode} to sizes", None.With("mode", kind).With("coordinate_transformation_mode", mode)),
        })),
        .. new[] { "floor", "ceil", "round_prefer_floor", "round_prefer_ceil" }.Select(rounding =>
            Old(11, 18, "Resize", [F(1, 1, 4, 5), KnownFloats(), KnownFloats(1, 1, 1.7f, 0.6f)], $"nearest by {rounding}", None.With("nearest_mode", rounding).With("coordinate_transformation_mode", "asymmetric"))),
        .. new[] { 2f, 1.7f, 0.6f, 3 }.Select(scale =>
            Old(11, 12, "Resize", [F(1, 1, 4, 5), KnownFloats(), KnownFloats(1, 1, scale, scale)], $"by {scale} as TensorFlow does", None.With("nearest_mode", "floor").With("coordinate_transformation_mode", "tf_half_pixel_for_nn"))),
        Old(11, 18, "Resize", [F(1, 1, 4, 5), KnownFloats(0, 0, 0.2f, 0.1f, 1, 1, 0.7f, 0.9f), KnownFloats(1, 1, 0.8f, 0.8f)], "of a crop", None.With("mode", "linear").With("coordinate_transformation_mode", "tf_crop_and_resize").With("extrapolation_value", 3f)),
        Old(10, 15, "RoiAlign", [F(1, 2, 6, 6), new(ConstantTensor.Of<float>([0, 0, 4, 4, 1, 2, 5, 5], 2, 4), false), I([0, 0], 2)], "of boxes", None.With("output_height", 2).With("output_width", 3).With("sampling_ratio", 2)),
        .. new[] { "bilinear", "nearest", "bicubic" }.Select(mode =>
            Old(16, 19, "GridSample", [F(1, 2, 4, 5), new(ConstantTensor.Of<float>([-1, -0.5f, 0, 0.25f, 0.7f, -0.9f, 1.2f, 0.1f], 1, 2, 2, 2), false)], mode, None.With("mode", mode))),
        Old(16, 19, "GridSample", [F(1, 2, 4, 5), new(ConstantTensor.Of<float>([-1, -0.5f, 0, 0.25f, 0.7f, -0.9f, 1.2f, 0.1f], 1, 2, 2, 2), false)], "by default"),
        Old(9, 10, "Scatter", [F(3, 4), I([0, 1, 2, 0], 2, 2), F(2, 2)], "with defaults"),
        Old(9, 10, "Scatter", [F(3, 4), I([0, 1, 2, 3], 2, 2), F(2, 2)], "along an axis", None.With("axis", 1)),
        Old(9, 19, "OneHot", [I([0, 2, 1, 7], 4), KnownScalar(4L), KnownFloats(0, 1)], "with an index out of range"),
        Old(9, 19, "OneHot", [I([0, -2, 1, -1], 4), KnownScalar(4L), KnownFloats(0, 1)], "with negative indices"),
    ];

    private static (OperatorCase, int, int) Old(int first, int last, string name, Operand?[] operands, string label, NodeAttributes? attributes = null, int outputs = 1) =>
        (new(name, operands, attributes ?? None, outputs, $"of opset {first} to {last} {label}"), first, last);

    private static IEnumerable<(OperatorCase, int, int)> Reductions(string name, int last)
    {
        yield return Old(9, last, name, [F(2, 3, 4)], "of everything");
        yield return Old(9, last, name, [F(2, 3, 4)], "of everything to a scalar", None.With("keepdims", 0));
        yield return Old(9, last, name, [F(2, 3, 4)], "along one axis", None.With("axes", [1L]));
        yield return Old(9, last, name, [F(2, 3, 4)], "along two axes", None.With("axes", [0L, 2]).With("keepdims", 0));
        yield return Old(11, last, name, [F(2, 3, 4)], "from the back", None.With("axes", [-1L]));
    }

    private static IEnumerable<(OperatorCase, int, int)> Images(string name, int first, int last, float height, float width) => new[] { "nearest", "linear" }
        .Select(mode => Old(first, last, name, [F(1, 2, 4, 5), KnownFloats(1, 1, height, width)], $"{mode} by {height} and {width}", None.With("mode", mode)));
}
