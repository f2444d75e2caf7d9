using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Operators;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Execution;

/// <summary>Split: the parts are views of the input.</summary>
internal static class SplitExecution
{
    public static NodeExecution Compile(GraphNode node)
    {
        long axis = SplitAttributes.Of(node).Axis;
        int count = node.Outputs.Count;
        return call =>
        {
            Tensor x = call[0];
            int along = Axes.Of(axis, (int)x.dim(), node);
            long[]? lengths = call.Has(1) ? call.Integers(1) : SplitAttributes.EqualParts(x.shape[along], count);
            if (lengths is null || lengths.Length != count || lengths.Sum() != x.shape[along])
            {
                throw new InvalidModelException($"Node {node} cannot divide {x.shape[along]} entries into {(lengths is null ? $"{count} equal parts" : $"[{string.Join(", ", lengths)}]")} for {count} outputs.");
            }

            long start = 0;
            for (int i = 0; i < count; i++)
            {
                if (call.Wants(i))
                {
                    call.Return(x.narrow(along, start, lengths[i]), i);
                }

                start += lengths[i];
            }
        };
    }
}

/// <summary>Tile: the input again and again along each dimension.</summary>
internal static class TileExecution
{
    public static NodeExecution Compile(GraphNode node) => call => call.Return(call[0].repeat(call.Integers(1)));
}
