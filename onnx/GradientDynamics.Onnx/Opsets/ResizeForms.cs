using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Opsets;

/// <summary>Upsample and the older forms of Resize.</summary>
internal static class ResizeForms
{
    // Upsample only enlarges.
    public static void Upsample(OldNode old) => Name(old, enlarges: true);

    public static void Asymmetric(OldNode old)
    {
        if (old.Node.Attributes.Text("mode", "nearest") != "nearest")
        {
            Name(old, enlarges: true); // rounding belongs to nearest alone
            return;
        }

        if (old.Constant(1) is not { Element: ElementType.Float } constant)
        {
            throw old.Refuse($"its scales '{old.Input(1)}' are computed; in mode 'nearest' a constant is accepted, since rounding depends on whether it enlarges");
        }

        float[] scales = constant.AsSpan<float>().ToArray();
        bool enlarges = scales.Any(scale => scale > 1);
        if (enlarges && scales.Any(scale => scale < 1))
        {
            // Each dimension by itself: what is enlarged first, then what is reduced.
            string up = old.AddConstant("enlarging", ConstantTensor.Of<float>([.. scales.Select(scale => Math.Max(scale, 1))], scales.Length));
            string larger = old.Add("Resize", "enlarged", Named(old, "floor"), old.Input(0), "", up);
            string down = old.AddConstant("reducing", ConstantTensor.Of<float>([.. scales.Select(scale => Math.Min(scale, 1))], scales.Length));
            old.Become(Named(old, "ceil"), [larger, "", down]);
            return;
        }

        Name(old, enlarges || scales.All(scale => scale == 1));
    }

    public static void Operands(OldNode old)
    {
        NodeAttributes attributes = old.Node.Attributes;
        if (attributes.Text("coordinate_transformation_mode", "half_pixel") == "tf_half_pixel_for_nn")
        {
            // (x + 0.5) / scale rounded down is half_pixel's (x + 0.5) / scale - 0.5 rounded to the nearest, halves up.
            attributes = attributes.Text("nearest_mode", "round_prefer_floor") == "floor" && attributes.Text("mode", "nearest") == "nearest"
                ? attributes.With("coordinate_transformation_mode", "half_pixel").With("nearest_mode", "round_prefer_ceil")
                : throw old.Refuse("coordinate_transformation_mode is 'tf_half_pixel_for_nn', which later opsets do not have; it is accepted with mode 'nearest' and nearest_mode 'floor'");
        }

        // An operand that is not meant stood there as an empty tensor.
        string Meant(int index) => old.Shape(index) is { IsFixed: true, ElementCount: 0 } ? "" : old.Input(index);
        old.Become(attributes, [old.Input(0), Meant(1), Meant(2), Meant(3)]);
    }

    private static void Name(OldNode old, bool enlarges) =>
        old.Become(Named(old, enlarges ? "floor" : "ceil"), [old.Input(0), "", old.Input(1)], "Resize");

    private static NodeAttributes Named(OldNode old, string rounding) =>
        old.Node.Attributes.With("coordinate_transformation_mode", "asymmetric").With("nearest_mode", rounding);
}
