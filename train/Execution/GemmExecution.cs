using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Operators;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Execution;

/// <summary>Gemm: Y = alpha·A'·B' + beta·C.</summary>
internal static class GemmExecution
{
    public static NodeExecution Compile(GraphNode node)
    {
        GemmAttributes gemm = GemmAttributes.Of(node);
        return call => call.Return(Run(gemm, call[0], call[1], call.At(2)));
    }

    public static Tensor Run(GemmAttributes gemm, Tensor a, Tensor b, Tensor? c)
    {
        // A layer as torch writes it takes torch's own path, and so gives its bits.
        if (gemm is { Alpha: 1, Beta: 1, TransposeA: false, TransposeB: true } && (c is null || (c.dim() == 1 && c.shape[0] == b.shape[0])))
        {
            return nn.functional.linear(a, b, c);
        }

        using Tensor left = gemm.TransposeA ? a.t() : a.alias();
        using Tensor right = gemm.TransposeB ? b.t() : b.alias();
        if (c is not null && gemm.Beta != 0 && a.is_floating_point())
        {
            return addmm(c, left, right, gemm.Beta, gemm.Alpha);
        }

        using Tensor product = left.mm(right);
        Tensor scaled = Scaled(product, gemm.Alpha);
        if (c is null || gemm.Beta == 0)
        {
            return scaled;
        }

        using (scaled)
        {
            using Tensor added = Scaled(c, gemm.Beta);
            return scaled + added;
        }
    }

    // Integers are scaled in double precision and cut, as the standard's float factors ask for.
    private static Tensor Scaled(Tensor tensor, double factor)
    {
        if (factor == 1)
        {
            return tensor.alias();
        }

        using Tensor scaled = tensor * factor;
        return scaled.to(tensor.dtype);
    }
}
