using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Train.Tests.Execution.Cases;

/// <summary>Cases of the operators that divide, repeat, pick and contract.</summary>
internal static class StructureCases
{
    private static NodeAttributes None => NodeAttributes.None;

    public static IEnumerable<OperatorCase> All() => Parts().Concat(Positions()).Concat(Contractions());

    private static IEnumerable<OperatorCase> Parts()
    {
        yield return new("Split", "lengths given", [6, 2], (g, x) => g.Graph.AddMany("Split", [x, g.Integers(1, 3, 2)], 3, None.With("axis", 1)));
        yield return Of("Split", "a part of it used", [6, 2], (g, x) => g.Graph.AddMany("Split", [x, g.Integers(1, 3, 2)], 3, None.With("axis", 1))[1]);
        yield return Of("Split", "equal parts but for the last", [5], (g, x) =>
        {
            IReadOnlyList<Value> parts = g.Graph.AddMany("Split", [x], 2, None.With("axis", -1).With("num_outputs", 2));
            return g.Add("Concat", None.With("axis", 1), g.Graph.Mul(parts[1], g.Number(2)), parts[0]);
        });
        yield return Of("Split", "examples", [3], (g, x) =>
        {
            IReadOnlyList<Value> parts = g.Graph.AddMany("Split", [x], 2, None.With("num_outputs", 2));
            return g.Add("Concat", None.With("axis", 0), parts[1], g.Add("Exp", parts[0]));
        }) with { KeepsBatch = false };
        yield return Of("Split", "an empty part", [3], (g, x) => g.Graph.AddMany("Split", [x, g.Integers(0, 3)], 2, None.With("axis", 1))[1]);
        yield return Of("Tile", "two axes", [2, 3], (g, x) => g.Add("Tile", x, g.Integers(1, 3, 2)));
        yield return Of("Tile", "nothing", [2, 3], (g, x) => g.Add("Tile", x, g.Integers(1, 1, 1)));
        yield return Of("Tile", "examples", [3], (g, x) => g.Add("Tile", x, g.Integers(2, 1))) with { KeepsBatch = false };
        yield return Of("CenterCropPad", "cut and padded", [5, 2], (g, x) => g.Add("CenterCropPad", x, g.Integers(6, 2, 5))) with { KeepsBatch = false };
        yield return Of("CenterCropPad", "along axes", [4, 3], (g, x) => g.Add("CenterCropPad", None.With("axes", [-1L, 1]), x, g.Integers(6, 1)));
        foreach (string each in new[] { "HannWindow", "HammingWindow", "BlackmanWindow" })
        {
            yield return Of(each, "periodic", [5], (g, x) => g.Graph.Mul(x, g.Add(each, g.Integer(5))));
            yield return Of(each, "symmetric", [6], (g, x) => g.Graph.Mul(x, g.Add(each, None.With("periodic", 0), g.Integer(6))));
        }

        yield return Of("Trilu", "upper", [3, 4], (g, x) => g.Add("Trilu", x));
        yield return Of("Trilu", "lower, two diagonals further", [4, 4], (g, x) => g.Add("Trilu", None.With("upper", 0), x, g.Integer(2)));
        yield return Of("Trilu", "upper, from below the main diagonal", [4, 2], (g, x) => g.Add("Trilu", x, g.Integer(-1)));
        yield return Of("Trilu", "nothing left", [2, 3], (g, x) => g.Graph.Add(g.Add("Trilu", x, g.Integer(9)), x));
        yield return Of("EyeLike", "times the input", [5], (g, x) => g.Graph.Mul(x, g.Add("EyeLike", x))) with { KeepsBatch = false };
        yield return Of("EyeLike", "another type and diagonal", [5], (g, x) => g.Graph.Mul(x, g.AsFloat(g.Add("EyeLike", None.With("k", -2).With("dtype", (long)ElementType.Int64), x)))) with { KeepsBatch = false };
        yield return Of("NonZero", "the number of positive elements", [4], (g, x) =>
            g.Graph.Mul(x, g.AsFloat(g.Add("Size", g.Add("NonZero", g.Add("Greater", x, g.Number(0)))))));
        yield return new("NonZero", "positions", [4], (g, x) => [x, g.Add("NonZero", g.Add("Greater", x, g.Number(0)))]) { KeepsBatch = false };
    }

