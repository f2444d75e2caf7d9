using GradientDynamics.Onnx.Gradients;
using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Tests.Gradients;

/// <summary>Rounding and quantization pass gradients straight through; the values are known without computing.</summary>
public class StraightThroughTests
{
    private static readonly NodeAttributes None = NodeAttributes.None;

    // The logit margin to the target, z1 - z0, so that the gradient of the logits is (-1, 1, 0).
    private static readonly double[] MarginGradient = [-1, 1, 0];

    [Theory]
    [InlineData("Floor")]
    [InlineData("Ceil")]
    [InlineData("Round")]
    public void Rounding_HasTheIdentitysGradient(string @operator)
    {
        (double[] gradient, string[] passed) = Gradient([0.3, 1.7, -2.5], (g, x) => g.Add(@operator, [x], name: "rounded"));

        gradient.ShouldBe(MarginGradient);
        passed.ShouldBe([$"{@operator} 'rounded'"]);
    }

    // With scale 1/8 and zero point 0 an Int8 reaches from -16 to 15.875; rounding up to the bound is within.
    [Theory]
    [InlineData(1.0, 2.0, -1, 1)]
    [InlineData(-16.06, 15.93, -1, 1)]
    [InlineData(-16.07, 2.0, 0, 1)]
    [InlineData(1.0, 15.94, -1, 0)]
    public void Quantization_PassesWithinTheRangeOfTheIntegers(double first, double second, double firstGradient, double secondGradient)
    {
        (double[] gradient, string[] passed) = Gradient([first, second, 0], (g, x) => g.Add(
            "DequantizeLinear",
            [g.Add("QuantizeLinear", [x, Scale(g), Zero(g)], name: "quantized"), Scale(g), Zero(g)]));

        gradient.ShouldBe([firstGradient, secondGradient, 0]);
        passed.ShouldBe(["QuantizeLinear 'quantized'"]);
    }

    [Fact]
    public void ADynamicScale_CountsAsAConstant()
    {
        (double[] gradient, string[] passed) = Gradient([0.3, 1.7, -2.5], (g, x) =>
        {
            IReadOnlyList<Value> quantized = g.AddMany("DynamicQuantizeLinear", [x], 3, name: "quantized");
            return g.Add("DequantizeLinear", quantized);
        });

        // Divided and multiplied by the same scale: two roundings of single precision.
        gradient.ShouldBe(MarginGradient, 2.4e-7);
        passed.ShouldBe(["DynamicQuantizeLinear 'quantized'"]);
    }

    [Fact]
    public void ANetworkThatDoesNotRound_PassesNothingStraightThrough() => Gradient([1, 2, 3], (g, x) => g.Relu(x)).Passed.ShouldBeEmpty();

    [Fact]
    public void AnOperatorThatComputesWithQuantizedIntegers_IsRefusedByName()
    {
        Should.Throw<UnsupportedOperatorException>(() => Gradient([1, 2, 3], (g, x) =>
            g.Add("Cast", [g.Add("Gather", [g.Add("QuantizeLinear", [x, Scale(g), Zero(g)], name: "quantized"), g.Constant(ConstantTensor.Vector(0, 1, 2))], None.With("axis", 1), "taken")], None.With("to", (long)ElementType.Float))))
            .Message.ShouldStartWith("Node Gather 'taken' cannot be differentiated: its input 'quantized' holds quantized integers,");
    }

    private static Value Scale(GraphBuilder g) => g.Constant(ConstantTensor.Scalar(0.125f));

    private static Value Zero(GraphBuilder g) => g.Constant(ConstantTensor.Scalar((sbyte)0));

    // The gradient of the body's three outputs, taken as logits, and the nodes that it passed straight through.
    private static (double[] Gradient, string[] Passed) Gradient(double[] input, Func<GraphBuilder, Value, Value> body)
    {
        GraphBuilder graph = new();
        Value x = graph.Input("input", ElementType.Float, new([Dimension.Named("batch"), 3]));
        OnnxGraph model = graph.Output(body(graph, x));
        using RuntimeSession companion = new(InputGradientGraph.Derive(model));
        double[] gradient = companion.Run(("input", input, [1, 3]), ("labels", new long[] { 0 }, [1]), ("targets", new long[] { 1 }, [1]), ("loss_kind", new long[] { 1 }, [1]))["input_gradient"];

        Backpropagation pass = new(model, ShapeInference.InferScope(model), new GradientGraph(model, []), "input", "logits");
        pass.Run("input", "logits", "gradient");
        return (gradient, [.. pass.StraightThroughNodes.Select(node => node.ToString())]);
    }
}
