using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Train.Execution;

/// <summary>Axes as ONNX gives them: negative ones count from the back.</summary>
internal static class Axes
{
    /// <summary>The axis counted from the front.</summary>
    public static int Of(long axis, int rank, GraphNode node) => axis >= -rank && axis < rank
        ? (int)(axis < 0 ? axis + rank : axis)
        : throw new InvalidModelException($"Node {node}: axis is {axis}; from {-rank} to {rank - 1} is accepted.");

    /// <summary>The axes counted from the front, in their order.</summary>
    public static int[] Of(long[] axes, int rank, GraphNode node) => [.. axes.Select(axis => Of(axis, rank, node))];

    /// <summary>All axes of a tensor.</summary>
    public static int[] All(int rank) => [.. Enumerable.Range(0, rank)];
}
