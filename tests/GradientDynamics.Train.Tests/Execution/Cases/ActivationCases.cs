using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Train.Tests.Execution;

/// <summary>Cases of activations, elementwise functions, rounding, remainders and tests of numbers.</summary>
internal static class ActivationCases
{
    private static NodeAttributes None => NodeAttributes.None;

    // √2, π and their like in the rules of Erf and Gelu, gamma·alpha in that of Selu.
    private static readonly string[] WithRoundedNumbers = ["Erf", "Gelu", "Selu"];

    public static IEnumerable<OperatorCase> All() => Smooth().Concat(Kinked()).Concat(Rounding()).Concat(Others())
        .Select(each => each with { RoundedNumbers = WithRoundedNumbers.Contains(each.Operator) });

    private static IEnumerable<OperatorCase> Smooth()
    {
        foreach (string each in new[] { "Erf", "Softplus", "Softsign", "Mish", "Sin", "Cos", "Sinh", "Cosh", "Atan", "Asinh", "Elu", "Selu", "Celu", "Gelu" })
        {
            yield return Of(each, "vectors", [5], (g, x) => g.Add(each, x));
            yield return Of(each, "images", [2, 3, 2], (g, x) => g.Add(each, x));
            yield return Of(each, "large numbers", [5], (g, x) => g.Add(each, g.Graph.Mul(x, g.Number(each is "Sinh" or "Cosh" ? 3 : 20))));
        }

        yield return Of("Tan", "between its poles", [5], (g, x) => g.Add("Tan", g.Graph.Mul(x, g.Number(0.7f))));
        foreach (string each in new[] { "Asin", "Acos", "Atanh" })
        {
            yield return Of(each, "between -1 and 1", [5], (g, x) => g.Add(each, g.Graph.Mul(x, g.Number(0.48f))));
        }

        yield return Of("Acosh", "above 1", [5], (g, x) => g.Add("Acosh", g.Graph.Add(g.Add("Exp", x), g.Number(1.1f))));
        yield return Of("Gelu", "by tanh", [5], (g, x) => g.Add("Gelu", None.With("approximate", "tanh"), x));
        yield return Of("Gelu", "by tanh, large numbers", [5], (g, x) => g.Add("Gelu", None.With("approximate", "tanh"), g.Graph.Mul(x, g.Number(20))));
        yield return Of("Gelu", "exact by name", [5], (g, x) => g.Add("Gelu", None.With("approximate", "none"), x));
        yield return Of("Swish", "default", [5], (g, x) => g.Add("Swish", x)) with { Opset = 24 };
        yield return Of("Swish", "alpha, large numbers", [5], (g, x) => g.Add("Swish", None.With("alpha", 1.7f), g.Graph.Mul(x, g.Number(20)))) with { Opset = 24 };
    }

    private static IEnumerable<OperatorCase> Kinked()
    {
        yield return Of("Elu", "alpha", [5], (g, x) => g.Add("Elu", None.With("alpha", 0.7f), x));
        yield return Of("Elu", "alpha, at 0", [5], (g, x) => g.Add("Elu", None.With("alpha", 0.7f), x)) with { Ties = true };
        yield return Of("Selu", "alpha and gamma", [5], (g, x) => g.Add("Selu", None.With("alpha", 2f).With("gamma", 0.5f), x));
        yield return Of("Selu", "at 0", [5], (g, x) => g.Add("Selu", x)) with { Ties = true };
        yield return Of("Celu", "alpha", [5], (g, x) => g.Add("Celu", None.With("alpha", 0.7f), x));
        yield return Of("Softsign", "at 0", [5], (g, x) => g.Add("Softsign", x)) with { Ties = true };
        yield return Of("ThresholdedRelu", "default", [2, 3, 2], (g, x) => g.Add("ThresholdedRelu", x));
        yield return Of("ThresholdedRelu", "a negative threshold", [5], (g, x) => g.Add("ThresholdedRelu", None.With("alpha", -0.97f), x));
        yield return Of("ThresholdedRelu", "at the threshold", [5], (g, x) => g.Add("ThresholdedRelu", None.With("alpha", 0.5f), x)) with { Ties = true };
        yield return Of("HardSigmoid", "default", [5], (g, x) => g.Add("HardSigmoid", g.Graph.Mul(x, g.Number(2.1f))));
        yield return Of("HardSigmoid", "alpha and beta", [5], (g, x) => g.Add("HardSigmoid", None.With("alpha", 0.5f).With("beta", 0.33f), x));
        yield return Of("HardSigmoid", "at its ends", [5], (g, x) => g.Add("HardSigmoid", None.With("alpha", 1f), x)) with { Ties = true };
        yield return Of("HardSwish", "both ends", [5], (g, x) => g.Add("HardSwish", g.Graph.Mul(x, g.Number(2.1f))));
        yield return Of("HardSwish", "images", [2, 3, 2], (g, x) => g.Add("HardSwish", x));
        yield return Of("HardSwish", "at its ends", [5], (g, x) => g.Add("HardSwish", g.Graph.Mul(x, g.Number(6)))) with { Ties = true };
        yield return Of("PRelu", "a slope per channel", [3, 2, 2], (g, x) => g.Add("PRelu", x, g.Weights("slope", 3, 1, 1)));
        yield return Of("PRelu", "one slope", [5], (g, x) => g.Add("PRelu", x, g.Weights("slope", 1)));
        yield return Of("PRelu", "a scalar slope, at 0", [5], (g, x) => g.Add("PRelu", x, g.Number(0.3f))) with { Ties = true };
        yield return Of("PRelu", "a slope of its own", [5], (g, x) => g.Add("PRelu", x, g.Add("Exp", x)));
        yield return Of("PRelu", "the input as slope", [3, 1], (g, x) => g.Add("PRelu", g.Numbers(6, 3, 4), x)) with { KeepsBatch = false };
    }

