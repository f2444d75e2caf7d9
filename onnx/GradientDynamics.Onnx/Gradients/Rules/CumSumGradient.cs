using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Operators;

namespace GradientDynamics.Onnx.Gradients.Rules;

/// <summary>Y = sums of X up to each element along an axis: dX = sums of dY from the other end.</summary>
internal static class CumSumGradient
{
    public static void Emit(GradientContext node)
    {
        CumSumAttributes sums = CumSumAttributes.Of(node.Node);
        NodeAttributes attributes = NodeAttributes.None.With("exclusive", sums.Exclusive ? 1 : 0).With("reverse", sums.Reverse ? 0 : 1);
        node.SetInputGradient(0, node.Graph.Add("CumSum", attributes, node.OutputGradient(), node.Input(1)));
    }
}
