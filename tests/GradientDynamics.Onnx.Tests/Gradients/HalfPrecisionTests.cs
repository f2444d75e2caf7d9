using GradientDynamics.Onnx.Gradients;
using GradientDynamics.Onnx.Graph;
using Microsoft.ML.OnnxRuntime;

namespace GradientDynamics.Onnx.Tests.Gradients;

public class HalfPrecisionTests
{
    private const int Inputs = 5;

    // Half precision has 11 bits; a gradient passes a handful of layers, each of which rounds some sums: a few per mille.
    private const double HalfTolerance = 5e-3;

    [Theory]
    [InlineData(0)]
    [InlineData(30)]
    public void Derive_OfAModelInHalfPrecision_GivesTheGradientOfTheModelInSingle(double lead)
    {
        // With a lead of 30 the probability of another class is about 1e-13, far below 6e-8, the smallest number of Float16.
        OnnxGraph single = Network(ElementType.Float, lead);
        OnnxGraph half = Network(ElementType.Float16, lead);
        OnnxGraph companion = InputGradientGraph.Derive(half);
        float[] x = [.. Enumerable.Range(0, 2 * Inputs).Select(i => (float)(Half)(i % 7 / 8.0 - 0.3))];

        companion.Outputs.Select(output => $"{output}").ShouldBe(["logits: Float16[batch, 3]", "loss: Float[batch]", "input_gradient: Float[batch, 5]"]);
        float[] expected = Gradient(InputGradientGraph.Derive(single), x, value => OrtValue.CreateTensorValueFromMemory(value, [2, Inputs]));
        float[] actual = Gradient(companion, x, value => OrtValue.CreateTensorValueFromMemory(Array.ConvertAll(value, number => (Float16)number), [2, Inputs]));

        for (int example = 0; example < 2; example++)
        {
            double largest = Row(expected, example).Max(Math.Abs);
            largest.ShouldBeGreaterThan(0);
            (largest < 1e-8).ShouldBe(lead > 0, $"{largest}");
            Row(actual, example).Zip(Row(expected, example), (left, right) => Math.Abs(left - right)).Max().ShouldBeLessThan(HalfTolerance * largest);
        }

        static double[] Row(float[] values, int example) => [.. values.Skip(example * Inputs).Take(Inputs).Select(value => (double)value)];
    }

    // The same weights in both, all of them exact in half precision.
    private static OnnxGraph Network(ElementType element, double lead)
    {
        GraphBuilder graph = new(new Random(1));
        Value x = graph.Input("input", element, new([Dimension.Named("batch"), Inputs]));
        Value hidden = graph.Tanh(graph.MatMul(x, Weight(graph, element, 3, Inputs, 8)));
        Value logits = graph.MatMul(hidden, Weight(graph, element, 4, 8, 3));
        return graph.Output(graph.Add(logits, graph.Constant(GradientGraph.Numbers(element, [lead, 0, 0], 3))));
    }

    private static Value Weight(GraphBuilder graph, ElementType element, int seed, int rows, int columns)
    {
        Random random = new(seed);
        double[] values = [.. Enumerable.Range(0, rows * columns).Select(_ => random.Next(-16, 17) / 16.0)];
        return graph.Parameter($"w{seed}", GradientGraph.Numbers(element, values, rows, columns));
    }

    private static float[] Gradient(OnnxGraph companion, float[] x, Func<float[], OrtValue> input)
    {
        Environment.SetEnvironmentVariable("ORT_DISABLE_TELEMETRY", "1");
        using SessionOptions options = new() { IntraOpNumThreads = 1 };
        using InferenceSession session = new(OnnxModelFile.ToBytes(companion), options);
        using RunOptions run = new();
        OrtValue[] values =
        [
            input(x), OrtValue.CreateTensorValueFromMemory(new long[] { 0, 0 }, [2]), OrtValue.CreateTensorValueFromMemory(new long[] { -1, -1 }, [2]), OrtValue.CreateTensorValueFromMemory(new long[] { 0, 0 }, [2]),
        ];
        using IDisposableReadOnlyCollection<OrtValue> outputs = session.Run(run, ["input", "labels", "targets", "loss_kind"], values, ["input_gradient"]);
        Array.ForEach(values, value => value.Dispose());
        return outputs[0].GetTensorDataAsSpan<float>().ToArray();
    }
}