    private static IEnumerable<OperatorCase> Rounding()
    {
        foreach (string each in new[] { "Floor", "Ceil", "Round" })
        {
            yield return Of(each, "straight through", [5], (g, x) => g.Add(each, g.Graph.Mul(x, g.Number(2.3f)))) with { StraightThrough = true };
            yield return Of(each, "at halves", [5], (g, x) => g.Add(each, g.Graph.Mul(x, g.Number(5)))) with { StraightThrough = true, Ties = true };
        }
    }

    private static IEnumerable<OperatorCase> Others()
    {
        NodeAttributes byDividend = None.With("fmod", 1);
        yield return Of("Mod", "of numbers", [3, 4], (g, x) => g.Add("Mod", byDividend, x, g.Positives(4)));
        yield return Of("Mod", "by negative numbers", [5], (g, x) => g.Add("Mod", byDividend, x, g.Number(-0.77f)));
        yield return Of("Mod", "by the input, repeated", [3, 1], (g, x) => g.Add("Mod", byDividend, g.Graph.Mul(g.Numbers(6, 3, 4), g.Number(10)), g.Add("Exp", x))) with { KeepsBatch = false };
        foreach (int fmod in new[] { 0, 1 })
        {
            yield return Of("Mod", $"of integers, fmod {fmod}", [5], (g, x) => g.Graph.Mul(x, g.AsFloat(
                g.Add("Mod", None.With("fmod", fmod), g.Add("Cast", None.With("to", (long)ElementType.Int64), g.Graph.Mul(x, g.Number(7.3f))), g.Integers(3, -3, 7, -7, 5)))));
        }

        yield return Of("Xor", "of two conditions", [5], (g, x) => g.Graph.Mul(g.AsFloat(g.Add("Xor", g.Add("Greater", x, g.Number(-0.97f)), g.Add("Less", x, g.Number(1.03f)))), x));
        yield return Of("Mean", "of three that broadcast", [3, 4], (g, x) => g.Add("Mean", x, g.Numbers(4), g.Add("Exp", x)));
        yield return Of("Mean", "of one", [5], (g, x) => g.Add("Mean", x));
        yield return Of("IsNaN", "of logarithms", [5], (g, x) => g.Graph.Mul(g.AsFloat(g.Add("IsNaN", g.Add("Log", x))), x));
        foreach ((int negative, int positive) in new[] { (1, 1), (0, 1), (1, 0), (0, 0) })
        {
            // 1 / relu(x) - 1 / relu(-x) is infinite everywhere, with x's sign turned.
            yield return Of("IsInf", $"negative {negative}, positive {positive}", [5], (g, x) => g.Graph.Add(x, g.Graph.Mul(g.AsFloat(g.Add(
                "IsInf",
                None.With("detect_negative", negative).With("detect_positive", positive),
                g.Graph.Sub(g.Add("Reciprocal", g.Graph.Relu(x)), g.Add("Reciprocal", g.Graph.Relu(g.Add("Neg", x)))))), x)));
        }

        yield return Of("CastLike", "integers, and back", [4], (g, x) => g.Graph.Mul(g.AsFloat(g.Add("CastLike", x, g.Integers(1))), x));
        yield return Of("CastLike", "single precision, which it is", [5], (g, x) => g.Add("CastLike", x, g.Number(1)));
        yield return Of("Hardmax", "last axis", [5], (g, x) => g.Graph.Mul(g.Add("Hardmax", x), x));
        yield return Of("Hardmax", "axis 1 of 3", [3, 4], (g, x) => g.Graph.Mul(g.Add("Hardmax", None.With("axis", 1), x), x));
        yield return Of("Hardmax", "ties: the first", [5], (g, x) => g.Graph.Mul(g.Add("Hardmax", None.With("axis", -1), x), x)) with { Ties = true };
        yield return Of("ArgMin", "as numbers", [5], (g, x) => g.Graph.Mul(x, g.AsFloat(g.Add("ArgMin", None.With("axis", 1), x))));
        yield return Of("ArgMin", "ties: the first", [5], (g, x) => g.Graph.Mul(x, g.AsFloat(g.Add("ArgMin", None.With("axis", -1), x)))) with { Ties = true };
        yield return Of("ArgMin", "ties: the last", [5], (g, x) => g.Graph.Mul(x, g.AsFloat(g.Add("ArgMin", None.With("axis", 1).With("select_last_index", 1), x)))) with { Ties = true };
        yield return Of("ArgMin", "axis 0, not kept", [5], (g, x) => g.Graph.Mul(x, g.AsFloat(g.Add("ArgMin", None.With("keepdims", 0), x)))) with { KeepsBatch = false };
    }

    private static OperatorCase Of(string @operator, string name, long[] inputShape, Func<CaseBuilder, Value, Value> build) =>
        new(@operator, name, inputShape, (g, x) => [build(g, x)]);
}
