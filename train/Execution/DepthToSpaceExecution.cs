using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Operators;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Execution;

/// <summary>DepthToSpace: blocks of channels become blocks of pixels; DCR has the block's place before the channel, CRD after it.</summary>
internal static class DepthToSpaceExecution
{
    public static NodeExecution Compile(GraphNode node)
    {
        (long block, DepthToSpaceMode mode) = DepthToSpaceAttributes.Of(node);
        bool placeFirst = mode == DepthToSpaceMode.DepthColumnRow;
        return call =>
        {
            Tensor x = call[0];
            long[] sizes = x.shape;
            long channels = sizes[1] / (block * block);
            using Tensor blocks = placeFirst
                ? x.reshape(sizes[0], block, block, channels, sizes[2], sizes[3])
                : x.reshape(sizes[0], channels, block, block, sizes[2], sizes[3]);
            using Tensor ordered = placeFirst ? blocks.permute(0, 3, 4, 1, 5, 2) : blocks.permute(0, 1, 4, 2, 5, 3);
            call.Return(ordered.reshape(sizes[0], channels, sizes[2] * block, sizes[3] * block));
        };
    }
}

/// <summary>SpaceToDepth: blocks of pixels become blocks of channels, the block's place before the channel.</summary>
internal static class SpaceToDepthExecution
{
    public static NodeExecution Compile(GraphNode node)
    {
        long block = DepthToSpaceAttributes.Of(node).BlockSize;
        return call =>
        {
            Tensor x = call[0];
            long[] sizes = x.shape;
            using Tensor blocks = x.reshape(sizes[0], sizes[1], sizes[2] / block, block, sizes[3] / block, block);
            using Tensor ordered = blocks.permute(0, 3, 5, 1, 2, 4);
            call.Return(ordered.reshape(sizes[0], sizes[1] * block * block, sizes[2] / block, sizes[3] / block));
        };
    }
}
