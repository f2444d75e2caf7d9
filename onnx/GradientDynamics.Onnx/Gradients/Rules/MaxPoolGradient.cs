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

        // ONNX Runtime has MaxUnpool in single precision only.
        return node.Element == ElementType.Float && shape is { Rank: 4 } && shape[1].Value is { } channels && IsHalving(pool, pool.WindowFor(node.Node, shape), shape)
            ? ScatterByComparison(node, gradient, channels, shape[2].Value!.Value, shape[3].Value!.Value)
            : ScatterByIndices(node, pool, gradient, shape);
    }

    // Windows of 2x2 side by side, which cover the image but for the last row and column of odd sizes.
    private static bool IsHalving(PoolAttributes pool, SlidingWindow window, TensorShape shape) =>
        window.Kernel.All(size => size == 2) && window.Strides.All(stride => stride == 2) && window.Dilations.All(dilation => dilation == 1)
        && window.PadsBegin.Concat(window.PadsEnd).All(pad => pad == 0) && shape.Skip(2).All(size => size.Value is > 1 && (size.Value % 2 == 0 || !pool.CeilMode));

    // Smaller pools of the same stride say where the winner is: in the upper row if the pool of that row alone has the maximum; on the
    // left if the upper left element has, or if the pool of the left column has and the upper row has not. ONNX Runtime's MaxPool is more
    // than ten times slower with Indices than without.
    private static string ScatterByComparison(GradientContext node, string gradient, long channels, long height, long width)
    {
        GradientGraph graph = node.Graph;
        long rowCount = height / 2;
        long columnCount = width / 2;
        string upper = HoldsTheMaximum(1, 2);
        string left = graph.Add("Or", HoldsTheMaximum(1, 1), graph.Add("And", HoldsTheMaximum(2, 1), graph.Add("Not", upper)));

        // Positions count back from the window's last element: a row back if the winner is in the upper one, an element if it is on the left. Single precision holds
        // both numbers exactly, and ONNX Runtime computes with it faster than with integers.
        string rowBack = graph.Add("Mul", graph.Cast(upper, node.Element), graph.Scalar(node.Element, width));
        string back = graph.Cast(graph.Add("Add", rowBack, graph.Cast(left, node.Element)), ElementType.Int64);
        string last = graph.Add("Add", graph.Add("Add", LastOf(columnCount, 2, 1, 3), LastOf(rowCount, 2 * width, width, 2)), LastOf(channels, height * width, 0, 1));
        string examples = graph.Add("Range", graph.Index(0), graph.Add("Gather", graph.Add("Shape", node.Input(0)), graph.Index(0)), graph.Index(1));
        string images = graph.Unsqueeze(graph.Add("Mul", examples, graph.Index(channels * height * width)), 1, 2, 3);
        string positions = graph.Add("Sub", graph.Add("Add", images, last), back);
        NodeAttributes unpool = NodeAttributes.None.With("kernel_shape", [2L, 2L]).With("strides", [2L, 2L]);
        return height % 2 == 0 && width % 2 == 0
            ? graph.Add("MaxUnpool", unpool, gradient, positions)
            : graph.Add("MaxUnpool", unpool, gradient, positions, graph.Add("Shape", node.Input(0)));

        // Whether the upper left part of each window, of the size given, has the maximum.
        string HoldsTheMaximum(long rows, long columns)
        {
            string part = graph.Add("MaxPool", NodeAttributes.None.With("kernel_shape", [rows, columns]).With("strides", [2L, 2L]), node.Input(0));

            // A part of one row (or column) finds one more window in an odd number of rows.
            bool moreRows = rows == 1 && height % 2 == 1;
            bool moreColumns = columns == 1 && width % 2 == 1;
            if (moreRows || moreColumns)
            {
                part = graph.Add("Slice", part, graph.Indices(0, 0), graph.Indices(rowCount, columnCount), graph.Indices(2, 3));
            }

            return graph.Add("Equal", part, node.Output());
        }

        // step · i + offset for i below count, along an axis of four.
        string LastOf(long count, long step, long offset, int axis)
        {
            long[] sizes = [1, 1, 1, 1];
            sizes[axis] = count;
            return graph.Constant(ConstantTensor.Of<long>([.. Enumerable.Range(0, checked((int)count)).Select(i => step * i + offset)], sizes));
        }
    }

    private static string ScatterByIndices(GradientContext node, PoolAttributes pool, string gradient, TensorShape? shape)
    {
        GradientGraph graph = node.Graph;
        string zeros = graph.ZeroVector(node.Input(0), shape, node.Element);
        string winners = graph.Reshape(RowMajorIndices(node, pool), -1);
        string scattered = graph.Add(
            "ScatterElements", NodeAttributes.None.With("axis", 0).With("reduction", "add"), zeros, winners, graph.Reshape(gradient, -1));
        return graph.ReshapeLike(scattered, node.Input(0), shape);
    }

    // A node whose Indices are column-major keeps them where something uses them; another node of the same input then counts in rows.
    private static string RowMajorIndices(GradientContext node, PoolAttributes pool)
    {
        NodeAttributes attributes = pool.StorageOrder == 0 ? node.Node.Attributes : node.Node.Attributes.Without("storage_order");
        return pool.StorageOrder == 0 || node.Node.Output(1) is null
            ? node.ForwardOutput(1, attributes)
            : node.Graph.AddMany("MaxPool", 2, attributes, node.Input(0))[1];
    }
}

/// <summary>Y has X's elements at the positions of the flattened output that I names: dX = dY there.</summary>
internal static class MaxUnpoolGradient
{
    public static void Emit(GradientContext node)
    {
        GradientGraph graph = node.Graph;
        node.SetInputGradient(0, graph.Add("Gather", graph.Reshape(node.OutputGradient(), -1), node.Input(1)));
    }
}
