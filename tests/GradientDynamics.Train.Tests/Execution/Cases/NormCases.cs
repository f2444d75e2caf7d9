using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Train.Tests.Execution;

/// <summary>Cases of reductions, running sums, norms and the pools over norms and whole images.</summary>
internal static class NormCases
{
    private static NodeAttributes None => NodeAttributes.None;

    public static IEnumerable<OperatorCase> All() => Reductions().Concat(Norms()).Concat(Pools());

    private static IEnumerable<OperatorCase> Reductions()
    {
        foreach (string each in new[] { "ReduceMin", "ReduceProd", "ReduceL1", "ReduceL2", "ReduceSumSquare", "ReduceLogSum", "ReduceLogSumExp" })
        {
            bool positive = each == "ReduceLogSum";
            yield return Of(each, "one axis", [3, 4], (g, x) => g.Add(each, x, g.Integers(1))) with { Positive = positive };
            yield return Of(each, "two axes, not kept", [3, 4, 2], (g, x) => g.Add(each, None.With("keepdims", 0), x, g.Integers(-1, 1))) with { Positive = positive };
            yield return Of(each, "no axes: all", [3], (g, x) => g.Graph.Mul(g.Add(each, x), g.Numbers(6, 2))) with { KeepsBatch = false, Positive = true };
            yield return Of(each, "no axes: every element", [3], (g, x) => g.Add(each, None.With("noop_with_empty_axes", 1), x)) with { Positive = positive };
            yield return Of(each, "empty axes: every element", [3], (g, x) => g.Add(each, None.With("noop_with_empty_axes", 1).With("keepdims", 0), x, g.Integers())) with { Positive = positive };
            if (!positive)
            {
                yield return Of(each, "ties and zeros", [3, 4], (g, x) => g.Add(each, x, g.Integers(1))) with { Ties = true };
            }
        }

        foreach (string each in new[] { "ReduceSum", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL1", "ReduceL2", "ReduceSumSquare", "ReduceLogSum", "ReduceLogSumExp" })
        {
            yield return new(each, "of nothing", [3], (g, x) => [g.Add("Neg", x), g.Add(each, g.Add("Slice", x, g.Integers(0), g.Integers(0), g.Integers(1)), g.Integers(1))]);
        }

        yield return Of("ReduceProd", "one factor 0", [4], (g, x) => g.Add("ReduceProd", g.Graph.Sub(x, g.Add("Gather", None.With("axis", 1), x, g.Integers(1))), g.Integers(1)));
        yield return Of("ReduceProd", "two factors 0", [4], (g, x) => g.Add("ReduceProd", g.Graph.Mul(g.Add("Concat", None.With("axis", 1), x, x), g.Graph.Sub(g.Add("Concat", None.With("axis", 1), x, x), g.Add("Gather", None.With("axis", 1), x, g.Integers(1)))), g.Integers(1)));

        foreach ((int exclusive, int reverse) in new[] { (0, 0), (0, 1), (1, 0), (1, 1) })
        {
            yield return Of("CumSum", $"exclusive {exclusive}, reverse {reverse}", [3, 4], (g, x) => g.Add("CumSum", None.With("exclusive", exclusive).With("reverse", reverse), x, g.Integer(-1)));
        }

        yield return Of("CumSum", "over examples", [3], (g, x) => g.Add("CumSum", x, g.Integer(0))) with { KeepsBatch = false };
        yield return Of("CumSum", "the axis as a vector", [3, 2], (g, x) => g.Add("CumSum", x, g.Integers(1)));
    }

    private static IEnumerable<OperatorCase> Norms()
    {
        foreach (int p in new[] { 1, 2 })
        {
            yield return Of("LpNormalization", $"p {p}", [3, 4], (g, x) => g.Add("LpNormalization", None.With("p", p), x));
            yield return Of("LpNormalization", $"p {p}, axis 1", [3, 4], (g, x) => g.Add("LpNormalization", None.With("p", p).With("axis", 1), x));
            yield return Of("LpNormalization", $"p {p}, zero norms", [3, 1], (g, x) => g.Add("LpNormalization", None.With("p", p), x)) with { Ties = true };
        }

        yield return Of("LpNormalization", "default", [5], (g, x) => g.Add("LpNormalization", x));
        NodeAttributes strong = None.With("alpha", 0.9f).With("beta", 0.6f).With("bias", 1.3f);

        // ONNX Runtime refuses an even size; LrnExecutionTests has one.
        foreach ((string name, long size, long[] shape) in new[] { ("three channels", 3L, new long[] { 5, 2, 3 }), ("one channel", 1L, [3, 2, 2]), ("more channels than there are", 5L, [2, 2, 2]) })
        {
            yield return Of("LRN", name, shape, (g, x) => g.Add("LRN", strong.With("size", size), x)) with { RoundedNumbers = true };
        }

        yield return Of("LRN", "default numbers", [3, 2, 2], (g, x) => g.Add("LRN", None.With("size", 3), x)) with { RoundedNumbers = true };
    }

    private static IEnumerable<OperatorCase> Pools()
    {
        foreach (string each in new[] { "GlobalMaxPool", "GlobalLpPool" })
        {
            yield return Of(each, "two dimensions", [3, 4, 2], (g, x) => g.Add(each, x));
            yield return Of(each, "one dimension", [3, 4], (g, x) => g.Add(each, x));
            yield return Of(each, "three dimensions", [2, 2, 3, 2], (g, x) => g.Add(each, x));
            yield return Of(each, "ties and zeros", [3, 2, 1], (g, x) => g.Add(each, x)) with { Ties = true };
        }

        static NodeAttributes Window(params long[] kernel) => None.With("kernel_shape", kernel);
        foreach (int p in new[] { 1, 2, 3 })
        {
            yield return Of("GlobalLpPool", $"p {p}", [2, 3, 2], (g, x) => g.Add("GlobalLpPool", None.With("p", p), x));
            yield return Of("LpPool", $"2x2 stride 2, p {p}", [2, 4, 6], (g, x) => g.Add("LpPool", Window(2, 2).With("strides", [2L, 2]).With("p", p), x));
            yield return Of("LpPool", $"3x3 stride 2 pad 1, p {p}", [2, 5, 6], (g, x) => g.Add("LpPool", Window(3, 3).With("strides", [2L, 2]).With("pads", [1L, 1, 1, 1]).With("p", p), x));
            yield return Of("LpPool", $"2x2, ties and zeros, p {p}", [2, 4, 6], (g, x) => g.Add("LpPool", Window(1, 2).With("p", p), x)) with { Ties = true };
        }

        yield return Of("LpPool", "default p, pads that differ", [1, 4, 5], (g, x) => g.Add("LpPool", Window(3, 2).With("pads", [1L, 0, 2, 1]), x));
        yield return Of("LpPool", "SAME_UPPER", [1, 5, 5], (g, x) => g.Add("LpPool", Window(2, 2).With("strides", [2L, 2]).With("auto_pad", "SAME_UPPER"), x));
        yield return Of("LpPool", "one dimension", [2, 7], (g, x) => g.Add("LpPool", Window(3).With("strides", [2L]), x));
        yield return Of("LpPool", "dilation", [1, 6, 7], (g, x) => g.Add("LpPool", Window(2, 3).With("dilations", [2L, 2]), x));
    }

    private static OperatorCase Of(string @operator, string name, long[] inputShape, Func<CaseBuilder, Value, Value> build) =>
        new(@operator, name, inputShape, (g, x) => [build(g, x)]);
}
