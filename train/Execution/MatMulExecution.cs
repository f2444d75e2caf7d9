using GradientDynamics.Onnx.Graph;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Execution;

/// <summary>
/// MatMul. Of all functions used here, matmul alone has no guard in TorchSharp's native library: an error of libtorch inside it would end
/// the process. So matrices go to mm, which has one, and other operands are checked first.
/// </summary>
internal static class MatMulExecution
{
    public static NodeExecution Compile(GraphNode node) => call =>
    {
        Tensor a = call[0];
        Tensor b = call[1];
        if (a.dim() == 2 && b.dim() == 2)
        {
            call.Return(a.mm(b));
            return;
        }

        Check(a, b, node);
        call.Return(a.matmul(b));
    };

    private static void Check(Tensor a, Tensor b, GraphNode node)
    {
        long[] left = a.shape;
        long[] right = b.shape;
        bool fits = a.dtype == b.dtype && left.Length > 0 && right.Length > 0 && left[^1] == right[Math.Max(0, right.Length - 2)];
        for (int i = 3; fits && i <= Math.Min(left.Length, right.Length); i++)
        {
            fits = left[^i] == right[^i] || left[^i] == 1 || right[^i] == 1;
        }

        if (!fits)
        {
            throw new InvalidModelException($"Node {node} cannot multiply {a.dtype}[{string.Join(", ", left)}] by {b.dtype}[{string.Join(", ", right)}].");
        }
    }
}
