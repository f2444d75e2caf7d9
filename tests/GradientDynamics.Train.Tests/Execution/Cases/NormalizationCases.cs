using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Train.Tests.Execution.Cases;

/// <summary>Cases of the normalizations that take their statistics from each example.</summary>
internal static class NormalizationCases
{
    private static NodeAttributes None => NodeAttributes.None;

    public static IEnumerable<OperatorCase> All()
    {
        yield return Of("LayerNormalization", "the last axis", [3, 4], (g, x) => g.Add("LayerNormalization", x, g.Scales("scale", 4), g.Weights("bias", 4)));
        yield return Of("LayerNormalization", "without bias, axis 1, a large offset", [3, 4], (g, x) =>
            g.Add("LayerNormalization", None.With("axis", 1).With("epsilon", 0.1f), x, g.Scales("scale", 3, 4)));
        yield return Of("LayerNormalization", "axis -2 of four", [2, 3, 4], (g, x) => g.Add("LayerNormalization", None.With("axis", -2), x, g.Scales("scale", 3, 4), g.Weights("bias", 3, 4)));
        yield return Of("LayerNormalization", "over everything", [4], (g, x) => g.Add("LayerNormalization", None.With("axis", 0), x, g.Scales("scale", 6, 4), g.Weights("bias", 6, 4))) with { KeepsBatch = false };
        yield return Of("LayerNormalization", "a scale and a bias that are repeated", [3, 4], (g, x) =>
            g.Add("LayerNormalization", None.With("axis", 1), x, g.Scales("scale", 4), g.Weights("bias", 4)));
        yield return new("LayerNormalization", "with its statistics", [3, 4], (g, x) => g.Graph.AddMany("LayerNormalization", [x, g.Scales("scale", 4), g.Weights("bias", 4)], 3));
        yield return Of("LayerNormalization", "the input as scale and bias too", [4], (g, x) => g.Add("LayerNormalization", None.With("axis", 0), x, x, g.Add("Exp", x))) with { KeepsBatch = false };
        yield return Of("LayerNormalization", "its mean alone", [3, 4], (g, x) => g.Graph.AddMany("LayerNormalization", [x, g.Scales("scale", 4)], 2)[1]);
        yield return Of("LayerNormalization", "its inverse deviation alone", [3, 4], (g, x) => g.Graph.AddMany("LayerNormalization", [x, g.Scales("scale", 4)], 3, None.With("axis", 1))[2]);
        yield return Of("LayerNormalization", "all its outputs, over everything", [4], (g, x) =>
        {
            Value[] outputs = [.. g.Graph.AddMany("LayerNormalization", [x, x, g.Add("Exp", x)], 3, None.With("axis", 0))];
            return g.Graph.Mul(g.Graph.Add(outputs[0], outputs[1]), outputs[2]);
        }) with { KeepsBatch = false };
        yield return Of("RMSNormalization", "the last axis", [3, 4], (g, x) => g.Add("RMSNormalization", x, g.Scales("scale", 4))) with { Opset = 23 };
        yield return Of("RMSNormalization", "axis 1, a large offset", [3, 4], (g, x) =>
            g.Add("RMSNormalization", None.With("axis", 1).With("epsilon", 0.1f), x, g.Scales("scale", 3, 4))) with { Opset = 23 };
        yield return Of("RMSNormalization", "the input as scale too", [4], (g, x) => g.Add("RMSNormalization", None.With("axis", 0), x, x)) with { KeepsBatch = false, Opset = 23 };
        yield return Of("GroupNormalization", "two groups", [4, 3, 2], (g, x) => g.Add("GroupNormalization", None.With("num_groups", 2), x, g.Scales("scale", 4), g.Weights("bias", 4))) with { Opset = 21 };
        yield return Of("GroupNormalization", "one group, one dimension", [3, 5], (g, x) =>
            g.Add("GroupNormalization", None.With("num_groups", 1).With("epsilon", 0.1f), x, g.Scales("scale", 3), g.Weights("bias", 3))) with { Opset = 21 };
        yield return Of("GroupNormalization", "without space", [6], (g, x) => g.Add("GroupNormalization", None.With("num_groups", 2), x, g.Scales("scale", 6), g.Weights("bias", 6))) with { Opset = 21 };
        yield return Of("InstanceNormalization", "images", [3, 3, 2], (g, x) => g.Add("InstanceNormalization", x, g.Scales("scale", 3), g.Weights("bias", 3)));
        yield return Of("InstanceNormalization", "one dimension, a large offset", [2, 5], (g, x) =>
            g.Add("InstanceNormalization", None.With("epsilon", 0.1f), x, g.Scales("scale", 2), g.Weights("bias", 2)));
        yield return Of("MeanVarianceNormalization", "each example by itself", [3, 4], (g, x) => g.Add("MeanVarianceNormalization", None.With("axes", [1L, -1]), x));
        yield return Of("MeanVarianceNormalization", "default axes", [2, 3, 2], (g, x) => g.Add("MeanVarianceNormalization", x)) with { KeepsBatch = false };
    }

    private static OperatorCase Of(string @operator, string name, long[] inputShape, Func<CaseBuilder, Value, Value> build) =>
        new(@operator, name, inputShape, (g, x) => [build(g, x)]);
}
