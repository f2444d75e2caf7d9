namespace GradientDynamics.Onnx.Opsets;

/// <summary>Conventions of sampling that got a name, or another one.</summary>
internal static class PixelNames
{
    public static void RoiAlign(OldNode old) => old.Become(old.Node.Attributes.With("coordinate_transformation_mode", "output_half_pixel"));

    public static void GridSample(OldNode old) => old.Become(old.Node.Attributes.Text("mode", "bilinear") switch
    {
        "bilinear" => old.Node.Attributes.With("mode", "linear"),
        "bicubic" => old.Node.Attributes.With("mode", "cubic"),
        _ => old.Node.Attributes,
    });
}
