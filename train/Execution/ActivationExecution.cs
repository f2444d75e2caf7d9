using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Operators;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Execution;

/// <summary>Activations with numbers of their own, and those that torch has in another form.</summary>
internal static class ActivationExecution
{
    // Above it exp(-x) is below half a unit in the last place of x in every precision: torch returns x there.
    private const double SoftplusIsIdentity = 40;

    public static NodeExecution CompileElu(GraphNode node) => Compile(node, numbers => x => x.elu(numbers.Alpha));

    public static NodeExecution CompileSelu(GraphNode node) => Compile(node, numbers => x => x.elu(numbers.Alpha, numbers.Second, 1));

    public static NodeExecution CompileCelu(GraphNode node) => Compile(node, numbers => x => nn.functional.celu(x, numbers.Alpha));

    public static NodeExecution CompileThresholdedRelu(GraphNode node) => Compile(node, numbers => x => x.threshold(numbers.Alpha, 0));

    public static NodeExecution CompileHardSigmoid(GraphNode node) => Compile(node, numbers => x => HardSigmoid(x, numbers));

    public static NodeExecution CompileSwish(GraphNode node) => Compile(node, numbers => x =>
    {
        using Tensor scaled = x * numbers.Alpha;
        using Tensor gate = scaled.sigmoid();
        return x * gate;
    });

    public static NodeExecution CompileGelu(GraphNode node)
    {
        bool byTanh = GeluAttributes.Of(node).ByTanh;
        return call => call.Return(byTanh ? call[0].gelu(TorchSharp.Modules.GELU.Approximate.tanh) : call[0].gelu());
    }

    /// <summary>Softplus: log(1 + exp(x)).</summary>
    public static Tensor Softplus(Tensor x) => x.softplus(1, SoftplusIsIdentity);

    /// <summary>PRelu: x where it is above 0, else slope·x.</summary>
    public static Tensor PRelu(Tensor x, Tensor slope)
    {
        using Tensor positive = x.gt(0);
        using Tensor sloped = x * slope;
        return where(positive, x, sloped);
    }

    // Outside of 0 to 1, and at 0 and at 1, the gradient is 0; clamp's own would pass at the bounds.
    private static Tensor HardSigmoid(Tensor x, ParametricActivationAttributes numbers)
    {
        using Tensor scaled = x * numbers.Alpha;
        using Tensor line = scaled + numbers.Second;
        using Tensor aboveZero = line.gt(0);
        using Tensor belowOne = line.lt(1);
        using Tensor inside = aboveZero.logical_and(belowOne);
        using Tensor detached = line.detach();
        using Tensor bounded = detached.clamp(0, 1);
        return where(inside, line, bounded);
    }

    private static NodeExecution Compile(GraphNode node, Func<ParametricActivationAttributes, Func<Tensor, Tensor>> function)
    {
        Func<Tensor, Tensor> of = function(ParametricActivationAttributes.Of(node));
        return call => call.Return(of(call[0]));
    }
}