    private static IEnumerable<OperatorCase> Positions()
    {
        yield return Of("GatherND", "rows", [3, 2], (g, x) => g.Add("GatherND", x, g.IntegersOf([6, 2], 0, 1, 1, 2, 2, -1, -3, 0, 0, 1, 5, 2))) with { KeepsBatch = false };
        yield return Of("GatherND", "elements, one twice", [3], (g, x) => g.Add("GatherND", x, g.IntegersOf([2, 3, 2], 0, 1, 1, 2, 2, 0, 0, 1, 4, 2, 5, -3))) with { KeepsBatch = false };
        yield return Of("GatherND", "in each example", [3, 2], (g, x) =>
            g.Add("GatherND", None.With("batch_dims", 1), x, g.IntegersOf([6, 2, 1], 0, 1, 2, 0, 1, 1, -1, -2, 0, 2, 2, 1))) with { KeepsBatch = false };
        yield return Of("GatherND", "in each example and row", [2, 3], (g, x) =>
            g.Add("GatherND", None.With("batch_dims", 2), x, g.IntegersOf([6, 2, 1], 0, 1, 2, 0, 1, 1, 2, 2, 0, 2, 2, 1))) with { KeepsBatch = false };
        yield return Of("ScatterND", "rows replaced", [3], (g, x) => g.Add("ScatterND", x, g.IntegersOf([2, 1], 4, -6), g.Numbers(2, 3))) with { KeepsBatch = false };
        yield return Of("ScatterND", "elements replaced", [3], (g, x) => g.Add("ScatterND", x, g.IntegersOf([3, 2], 4, 0, 0, -1, 2, 1), g.Numbers(3))) with { KeepsBatch = false };
        yield return Of("ScatterND", "the input as replacements", [3], (g, x) =>
            g.Add("ScatterND", g.Numbers(12, 3), g.IntegersOf([6, 1], 1, 3, 5, 7, 9, -1), x)) with { KeepsBatch = false };
        foreach (string reduction in new[] { "add", "mul", "max", "min" })
        {
            NodeAttributes attributes = None.With("reduction", reduction);
            yield return Of("ScatterND", $"{reduction}, places twice", [3], (g, x) => g.Add("ScatterND", attributes, x, g.IntegersOf([3, 1], 4, -6, 4), g.Numbers(3, 3))) with { KeepsBatch = false };
            yield return Of("ScatterND", $"{reduction}, the input as updates", [3], (g, x) =>
                g.Add("ScatterND", attributes, g.Numbers(6, 3), g.IntegersOf([6, 1], 1, 3, 5, 1, 4, -1), x)) with { KeepsBatch = false };
        }

        // Its numbers are -0.5, 0 and 0.5: the gradient must not divide by a factor.
        yield return Of("ScatterND", "mul, factors of 0", [3], (g, x) =>
            g.Add("ScatterND", None.With("reduction", "mul"), g.Positives(6, 3), g.IntegersOf([6, 1], 1, 3, 5, 1, 4, -1), x)) with { KeepsBatch = false, Ties = true };
    }

    private static IEnumerable<OperatorCase> Contractions()
    {
        yield return Einsum("products of matrices", [3, 4], "bij,jk->bik", 4, 2);
        yield return Einsum("an implicit result", [3, 4], "bij,jk", 4, 2);
        yield return Einsum("a dot product of each example", [4], "bi,i->b", 4);
        yield return Einsum("an outer product", [4], "bi,j->bij", 3);
        yield return Einsum("spaces, capitals and another order", [3, 4], "b I j , j I -> b", 4, 3);
        yield return Of("Einsum", "a sum", [3, 4], (g, x) => g.Add("Einsum", Of("bij->b"), x));
        yield return Of("Einsum", "a transposition", [3, 4], (g, x) => g.Add("Einsum", Of("bij->bji"), x));
        yield return Of("Einsum", "diagonals", [3, 3], (g, x) => g.Add("Einsum", Of("bii->bi"), x));
        yield return Of("Einsum", "traces", [3, 3], (g, x) => g.Add("Einsum", Of("...ii->..."), x));
        yield return Of("Einsum", "a trace and a sum", [2, 3, 3], (g, x) => g.Add("Einsum", Of("bkii->b"), x));
        yield return Of("Einsum", "attention's scores", [3, 4], (g, x) => g.Add("Einsum", Of("...id,...jd->...ij"), x, g.Add("Exp", x)));

        // ONNX Runtime's shape inference has size 1 for a letter that stands for 1 and 4, its execution has not: the sum keeps the letter out of the result.
        yield return Of("Einsum", "a dimension of size 1 repeated", [1, 3], (g, x) => g.Add("Einsum", Of("bij,ij->bj"), x, g.Numbers(4, 3)));
        yield return Of("Einsum", "three operands, one letter summed alone", [3, 2], (g, x) => g.Add("Einsum", Of("bij,ik,kl->bl"), x, g.Numbers(3, 2), g.Numbers(2, 4)));
        yield return Of("Einsum", "by itself", [3], (g, x) => g.Add("Einsum", Of("bi,bj->bij"), x, x));
        yield return Of("Einsum", "a number, the batch summed", [3], (g, x) => g.Graph.Mul(x, g.Add("Einsum", Of("ij,ij->"), x, g.Numbers(6, 3)))) with { KeepsBatch = false };
        yield return Of("Einsum", "an example summed alone", [3], (g, x) =>
            g.Graph.Mul(x, g.Add("Einsum", Of("ij->"), g.Graph.Mul(x, g.Positives(6, 3))))) with { KeepsBatch = false };
    }

    private static NodeAttributes Of(string equation) => None.With("equation", equation);

    private static OperatorCase Einsum(string name, long[] inputShape, string equation, params long[] other) =>
        Of("Einsum", name, inputShape, (g, x) => g.Add("Einsum", Of(equation), x, g.Numbers(other)));

    private static OperatorCase Of(string @operator, string name, long[] inputShape, Func<CaseBuilder, Value, Value> build) =>
        new(@operator, name, inputShape, (g, x) => [build(g, x)]);
}
