using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Train.Tests.Execution;

/// <summary>Cases of quantization: per tensor, per axis and in blocks, within the range of the integers and beyond it.</summary>
internal static class QuantizationCases
{
    private static NodeAttributes None => NodeAttributes.None;

    public static IEnumerable<OperatorCase> All()
    {
        foreach (string each in new[] { "QuantizeLinear", "DequantizeLinear" })
        {
            yield return Of(each, "UInt8, no zero point", [5], (g, x) => QuantizedAndBack(g, x, g.Number(0.013f), null));
            yield return Of(each, "UInt8, zero point", [5], (g, x) => QuantizedAndBack(g, x, g.Number(0.031f), Zero<byte>(g, 100)));
            yield return Of(each, "Int8, saturated", [5], (g, x) => QuantizedAndBack(g, x, g.Number(0.013f), Zero<sbyte>(g, 3)));
            yield return Of(each, "Int8, a scale per channel", [3, 2, 2], (g, x) => QuantizedAndBack(g, x, g.Scales("scale", 3), ZeroPoints(g, 1, -2, 3)));
            yield return Of(each, "Int8, a scale per column", [2, 3], (g, x) => QuantizedAndBack(g, x, Small(g, 3), ZeroPoints(g, 1, -2, 3), None.With("axis", -1)));
            yield return Of(each, "Int8, a scale in a vector of one", [5], (g, x) => QuantizedAndBack(g, x, Small(g, 1), ZeroPoints(g, 4)));
            yield return Of(each, "UInt16", [5], (g, x) => QuantizedAndBack(g, x, g.Number(0.0013f), Zero<ushort>(g, 40000))) with { Opset = 21 };
            yield return Of(each, "Int16", [5], (g, x) => QuantizedAndBack(g, x, g.Number(0.00005f), Zero<short>(g, -500))) with { Opset = 21 };
            yield return Of(each, "blocks", [2, 5], (g, x) => QuantizedAndBack(g, x, Small(g, 6, 2, 3), null, None.With("axis", 2).With("block_size", 2))) with { KeepsBatch = false, Opset = 21 };
            yield return Of(each, "blocks of another axis, zero points", [4, 3], (g, x) =>
                QuantizedAndBack(g, x, Small(g, 6, 2, 3), g.Graph.Constant(ConstantTensor.Of<sbyte>([.. Enumerable.Range(0, 36).Select(i => (sbyte)(i - 18))], 6, 2, 3)), None.With("axis", 1).With("block_size", 2))) with
            {
                KeepsBatch = false,
                Opset = 21,
            };
        }

        yield return Of("QuantizeLinear", "output_dtype", [5], (g, x) => Back(g, g.Add("QuantizeLinear", None.With("output_dtype", (long)ElementType.Int8), x, g.Number(0.013f)), g.Number(0.013f))) with { Opset = 21 };
        yield return Of("DequantizeLinear", "integers moved between", [2, 3], (g, x) =>
            Back(g, g.Graph.Transpose(g.Graph.Reshape(g.Add("QuantizeLinear", x, g.Number(0.013f), Zero<sbyte>(g, 3)), [0, 3, 2]), [0, 2, 1]), g.Number(0.013f)));
        yield return Of("DequantizeLinear", "Int32, times the input", [3], (g, x) =>
            g.Graph.Mul(x, g.Add("DequantizeLinear", g.Graph.Constant(ConstantTensor.Of<int>([7, -70000, 123456], 3)), g.Number(0.00001f))));

        // The range is not symmetric, so that its ends do not fall on halves.
        yield return new("DynamicQuantizeLinear", "and back", [5], (g, x) => Dynamic(g, g.Graph.Add(x, g.Number(0.4f)))) { StraightThrough = true };
        yield return new("DynamicQuantizeLinear", "positive numbers", [5], (g, x) => Dynamic(g, g.Add("Exp", x))) { StraightThrough = true };
    }

    private static IReadOnlyList<Value> Dynamic(CaseBuilder g, Value x)
    {
        IReadOnlyList<Value> quantized = g.Graph.AddMany("DynamicQuantizeLinear", [x], 3);
        return [g.Add("DequantizeLinear", quantized[0], quantized[1], quantized[2]), .. quantized];
    }

    private static Value QuantizedAndBack(CaseBuilder g, Value x, Value scale, Value? zero, NodeAttributes? attributes = null) =>
        g.Add("DequantizeLinear", attributes, g.Add("QuantizeLinear", attributes, x, scale, zero), scale, zero);

    private static Value Back(CaseBuilder g, Value quantized, Value scale) => g.Add("DequantizeLinear", quantized, scale);

    private static Value Zero<T>(CaseBuilder g, T number)
        where T : unmanaged => g.Graph.Constant(ConstantTensor.Scalar(number));

    private static Value ZeroPoints(CaseBuilder g, params sbyte[] numbers) => g.Graph.Constant(ConstantTensor.Of<sbyte>(numbers, numbers.Length));

    // Scales of a few hundredths: some of the input's numbers saturate.
    private static Value Small(CaseBuilder g, params long[] sizes) => g.Graph.Mul(g.Positives(sizes), g.Number(0.017f));

    private static OperatorCase Of(string @operator, string name, long[] inputShape, Func<CaseBuilder, Value, Value> build) =>
        new(@operator, name, inputShape, (g, x) => [build(g, x)]) { StraightThrough = true };
}
