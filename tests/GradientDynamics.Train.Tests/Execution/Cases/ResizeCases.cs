using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Train.Tests.Execution.Cases;

/// <summary>Cases of Resize.</summary>
internal static class ResizeCases
{
    private static NodeAttributes None => NodeAttributes.None;

    public static IEnumerable<OperatorCase> All()
    {
        // What exporters write.
        yield return Scaled("nearest, twice, as torch writes it", [2, 2, 3], None.With("coordinate_transformation_mode", "asymmetric").With("nearest_mode", "floor"), 1, 1, 2, 2);
        yield return Scaled("nearest, twice, half pixels", [2, 2, 3], None, 1, 1, 2, 2);
        yield return Scaled("linear, twice", [2, 2, 3], None.With("mode", "linear"), 1, 1, 2, 2);
        yield return Scaled("linear, twice, half pixels of torch", [2, 2, 3], None.With("mode", "linear").With("coordinate_transformation_mode", "pytorch_half_pixel"), 1, 1, 2, 2);
        yield return Scaled("linear, twice, corners aligned", [2, 2, 3], None.With("mode", "linear").With("coordinate_transformation_mode", "align_corners"), 1, 1, 2, 2);
        yield return Scaled("cubic, twice", [1, 3, 4], None.With("mode", "cubic"), 1, 1, 2, 2);
        yield return Of("Resize", "linear, to sizes", [2, 3, 4], (g, x) => g.Add("Resize", None.With("mode", "linear"), x, null, null, g.Integers(6, 2, 5, 7))) with { KeepsBatch = false };
        yield return Scaled("linear, one dimension", [2, 5], None.With("mode", "linear"), 1, 1, 2);
        yield return Scaled("nearest, three dimensions", [1, 2, 3, 2], None, 1, 1, 2, 1, 3);

        // Scales that are exact in binary and sizes that need no rounding: ONNX Runtime computes places in single precision and rounds 2 / 0.8 to 2.5, and
        // it aligns the corners of the rounded size; the standard's reference, of which the published outputs are, does neither.
        foreach (string rounding in new[] { "round_prefer_floor", "round_prefer_ceil", "floor", "ceil" })
        {
            foreach (string coordinates in new[] { "half_pixel", "asymmetric", "align_corners" })
            {
                yield return Scaled($"nearest, {rounding}, {coordinates}, larger", [1, 4, 3], None.With("nearest_mode", rounding).With("coordinate_transformation_mode", coordinates), 1, 1, 1.5f, 2);
                yield return Scaled($"nearest, {rounding}, {coordinates}, smaller", [1, 6, 8], None.With("nearest_mode", rounding).With("coordinate_transformation_mode", coordinates), 1, 1, 0.5f, 0.75f);
            }
        }

        foreach (string mode in new[] { "linear", "cubic" })
        {
            foreach (string coordinates in new[] { "half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners", "asymmetric" })
            {
                NodeAttributes attributes = None.With("mode", mode).With("coordinate_transformation_mode", coordinates);
                yield return Scaled($"{mode}, {coordinates}, larger", [1, 4, 4], attributes, 1, 1, 1.5f, 2);
                yield return Scaled($"{mode}, {coordinates}, smaller", [1, 5, 6], attributes, 1, 1, 0.6f, 0.5f);
            }
        }

        yield return Scaled("cubic, another curve", [1, 4, 4], None.With("mode", "cubic").With("cubic_coeff_a", -0.5f), 1, 1, 2, 1.5f);
        yield return Scaled("cubic, nothing outside", [1, 4, 4], None.With("mode", "cubic").With("exclude_outside", 1), 1, 1, 2, 1.5f);
        yield return Scaled("cubic, antialiased, nothing outside", [1, 6, 8], None.With("mode", "cubic").With("antialias", 1).With("exclude_outside", 1), 1, 1, 0.5f, 0.6f);

        // ONNX Runtime leaves out what lies outside, the standard's reference repeats the border: they agree in the middle, which sees neither.
        yield return Of("Resize", "linear, antialiased, the middle", [1, 8, 8], (g, x) => g.Add(
            "Slice",
            g.Add("Resize", None.With("mode", "linear").With("antialias", 1), x, null, g.Graph.Constant(ConstantTensor.Of<float>([1, 1, 0.5f, 0.5f], 4))),
            g.Integers(1, 1),
            g.Integers(3, 3),
            g.Integers(2, 3)));
        yield return Of("Resize", "a part, extrapolated", [1, 4, 5], (g, x) => g.Add(
            "Resize",
            None.With("mode", "linear").With("coordinate_transformation_mode", "tf_crop_and_resize").With("extrapolation_value", 3f),
            x,
            g.Graph.Constant(ConstantTensor.Of<float>([0, 0, 0.25f, -0.2f, 1, 1, 0.75f, 1.2f], 8)),
            null,
            g.Integers(6, 1, 3, 4))) with { KeepsBatch = false };
        yield return Of("Resize", "axes in another order", [1, 3, 4], (g, x) =>
            g.Add("Resize", None.With("mode", "linear").With("axes", [3L, 2]), x, null, null, g.Integers(6, 5)));
        yield return Of("Resize", "the aspect ratio kept, not larger", [1, 3, 4], (g, x) =>
            g.Add("Resize", None.With("mode", "linear").With("axes", [2L, 3]).With("keep_aspect_ratio_policy", "not_larger"), x, null, null, g.Integers(7, 6)));
        yield return Of("Resize", "the aspect ratio kept, not smaller", [1, 3, 4], (g, x) =>
            g.Add("Resize", None.With("axes", [2L, 3]).With("keep_aspect_ratio_policy", "not_smaller"), x, null, null, g.Integers(7, 6)));
    }

    private static OperatorCase Scaled(string name, long[] inputShape, NodeAttributes attributes, params float[] scales) =>
        Of("Resize", name, inputShape, (g, x) => g.Add("Resize", attributes, x, null, g.Graph.Constant(ConstantTensor.Of<float>(scales, scales.Length))));

    private static OperatorCase Of(string @operator, string name, long[] inputShape, Func<CaseBuilder, Value, Value> build) =>
        new(@operator, name, inputShape, (g, x) => [build(g, x)]);
}
