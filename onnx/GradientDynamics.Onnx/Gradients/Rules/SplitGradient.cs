using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Gradients.Rules;

/// <summary>The outputs are X's parts along an axis: dX is their gradients one behind the other, 0 for a part on which the loss does not depend.</summary>
internal static class SplitGradient
{
    public static void Emit(GradientContext node)
    {
        GradientGraph graph = node.Graph;
        string[] parts = [.. Enumerable.Range(0, node.Node.Outputs.Count).Select(i => node.HasOutputGradient(i) ? node.OutputGradient(i) : Zeros(node, i))];
        node.SetInputGradient(0, graph.Add("Concat", NodeAttributes.None.With("axis", node.Node.Attributes.Int("axis", 0)), parts));
    }

    private static string Zeros(GradientContext node, int index) => node.Graph.Add(
        "ConstantOfShape", NodeAttributes.None.With("value", GradientGraph.Numbers(node.Element, [0], 1)), node.Graph.Add("Shape", node.Output(index)));
}
