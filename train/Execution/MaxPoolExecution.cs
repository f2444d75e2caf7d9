using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Operators;
using TorchSharp;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Execution;

/// <summary>MaxPool. Where several elements of a window are the maximum, the first one in row-major order is, and the gradient goes to it.</summary>
internal static class MaxPoolExecution
{
    public static NodeExecution Compile(GraphNode node)
    {
        PoolAttributes pool = PoolAttributes.Of(node);
        return call => Run(pool, call);
    }

    private static void Run(PoolAttributes pool, NodeCall call)
    {
        Tensor x = call[0];
        PoolWindow window = PoolWindow.Of(pool, x.shape, call.Node);
        if (!x.is_floating_point())
        {
            // torch has no pooling of 8-bit integers; single precision holds them exactly.
            using Tensor real = x.to(ScalarType.Float32);
            (Tensor pooled, Tensor? indices) = Pool(pool, window, real, call.Wants(1), call.Node);
            using (pooled)
            {
                call.Return(pooled.to(x.dtype));
            }

            ReturnIndices(call, indices);
            return;
        }

        (Tensor maxima, Tensor? positions) = Pool(pool, window, x, call.Wants(1), call.Node);
        call.Return(maxima);
        ReturnIndices(call, positions);
    }

    private static void ReturnIndices(NodeCall call, Tensor? indices)
    {
        if (indices is not null)
        {
            call.Return(indices, 1);
        }
    }

    private static (Tensor Maxima, Tensor? Indices) Pool(PoolAttributes pool, PoolWindow window, Tensor x, bool wantsIndices, GraphNode node)
    {
        if (window.IsTorchs)
        {
            return Pool(pool, window, x, window.PadsBegin, window.Rank > 0 ? new long[2 * window.Rank] : [], x.shape, wantsIndices, node);
        }

        long[] pads = window.PadsForAllWindows;
        using Tensor padded = nn.functional.pad(x, pads, PaddingModes.Constant, double.NegativeInfinity);
        return Pool(pool, window, padded, new long[window.Rank], pads, x.shape, wantsIndices, node);
    }

    private static (Tensor Maxima, Tensor? Indices) Pool(
        PoolAttributes pool, PoolWindow window, Tensor padded, long[] padding, long[] pads, long[] sizes, bool wantsIndices, GraphNode node)
    {
        if (!wantsIndices)
        {
            return (window.Rank switch
            {
                1 => nn.functional.max_pool1d(padded, window.Kernel[0], window.Strides[0], padding[0], window.Dilations[0]),
                2 => nn.functional.max_pool2d(padded, window.Kernel, window.Strides, padding, window.Dilations),
                3 => nn.functional.max_pool3d(padded, window.Kernel, window.Strides, padding, window.Dilations),
                int other => throw Unsupported(node, other),
            }, null);
        }

        (Tensor maxima, Tensor plane) = window.Rank switch
        {
            1 => nn.functional.max_pool1d_with_indices(padded, window.Kernel[0], window.Strides[0], padding[0], window.Dilations[0]),
            2 => nn.functional.max_pool2d_with_indices(padded, window.Kernel, window.Strides, padding, window.Dilations),
            3 => nn.functional.max_pool3d_with_indices(padded, window.Kernel, window.Strides, padding, window.Dilations),
            int other => throw Unsupported(node, other),
        };
        using (plane)
        {
            return (maxima, InFlattenedInput(plane, padded.shape, pads, sizes, pool.StorageOrder == 1));
        }
    }

    // torch counts positions within one padded plane; ONNX within the flattened input, whose planes are column-major if asked.
    private static Tensor InFlattenedInput(Tensor plane, long[] paddedSizes, long[] pads, long[] sizes, bool columnMajor)
    {
        using IDisposable noGradients = no_grad();
        using DisposeScope scope = NewDisposeScope();
        int rank = sizes.Length - 2;
        Tensor rest = plane;
        Tensor position = plane.zeros_like();
        long[] weights = new long[rank];
        long weight = 1;
        for (int i = 0; i < rank; i++)
        {
            int axis = columnMajor ? i : rank - 1 - i;
            weights[axis] = weight;
            weight *= sizes[axis + 2];
        }

        for (int axis = rank - 1; axis >= 0; axis--)
        {
            Tensor coordinate = rest.remainder(paddedSizes[axis + 2]) - pads[2 * (rank - 1 - axis)];
            position += coordinate * weights[axis];
            rest = rest.div(paddedSizes[axis + 2], RoundingMode.floor);
        }

        long[] planeShape = [sizes[0], sizes[1], .. Enumerable.Repeat(1L, rank)];
        Tensor offset = arange(sizes[0] * sizes[1], ScalarType.Int64, plane.device).reshape(planeShape) * weight;
        return (position + offset).MoveToOuterDisposeScope();
    }

    private static UnsupportedOperatorException Unsupported(GraphNode node, int rank) =>
        new($"Node {node} cannot be trained: MaxPool over {rank} spatial dimensions; 1, 2 and 3 are accepted.");
}
