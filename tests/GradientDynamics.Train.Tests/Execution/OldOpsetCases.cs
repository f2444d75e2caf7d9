using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Train.Tests.Execution;

/// <summary>Every operator whose form changed, in the last opset of each older form.</summary>
internal static class OldOpsetCases
{
    private static readonly NodeAttributes None = NodeAttributes.None;

    public static IReadOnlyDictionary<string, OldOpsetCase> All { get; } = ((OldOpsetCase[])
    [
        .. new[] { "Softmax", "LogSoftmax" }.SelectMany(name => new[] { 9, 12 }.SelectMany(opset => new[]
        {
            One(name, opset, "by default", [3, 4]),
            One(name, opset, "along the last axis", [3, 4], None.With("axis", 2)),
            One(name, opset, "of channels", [3, 1, 1]),
        })),
        One("Slice", 9, "of leading axes", [5, 6], None.With("starts", [0L, 1]).With("ends", [long.MaxValue, 4])),
        One("Slice", 9, "along one axis from the back", [5, 6], None.With("starts", [-3L]).With("ends", [long.MaxValue]).With("axes", [2L])),
        One("TopK", 9, "along the last axis", [7], None.With("k", 3), outputs: 2),
        .. new[] { 9, 10 }.SelectMany(opset => new[]
        {
            One("Clip", opset, "with bounds", [9], None.With("min", -0.9f).With("max", 1.1f)),
            One("Clip", opset, "with one bound", [9], None.With("max", 1.1f)),
            One("Pad", opset, "with a value", [2, 3], None.With("pads", [0L, 1, 0, 0, 0, 2]).With("value", 0.5f)),
            One("Pad", opset, "reflected", [3, 4], None.With("pads", [0L, 1, 2, 0, 2, 1]).With("mode", "reflect")),
            One("Pad", opset, "by its edge", [3, 4], None.With("pads", [0L, 1, 2, 0, 2, 1]).With("mode", "edge")),
        }),
        .. new[] { 9, 12 }.SelectMany(opset => new[]
        {
            One("Squeeze", opset, "of one axis", [3, 1], None.With("axes", [2L])),
            One("Unsqueeze", opset, "in the middle", [3], None.With("axes", [1L])),
            One("ReduceSum", opset, "along one axis", [3, 4], None.With("axes", [1L])),
            One("Split", opset, "in sizes", [6], None.With("split", [2L, 4]).With("axis", 1), outputs: 2),
        }),
        .. new[] { "ReduceL1", "ReduceL2", "ReduceLogSumExp", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd", "ReduceSumSquare" }
            .SelectMany(name => new[] { 9, 12, 17 }.Select(opset => One(name, opset, "along two axes", [3, 4, 2], None.With("axes", [1L, 3]).With("keepdims", 0)))),
        .. new[] { 9, 12, 17 }.Select(opset => One("Split", opset, "in equal parts", [6], None.With("axis", 1), outputs: 3)),
        .. new[] { 9, 11 }.Select(opset => One("Dropout", opset, "in inference", [5], None.With("ratio", 0.3f))),
        .. new[] { 9, 13 }.Select(opset => With("BatchNormalization", opset, "in inference", [3, 4], None.With("epsilon", 1e-3f), [1, 0.5f, 2], [0, 1, -1], [0.1f, -0.2f, 0.3f], [1, 0.5f, 2])),
        .. new[] { 18, 20 }.Select(opset => With("GroupNormalization", opset, "of two groups", [4, 3, 2], None.With("num_groups", 2), [1.5f, 0.5f], [0.25f, -1])),
        .. new[] { "nearest", "linear" }.SelectMany(mode => new[]
        {
            With("Upsample", 9, $"{mode} by 2", [2, 3, 4], None.With("mode", mode), [1, 1, 2, 2]),
            With("Resize", 10, $"{mode} by 2", [2, 3, 4], None.With("mode", mode), [1, 1, 2, 2]),
            With("Resize", 10, $"{mode} by a half", [2, 4, 6], None.With("mode", mode), [1, 1, 0.5f, 0.5f]),
        }),
        .. new[] { 11, 12, 17, 18 }.SelectMany(opset => new[] { ("nearest", "asymmetric"), ("linear", "half_pixel"), ("linear", "align_corners"), ("cubic", "half_pixel") }.Select(way =>
            Resize(opset, $"{way.Item1} {way.Item2}", None.With("mode", way.Item1).With("coordinate_transformation_mode", way.Item2)))),
        Resize(12, "as TensorFlow does", None.With("coordinate_transformation_mode", "tf_half_pixel_for_nn").With("nearest_mode", "floor")),
    ]).ToDictionary(each => $"{each.Operator} of opset {each.Opset} {each.Label}", StringComparer.Ordinal);

    private static OldOpsetCase One(string name, int opset, string label, long[] shape, NodeAttributes? attributes = null, int outputs = 1) => new(
        name, opset, label, shape, [new(name, ["input"], Enumerable.Range(0, outputs).Select(i => i == 0 ? "y" : $"y{i}"), attributes, "node")], []);

    private static OldOpsetCase With(string name, int opset, string label, long[] shape, NodeAttributes attributes, params float[][] operands) => new(
        name,
        opset,
        label,
        shape,
        [new(name, ["input", .. operands.Select((_, i) => $"operand{i}")], ["y"], attributes, "node")],
        [.. operands.Select((operand, i) => KeyValuePair.Create($"operand{i}", ConstantTensor.Of<float>(operand, operand.Length)))]);

    private static OldOpsetCase Resize(int opset, string label, NodeAttributes attributes) => new(
        "Resize",
        opset,
        label,
        [2, 3, 4],
        [new("Resize", ["input", "roi", "scales"], ["y"], attributes, "node")],
        [KeyValuePair.Create("roi", ConstantTensor.Of<float>([], 0)), KeyValuePair.Create("scales", ConstantTensor.Of<float>([1, 1, 2, 2], 4))]);
}
