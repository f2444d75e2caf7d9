using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Operators;
using TorchSharp;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Execution;

/// <summary>Positions in the last dimension of an index tensor, as GatherND and ScatterND have them.</summary>
internal static class Positions
{
    /// <summary>
    /// The row that each position names where the dimensions of <paramref name="sizes"/> that it counts along are one: a vector with one
    /// entry for each position. Negative positions count from the back; those that lie outside are refused.
    /// </summary>
    public static Tensor Rows(Tensor indices, ReadOnlySpan<long> sizes, GraphNode node)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradients = no_grad();
        Tensor table = indices.reshape(-1, sizes.Length);
        Tensor rows = zeros(table.shape[0], ScalarType.Int64, indices.device);
        for (int i = 0; i < sizes.Length; i++)
        {
            Tensor fromFront = GatherExecution.FromFront(table.select(1, i), sizes[i]);
            if (fromFront.numel() > 0 && (fromFront.min().item<long>() < 0 || fromFront.max().item<long>() >= sizes[i]))
            {
                throw new InvalidModelException($"Node {node}: an index lies outside of the {sizes[i]} entries that it counts along.");
            }

            rows = (rows * sizes[i]) + fromFront;
        }

        return rows.MoveToOuterDisposeScope();
    }
}

/// <summary>GatherND: the parts of the input at the positions given; leading dimensions may be common to both.</summary>
internal static class GatherNDExecution
{
    public static NodeExecution Compile(GraphNode node)
    {
        int common = (int)GatherNDAttributes.Of(node).BatchDimensions;
        return call =>
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor x = call[0];
            long[] sizes = x.shape;
            long[] shape = call[1].shape;
            int depth = (int)shape[^1];
            long[] counted = sizes[common..(common + depth)];
            long[] rest = sizes[(common + depth)..];
            long batches = Product(sizes[..common]);
            Tensor rows = Positions.Rows(call[1], counted, node);
            if (common > 0)
            {
                Tensor batch = arange(batches, ScalarType.Int64, x.device).unsqueeze(1) * Product(counted);
                rows = (rows.reshape(batches, Product(shape[common..^1])) + batch).reshape(-1);
            }

            Tensor parts = x.reshape([batches * Product(counted), .. rest]).index_select(0, rows);
            call.Return(parts.reshape([.. shape[..^1], .. rest]).MoveToOuterDisposeScope());
        };
    }

    private static long Product(long[] sizes) => sizes.Aggregate(1L, (product, size) => product * size);
}

/// <summary>ScatterND: the input with parts of it replaced by, or combined with, the updates.</summary>
internal static class ScatterNDExecution
{
    public static NodeExecution Compile(GraphNode node)
    {
        ScatterReduction reduction = ScatterNDAttributes.Of(node).Reduction;
        return call =>
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor x = call[0];
            long[] sizes = x.shape;
            int depth = (int)call[1].shape[^1];
            long width = sizes[depth..].Aggregate(1L, (product, size) => product * size);
            Tensor rows = Positions.Rows(call[1], sizes.AsSpan(0, depth), node);
            Tensor elements = ((rows.unsqueeze(1) * width) + arange(width, ScalarType.Int64, x.device)).reshape(-1);
            Tensor result = ScatterElementsExecution.Run(x.reshape(-1), 0, elements, call[2].reshape(-1), reduction);
            call.Return(result.reshape(sizes).MoveToOuterDisposeScope());
        };
    }
}
