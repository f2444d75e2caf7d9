using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Gradients.Rules;

/// <summary>
/// Y = off + (on − off)·M with M 1 at the indices and values = (off, on): d off = Σ dY·(1 − M), d on = Σ dY·M. Y is constant almost everywhere in the indices.
/// </summary>
internal static class OneHotGradient
{
    private const int Values = 2;

    public static void Emit(GradientContext node)
    {
        if (!node.NeedsGradient(Values))
        {
            return;
        }

        GradientGraph graph = node.Graph;
        string gradient = node.OutputGradient();
        string mask = graph.Add("OneHot", node.Node.Attributes, node.Input(0), node.Input(1), graph.Constant(GradientGraph.Numbers(node.Element, [0, 1], 2)));
        string on = graph.Add("Mul", gradient, mask);
        node.SetInputGradient(Values, graph.Add("Concat", NodeAttributes.None.With("axis", 0), Sum(graph.Add("Sub", gradient, on)), Sum(on)));

        string Sum(string value) => graph.Reshape(graph.Add("ReduceSum", value), 1);
    }
}
