using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Operators;

namespace GradientDynamics.Onnx.Gradients.Rules;

/// <summary>
/// Y = maximum of each window: dY is added to the element of the window that won, the first in row-major order where several are equal,
/// as in ONNX Runtime and PyTorch.
/// </summary>
internal static class MaxPoolGradient
{
    public static void Emit(GradientContext node)
    {
        if (node.HasOutputGradient(1))
        {
            throw node.Unsupported("its Indices carry a gradient");
        }

        string gradient = node.OutputGradient();

        // An activation in front of the pool has the winner's slope at the winner, and no other element receives a gradient: its slope is
        // applied to the pooled gradient, which has fewer elements.
        if (node.SoleProducer(0) is { Domain: "" } activation)
        {
            if (activation.Operator == "Relu")
            {
                node.SetGradient(activation.Inputs[0], Scatter(node, ReluGradient.Masked(node.Graph, node.Output(), gradient, node.Element)));
                return;
            }

            if (activation.Operator == "LeakyRelu" && LeakyReluAttributes.Of(activation).Alpha is >= 0 and var alpha)
            {
                node.SetGradient(activation.Inputs[0], Scatter(node, LeakyReluGradient.Sloped(node.Graph, node.Output(), gradient, alpha, node.Element)));
                return;
            }
        }

        node.SetInputGradient(0, Scatter(node, gradient));
    }

    private static string Scatter(GradientContext node, string gradient)
    {
        PoolAttributes pool = PoolAttributes.Of(node.Node);
        TensorShape? shape = node.InputShapeIfKnown(0);
        return shape is { Rank: 4 } && IsHalving(pool.WindowFor(node.Node, shape), shape)
            ? ScatterByComparison(node, gradient, shape[2].Value!.Value / 2, shape[3].Value!.Value / 2)
            : ScatterByIndices(node, pool, gradient, shape);
    }

    // Windows of 2x2 side by side, which cover the image.
    private static bool IsHalving(SlidingWindow window, TensorShape shape) =>
        window.Kernel.All(size => size == 2) && window.Strides.All(stride => stride == 2) && window.Dilations.All(dilation => dilation == 1)
        && window.PadsBegin.Concat(window.PadsEnd).All(pad => pad == 0) && shape.Skip(2).All(size => size.Value is > 0 && size.Value % 2 == 0);

    // Smaller pools of the same stride say where the winner is: in the upper row if the pool of that row alone has the maximum; on the
    // left of it if the upper left element has; on the left of the lower row if the pool of the left column has. ONNX Runtime's MaxPool
    // is more than ten times slower with Indices than without.
    private static string ScatterByComparison(GradientContext node, string gradient, long height, long width)
    {
        GradientGraph graph = node.Graph;
        (string upper, string lower) = Divide(HoldsTheMaximum(1, 2), gradient);
        (string toUpperLeft, string toUpperRight) = Divide(HoldsTheMaximum(1, 1), upper);
        (string toLowerLeft, string toLowerRight) = Divide(HoldsTheMaximum(2, 1), lower);

        NodeAttributes swap = NodeAttributes.None.With("perm", [0L, 1L, 2L, 4L, 3L]);
        string together = graph.Add("Concat", NodeAttributes.None.With("axis", 3), toUpperLeft, toLowerLeft, toUpperRight, toLowerRight);
        string interleaved = graph.Add("Transpose", swap, graph.Reshape(together, 0, 0, height, 2, 2 * width));
        return graph.Reshape(interleaved, 0, 0, 2 * height, 2 * width);

        // Whether the upper left part of each window, of the size given, has the maximum.
        string HoldsTheMaximum(long rows, long columns) => graph.Add(
            "Equal", graph.Add("MaxPool", NodeAttributes.None.With("kernel_shape", [rows, columns]).With("strides", [2L, 2L]), node.Input(0)), node.Output());

        // What goes to the one side, and the rest, which is all or nothing, to the other.
        (string First, string Second) Divide(string isFirst, string whole)
        {
            string first = graph.Add("Where", isFirst, whole, graph.Scalar(node.Element, 0));
            return (first, graph.Add("Sub", whole, first));
        }
    }

    private static string ScatterByIndices(GradientContext node, PoolAttributes pool, string gradient, TensorShape? shape)
    {
        if (pool.StorageOrder != 0)
        {
            throw node.Unsupported("its storage_order is 1; row-major Indices (0) are accepted");
        }

        GradientGraph graph = node.Graph;
        string zeros = graph.ZeroVector(node.Input(0), shape, node.Element);
        string winners = graph.Reshape(node.ForwardOutput(1), -1);
        string scattered = graph.Add(
            "ScatterElements", NodeAttributes.None.With("axis", 0).With("reduction", "add"), zeros, winners, graph.Reshape(gradient, -1));
        return graph.ReshapeLike(scattered, node.Input(0), shape);
    }
}
