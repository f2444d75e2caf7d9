using GradientDynamics.Onnx.Operators;

namespace GradientDynamics.Onnx.Gradients.Rules;

/// <summary>Y = exp(X) / Σ exp(X): dX = Y·(dY − Σ dY·Y), sums over the axis.</summary>
internal static class SoftmaxGradient
{
    public static void Emit(GradientContext node)
    {
        GradientGraph graph = node.Graph;
        string mean = graph.ReduceSum(graph.Add("Mul", node.OutputGradient(), node.Output()), [SoftmaxAttributes.Of(node.Node).Axis]);
        node.SetInputGradient(0, graph.Add("Mul", node.Output(), graph.Add("Sub", node.OutputGradient(), mean)));
    }
}

/// <summary>Y = X − log Σ exp(X): dX = dY − exp(Y)·Σ dY, sums over the axis.</summary>
internal static class LogSoftmaxGradient
{
    public static void Emit(GradientContext node)
    {
        GradientGraph graph = node.Graph;
        string total = graph.ReduceSum(node.OutputGradient(), [SoftmaxAttributes.Of(node.Node).Axis]);
        node.SetInputGradient(0, graph.Add("Sub", node.OutputGradient(), graph.Add("Mul", graph.Add("Exp", node.Output()), total)));
    }
}
