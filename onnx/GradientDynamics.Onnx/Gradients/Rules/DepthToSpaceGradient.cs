using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Gradients.Rules;

/// <summary>Channels are dealt out over blocks of space, or gathered from them: dX moves dY's elements back.</summary>
internal static class DepthToSpaceGradient
{
    public static void Emit(GradientContext node)
    {
        GradientGraph graph = node.Graph;
        long block = node.Node.Attributes.Int("blocksize", 1);
        string depthFirst = graph.Add("SpaceToDepth", NodeAttributes.None.With("blocksize", block), node.OutputGradient());
        if (node.Node.Attributes.Text("mode", "DCR") == "DCR")
        {
            node.SetInputGradient(0, depthFirst);
            return;
        }

        // SpaceToDepth puts the place in the block before the channel; mode CRD has it behind.
        TensorShape x = node.InputShape(0);
        long channels = (x[1].Value ?? throw node.Unsupported($"its input is {x}; a fixed number of channels is accepted")) / (block * block);
        string places = graph.Reshape(depthFirst, 0, block * block, channels, -1);
        string swapped = graph.Add("Transpose", NodeAttributes.None.With("perm", [0L, 2L, 1L, 3L]), places);
        node.SetInputGradient(0, graph.ReshapeLike(swapped, node.Input(0), x));
    }

    public static void EmitSpaceToDepth(GradientContext node) => node.SetInputGradient(
        0, node.Graph.Add("DepthToSpace", NodeAttributes.None.With("blocksize", node.Node.Attributes.Int("blocksize", 1)), node.OutputGradient()));
}
