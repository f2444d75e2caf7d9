using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Operators;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Execution;

/// <summary>OneHot: the on value where the position along the axis is the index, else the off value; an index outside depth is nowhere on.</summary>
internal static class OneHotExecution
{
    public static NodeExecution Compile(GraphNode node)
    {
        long axis = OneHotAttributes.Of(node).Axis;
        return call =>
        {
            Tensor indices = call[0];
            long depth = (long)call.Number(1);
            int along = Axes.Of(axis, (int)indices.dim() + 1, node);
            long[] positionShape = new long[indices.dim() + 1];
            Array.Fill(positionShape, 1);
            positionShape[along] = depth;
            using Tensor fromFront = GatherExecution.FromFront(indices, depth);
            using Tensor spread = fromFront.unsqueeze(along);
            using Tensor line = arange(depth, ScalarType.Int64, indices.device);
            using Tensor positions = line.reshape(positionShape);
            using Tensor isOn = spread.eq(positions);
            using Tensor off = call[2].slice(0, 0, 1, 1);
            using Tensor on = call[2].slice(0, 1, 2, 1);
            call.Return(where(isOn, on, off));
        };
    }
}
