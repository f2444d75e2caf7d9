namespace GradientDynamics.Onnx.Opsets;

/// <summary>
/// Every change between opset 9 and the newest that gives an operator another meaning or another form. What is not listed means the same
/// in all of them: newer versions only take more element types, or have attributes whose absence means what it meant before. (OneHot's
/// negative indices were out of range until opset 10 by the standard; ONNX Runtime counts them from the back in all, and so does this library.)
/// </summary>
internal static class OpsetRules
{
    public static IReadOnlyList<OpsetRule> All { get; } =
    [
        // Attributes that became inputs.
        new("Slice", 9, 10, "starts, ends and axes are inputs", AttributesToInputs.Slice),
        new("TopK", 9, 10, "k is an input", AttributesToInputs.TopK),
        new("Clip", 9, 11, "min and max are inputs", AttributesToInputs.Clip),
        new("Pad", 9, 11, "pads and value are inputs", AttributesToInputs.Pad),
        new("Squeeze", 9, 13, "axes are an input", AttributesToInputs.Axes),
        new("Unsqueeze", 9, 13, "axes are an input", AttributesToInputs.Axes),
        new("ReduceSum", 9, 13, "axes are an input", AttributesToInputs.Axes),
        .. new[] { "ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd", "ReduceSumSquare" }
            .Select(name => new OpsetRule(name, 9, 18, "axes are an input", AttributesToInputs.Axes)),
        new("DFT", 17, 20, "axis is an input", AttributesToInputs.FourierAxis),
        new("Split", 9, 13, "split is an input", AttributesToInputs.Split),
        new("Split", 13, 18, "equal parts are asked for by num_outputs", EqualParts.Rewrite),

        // Dropout and normalizations.
        new("Dropout", 9, 10, "the mask is of truth values", DropoutForms.Mask),
        new("Dropout", 10, 12, "ratio is an input", DropoutForms.Ratio),
        new("BatchNormalization", 9, 14, "training is asked for by training_mode, not by the number of outputs", BatchNormalizationTraining.Rewrite),
        new("GroupNormalization", 18, 21, "scale and bias are per channel, not per group; the older form is spelled out", GroupsByInstances.Rewrite),

        // Softmax and its kin.
        new("Softmax", 9, 13, "the axis alone is normalized, not everything from it on; its default is the last", FlattenedSoftmax.Rewrite),
        new("LogSoftmax", 9, 13, "the axis alone is normalized, not everything from it on; its default is the last", FlattenedSoftmax.Rewrite),
        new("Hardmax", 9, 13, "the axis alone is searched, not everything from it on; its default is the last", FlattenedSoftmax.Rewrite),

        // Images.
        new("Upsample", 9, 11, "it is Resize", ResizeForms.Upsample),
        new("Resize", 10, 11, "coordinates and rounding are named: asymmetric, and floor where it enlarges, ceil where it reduces", ResizeForms.Asymmetric),
        new("Resize", 11, 13, "empty operands are absent; tf_half_pixel_for_nn is half_pixel with another rounding", ResizeForms.Operands),
        new("RoiAlign", 10, 16, "coordinates are named: output_half_pixel", PixelNames.RoiAlign),
        new("GridSample", 16, 20, "bilinear and bicubic are called linear and cubic", PixelNames.GridSample),

        // Another name alone.
        new("Scatter", 9, 11, "it is called ScatterElements", static old => old.Become(old.Node.Attributes, @operator: "ScatterElements")),

        // Words that an attribute did not yet take.
        new("ScatterElements", 11, 18, "reduction takes max and min", NewWords.Reduction),
        new("ScatterND", 11, 18, "reduction takes max and min", NewWords.Reduction),
        new("Pad", 11, 19, "mode takes wrap", NewWords.Wrap),
        new("Resize", 13, 19, "coordinate_transformation_mode takes half_pixel_symmetric", NewWords.HalfPixelSymmetric),
    ];
}
