using GradientDynamics.Onnx.Gradients;
using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Tests.Gradients;

/// <summary>Holds a companion, run by ONNX Runtime, against central differences of the losses of the model itself.</summary>
internal static class FiniteDifferences
{
    // Central differences in double: the error of the step squared and of rounding over the step are both near 1e-10 of the values.
    private const double DoubleStep = 1e-5;
    private const double DoubleTolerance = 1e-7;

    // In float only the rounding of the logits counts, some 1e-6 over a step of 1/64, because the operators tested in float are linear between their kinks.
    private const double FloatStep = 1.0 / 64;
    private const double FloatTolerance = 1e-3;

    /// <summary>One row of logits per example; every kind that the model has, untargeted and targeted.</summary>
    public static void Check(OnnxGraph model, double[] input, long[] shape, params AttackLoss[] kinds)
    {
        OnnxGraph companion = InputGradientGraph.Derive(model);
        InputGradientNames names = InputGradientGraph.NamesFor(model);
        bool isDouble = model.Inputs[0].Type.Element == ElementType.Double;
        (double step, double tolerance) = isDouble ? (DoubleStep, DoubleTolerance) : (FloatStep, FloatTolerance);
        using RuntimeSession plain = new(model);
        using RuntimeSession derived = new(companion);
        int batch = (int)shape[0];
        int size = input.Length / batch;
        double[] Logits(double[] x) => plain.Run((names.Input, x, shape))[model.Outputs[0].Name];

        int count = Logits(input).Length / batch;
        foreach (AttackLoss kind in kinds.Length > 0 ? kinds : Enum.GetValues<AttackLoss>())
        {
            foreach (bool targeted in (bool[])[false, true])
            {
                if (kind == AttackLoss.DifferenceOfLogitsRatio && count < (targeted ? 4 : 3))
                {
                    continue;
                }

                int classes = Math.Max(count, 2);
                long[] labels = [.. Enumerable.Range(0, batch).Select(i => (long)(i % classes))];
                long[] targets = [.. labels.Select(label => targeted ? (label + 1) % classes : -1L)];
                long[] selected = [.. Enumerable.Repeat((long)kind, batch)];
                double LossOf(double[] logits, int i) => ReferenceLoss.Of(kind, logits[(i * count)..((i + 1) * count)], labels[i], targets[i]);

                Dictionary<string, double[]> outputs = derived.Run(
                    (names.Input, input, shape), (names.Labels, labels, [batch]), (names.Targets, targets, [batch]), (names.LossKind, selected, [batch]));
                double[] logits = Logits(input);
                for (int i = 0; i < batch; i++)
                {
                    outputs[names.Loss][i].ShouldBe(LossOf(logits, i), isDouble ? 1e-12 * (1 + Math.Abs(LossOf(logits, i))) : 1e-4);
                }

                double[] gradient = outputs[names.InputGradient];
                gradient.Length.ShouldBe(input.Length);
                double scale = Math.Max(1, gradient.Max(Math.Abs));
                int compared = 0;
                for (int at = 0; at < size; at++)
                {
                    // The same element of every example at once: examples do not influence each other.
                    double[] Moved(double by) => [.. input.Select((value, k) => k % size == at ? value + by : value)];
                    double[] above = Logits(Moved(step));
                    double[] below = Logits(Moved(-step));
                    for (int i = 0; i < batch; i++)
                    {
                        double[] Of(double[] rows) => rows[(i * count)..((i + 1) * count)];
                        if (!ReferenceLoss.Ranking(Of(above)).SequenceEqual(ReferenceLoss.Ranking(Of(below))))
                        {
                            continue;
                        }

                        compared++;
                        double difference = (LossOf(above, i) - LossOf(below, i)) / (2 * step);
                        gradient[i * size + at].ShouldBe(difference, tolerance * scale, $"{kind}, targeted {targeted}, example {i}, element {at}");
                    }
                }

                // A step may cross a kink of the loss, but seldom.
                compared.ShouldBeGreaterThan(input.Length * 3 / 4);
            }
        }
    }

    /// <summary>A classifier of <paramref name="classes"/> classes around one operator: the operator's output, flattened, times fixed random weights.</summary>
    public static OnnxGraph Around(ElementType element, long[] exampleShape, Func<GraphBuilder, Value, Value> body, long[] sample, int classes = 4)
    {
        GraphBuilder graph = new(new Random(5));
        Value x = graph.Input("input", element, new([Dimension.Named("batch"), .. exampleShape.Select(size => Dimension.Fixed(size))]));
        Value flat = graph.Flatten(body(graph, x));
        int width = (int)(flat.Type.Shape![1].Value ?? sample.Skip(1).Aggregate(1L, (product, size) => product * size));
        Random random = new(17);
        double[] weights = [.. Enumerable.Range(0, width * classes).Select(_ => 2 * random.NextDouble() - 1)];
        return graph.Output(graph.MatMul(flat, Constant(graph, element, weights, width, classes)));
    }

    public static Value Constant(GraphBuilder graph, ElementType element, double[] values, params long[] sizes) => graph.Constant(
        element == ElementType.Double ? ConstantTensor.Of<double>(values, sizes) : ConstantTensor.Of<float>(Array.ConvertAll(values, value => (float)value), sizes));

    /// <summary>Random numbers in (-1, 1) of which no two are nearer than 2 / count, and none nearer to 0 than 1 / count: away from ties and kinks.</summary>
    public static double[] Spaced(int count, int seed)
    {
        double[] values = [.. Enumerable.Range(0, count).Select(i => (2.0 * i + 1) / count - 1 + (count % 2 == 0 ? 0 : 0.5 / count))];
        new Random(seed).Shuffle(values);
        return values;
    }
}
