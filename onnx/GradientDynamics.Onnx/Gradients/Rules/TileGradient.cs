using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Gradients.Rules;

/// <summary>Y is X again and again: dX is the sum of dY over the repetitions. dY in the shape [repeats₀, size₀, repeats₁, size₁, …] has an axis for each.</summary>
internal static class TileGradient
{
    public static void Emit(GradientContext node)
    {
        GradientGraph graph = node.Graph;
        TensorShape x = node.InputShape(0);
        long[] repetitions = [.. Enumerable.Range(0, x.Rank).Select(axis => 2L * axis)];
        if (x.Rank == 0)
        {
            node.SetInputGradient(0, node.OutputGradient());
            return;
        }

        string pairs = graph.Add(
            "Concat", NodeAttributes.None.With("axis", 1), graph.Unsqueeze(node.Input(1), 1), graph.Unsqueeze(graph.Add("Shape", node.Input(0)), 1));
        string apart = graph.Add("Reshape", NodeAttributes.None.With("allowzero", 1), node.OutputGradient(), graph.Reshape(pairs, -1));
        node.SetInputGradient(0, graph.ReduceSum(apart, repetitions, keepDimensions: false));
    }
}
