using GradientDynamics.Onnx.Gradients;
using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Tests.Gradients;

/// <summary>Far from 0 the slopes of activations are their limits, in single and in half precision: nothing overflows or cancels.</summary>
public class SlopesFarOutTests
{
    // Half a unit in the last place below 1, a few times.
    private const double SinglePrecision = 2e-7;
    private const double HalfPrecision = 2e-3;

    private static readonly double[] Points = [30, -30, 1000, -1000, 30000, -30000];

    private static readonly Dictionary<string, Func<double, double>> Limits = new()
    {
        ["Gelu"] = Ramp,
        ["Gelu by tanh"] = Ramp,
        ["Mish"] = Ramp,
        ["Swish"] = Ramp,
        ["Softplus"] = Ramp,
        ["HardSwish"] = Ramp,
        ["Elu"] = Ramp,
        ["Celu"] = Ramp,
        ["Selu"] = x => Ramp(x) * 1.0507009873554805,
        ["ThresholdedRelu"] = Ramp,
        ["HardSigmoid"] = _ => 0,
        ["Tanh"] = _ => 0,
        ["Erf"] = _ => 0,
        ["Softsign"] = x => Math.Pow(1 + Math.Abs(x), -2),
        ["Atan"] = x => 1 / (1 + x * x),
        ["Asinh"] = x => 1 / Math.Sqrt(1 + x * x),
    };

    public static TheoryData<string> Operators => [.. Limits.Keys];

    // Celu takes single precision alone.
    public static TheoryData<string> OperatorsOfHalves => [.. Limits.Keys.Where(name => name != "Celu")];

    [Theory]
    [MemberData(nameof(Operators))]
    public void InSinglePrecision_TheSlopeIsItsLimit(string name)
    {
        double[] points = [.. Points, 1e30, -1e30];

        Slopes(name, points, half: false).ShouldBe(points.Select(Limits[name]), SinglePrecision);
    }

    [Theory]
    [MemberData(nameof(OperatorsOfHalves))]
    public void InHalfPrecision_TheSlopeIsItsLimit(string name) => Slopes(name, Points, half: true).ShouldBe(Points.Select(Limits[name]), HalfPrecision);

    private static double Ramp(double x) => x > 0 ? 1 : 0;

    // Every point is an example of two equal features, which are the logits: their margin's gradient is minus the slope and the slope.
    private static double[] Slopes(string name, double[] points, bool half)
    {
        GraphBuilder graph = new(opset: 24);
        Value x = graph.Input("input", ElementType.Float, new([Dimension.Named("batch"), 2]));
        NodeAttributes attributes = name.EndsWith("by tanh", StringComparison.Ordinal) ? NodeAttributes.None.With("approximate", "tanh") : NodeAttributes.None;
        Value Cast(Value value, ElementType element) => half ? graph.Add("Cast", [value], NodeAttributes.None.With("to", (long)element)) : value;
        Value y = Cast(graph.Add(name.Split(' ')[0], [Cast(x, ElementType.Float16)], attributes), ElementType.Float);
        using RuntimeSession companion = new(InputGradientGraph.Derive(graph.Output(graph.Identity(y))));
        long count = points.Length;
        double[] gradient = companion.Run(
            ("input", points.SelectMany(point => new[] { point, point }).ToArray(), [count, 2]),
            ("labels", new long[count], [count]),
            ("targets", Enumerable.Repeat(1L, (int)count).ToArray(), [count]),
            ("loss_kind", Enumerable.Repeat(1L, (int)count).ToArray(), [count]))["input_gradient"];
        return [.. gradient.Where((_, i) => i % 2 == 1)];
    }
}
