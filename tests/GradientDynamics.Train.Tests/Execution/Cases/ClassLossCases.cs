using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Train.Tests.Execution.Cases;

/// <summary>Cases of NegativeLogLikelihoodLoss and SoftmaxCrossEntropyLoss.</summary>
internal static class ClassLossCases
{
    private static NodeAttributes None => NodeAttributes.None;

    public static IEnumerable<OperatorCase> All()
    {
        foreach (string each in new[] { "NegativeLogLikelihoodLoss", "SoftmaxCrossEntropyLoss" })
        {
            yield return Of(each, "of each example", [3], None.With("reduction", "none"));
            yield return Of(each, "of each pixel, weighted, a label ignored", [3, 2], None.With("reduction", "none").With("ignore_index", 1), weighted: true);
            foreach (string reduction in new[] { "mean", "sum" })
            {
                yield return Of(each, reduction, [3], None.With("reduction", reduction));
                yield return Of(each, $"{reduction}, weighted, a label ignored", [3, 2], None.With("reduction", reduction).With("ignore_index", -7), weighted: true);
            }
        }

        yield return new("SoftmaxCrossEntropyLoss", "with logarithms", [3], (g, x) => g.Graph.AddMany("SoftmaxCrossEntropyLoss", [x, Labels(g, [3], 2)], 2, None.With("reduction", "none"))) { KeepsBatch = false };
        yield return new("SoftmaxCrossEntropyLoss", "its logarithms alone", [3], (g, x) => [g.Graph.AddMany("SoftmaxCrossEntropyLoss", [x, Labels(g, [3], 2)], 2)[1]])
        {
            KeepsBatch = false,
            NoGradientRule = "log_prob carries a gradient",
        };
    }

    // A single loss is multiplied by the input, so that there are features for every example.
    private static OperatorCase Of(string @operator, string name, long[] inputShape, NodeAttributes attributes, bool weighted = false) => new(@operator, name, inputShape, (g, x) =>
    {
        Value loss = g.Add(@operator, attributes, x, Labels(g, inputShape, attributes.Int("ignore_index", 2)), weighted ? g.Positives(3) : null);
        return [attributes.Text("reduction", "mean") == "none" ? loss : g.Graph.Mul(loss, x)];
    }) { KeepsBatch = false };

    private static Value Labels(CaseBuilder g, long[] inputShape, long ignored)
    {
        long others = inputShape.Skip(1).Aggregate(1L, (product, size) => product * size);
        long[] labels = [.. Enumerable.Range(0, (int)(6 * others)).Select(i => i % 4 == 3 ? ignored : i % 3L)];
        return g.IntegersOf([6, .. inputShape.Skip(1)], labels);
    }
}
