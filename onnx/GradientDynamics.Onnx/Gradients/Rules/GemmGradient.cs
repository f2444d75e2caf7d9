using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Operators;

namespace GradientDynamics.Onnx.Gradients.Rules;

/// <summary>Y = alpha·A'·B' + beta·C, where ' transposes if asked: dA' = alpha·dY·B'ᵀ, dB' = alpha·A'ᵀ·dY, dC = beta·dY summed to C's shape.</summary>
internal static class GemmGradient
{
    public static void Emit(GradientContext node)
    {
        GradientGraph graph = node.Graph;
        GemmAttributes gemm = GemmAttributes.Of(node.Node);
        (string a, string b) = (node.Input(0), node.Input(1));
        if (node.NeedsGradient(0))
        {
            ValueGradient gradient = node.UnscaledOutputGradient();
            string weight = BatchNormFolding.IntoWeight(graph, b, gradient.ChannelFactor, axis: gemm.TransposeB ? 0 : 1, rank: 2);
            node.SetInputGradient(0, gemm.TransposeA
                ? Product(graph, gemm.Alpha, weight, gemm.TransposeB, gradient.Name, true)
                : Product(graph, gemm.Alpha, gradient.Name, false, weight, !gemm.TransposeB));
        }

        if (node.NeedsGradient(1))
        {
            node.SetInputGradient(1, gemm.TransposeB
                ? Product(graph, gemm.Alpha, node.OutputGradient(), true, a, gemm.TransposeA)
                : Product(graph, gemm.Alpha, a, !gemm.TransposeA, node.OutputGradient(), false));
        }

        if (node.NeedsGradient(2))
        {
            string scaled = gemm.Beta == 1 ? node.OutputGradient() : graph.Add("Mul", node.OutputGradient(), graph.Scalar(node.Element, gemm.Beta));
            node.SetBroadcastInputGradient(2, scaled);
        }
    }

    private static string Product(GradientGraph graph, float alpha, string left, bool transposeLeft, string right, bool transposeRight)
    {
        NodeAttributes attributes = NodeAttributes.None;
        attributes = alpha == 1 ? attributes : attributes.With("alpha", alpha);
        attributes = transposeLeft ? attributes.With("transA", 1) : attributes;
        attributes = transposeRight ? attributes.With("transB", 1) : attributes;
        return graph.Add("Gemm", attributes, left, right);
    }
}
