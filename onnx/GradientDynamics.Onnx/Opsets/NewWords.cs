using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Opsets;

/// <summary>Words that an attribute takes only from a later opset on: refused before, as attributes are that an operator did not yet have.</summary>
internal static class NewWords
{
    public static void Reduction(OldNode old) => Refuse(old, 18, "reduction", "max", "min");

    public static void Wrap(OldNode old) => Refuse(old, 19, "mode", "wrap");

    public static void HalfPixelSymmetric(OldNode old) => Refuse(old, 19, "coordinate_transformation_mode", "half_pixel_symmetric");

    private static void Refuse(OldNode old, int since, string attribute, params ReadOnlySpan<string> words)
    {
        if (words.Contains(old.Node.Attributes.Text(attribute, "")))
        {
            throw new InvalidModelException($"Node {old.Node}: {attribute} is '{old.Node.Attributes.Text(attribute, "")}', which exists from opset {since} on.");
        }
    }
}
