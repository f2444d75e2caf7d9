using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Operators;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Execution;

/// <summary>Reshape: -1 is computed, 0 copies the input's dimension unless allowzero.</summary>
internal static class ReshapeExecution
{
    public static NodeExecution Compile(GraphNode node)
    {
        bool allowZero = ReshapeAttributes.Of(node).AllowZero;
        return call =>
        {
            Tensor x = call[0];
            long[] target = call.Integers(1);
            call.Return(x.reshape(allowZero ? target : [.. target.Select((size, i) => size == 0 ? x.shape[i] : size)]));
        };
    }
}

/// <summary>Flatten: a matrix whose rows are the dimensions before the axis.</summary>
internal static class FlattenExecution
{
    public static NodeExecution Compile(GraphNode node)
    {
        long axis = FlattenAttributes.Of(node).Axis;
        return call =>
        {
            Tensor x = call[0];
            long[] sizes = x.shape;
            int first = (int)(axis < 0 ? axis + sizes.Length : axis);
            call.Return(x.reshape(Product(sizes.AsSpan(0, first)), Product(sizes.AsSpan(first))));
        };
    }

    private static long Product(ReadOnlySpan<long> sizes)
    {
        long product = 1;
        foreach (long size in sizes)
        {
            product *= size;
        }

        return product;
    }
}

/// <summary>Squeeze: dimensions of size 1 go, all or those named.</summary>
internal static class SqueezeExecution
{
    public static NodeExecution Compile(GraphNode node) => call =>
    {
        Tensor x = call[0];
        long[] sizes = x.shape;
        HashSet<int> gone = call.Has(1)
            ? [.. Axes.Of(call.Integers(1), sizes.Length, node)]
            : [.. Axes.All(sizes.Length).Where(axis => sizes[axis] == 1)];
        foreach (int axis in gone.Where(axis => sizes[axis] != 1))
        {
            throw new InvalidModelException($"Node {node}: dimension {axis} is {sizes[axis]}; only a dimension of 1 is squeezed.");
        }

        call.Return(x.reshape([.. sizes.Where((_, axis) => !gone.Contains(axis))]));
    };
}

/// <summary>Unsqueeze: dimensions of size 1 at the axes of the result.</summary>
internal static class UnsqueezeExecution
{
    public static NodeExecution Compile(GraphNode node) => call =>
    {
        Tensor x = call[0];
        long[] axes = call.Integers(1);
        int rank = (int)x.dim() + axes.Length;
        HashSet<int> added = [.. Axes.Of(axes, rank, node)];
        Queue<long> sizes = new(x.shape);
        call.Return(x.reshape([.. Axes.All(rank).Select(axis => added.Contains(axis) ? 1 : sizes.Dequeue())]));
    };
}

/// <summary>Transpose: dimensions in the order of perm, or reversed.</summary>
internal static class TransposeExecution
{
    public static NodeExecution Compile(GraphNode node)
    {
        long[]? permutation = TransposeAttributes.Of(node).Permutation?.ToArray();
        return call => call.Return(call[0].permute(permutation ?? [.. Axes.All((int)call[0].dim()).Reverse().Select(axis => (long)axis)]));
    }
}

/// <summary>Expand: broadcasting to a shape, both ways.</summary>
internal static class ExpandExecution
{
    // The bytes that a processor of today can address. The result is a view and takes no memory, so that nothing else would stop whoever computes with it.
    private const long AddressSpace = 1L << 47;

    public static NodeExecution Compile(GraphNode node) => call =>
    {
        Tensor x = call[0];
        long[] sizes = x.shape;
        long[] target = call.Integers(1);
        var result = new long[Math.Max(sizes.Length, target.Length)];
        for (int i = 1; i <= result.Length; i++)
        {
            long size = i <= sizes.Length ? sizes[^i] : 1;
            long wanted = i <= target.Length ? target[^i] : 1;
            result[^i] = wanted == 1 ? size : wanted;
        }

        Int128 bytes = x.element_size();
        foreach (long size in result)
        {
            bytes = size == 0 ? 0 : Int128.Min(bytes * size, AddressSpace + (Int128)1);
        }

        if (bytes > AddressSpace)
        {
            throw new InvalidModelException($"Node {node}: its result [{string.Join(", ", result)}] takes more bytes than a processor can address.");
        }

        call.Return(x.expand(result));
    };
}
