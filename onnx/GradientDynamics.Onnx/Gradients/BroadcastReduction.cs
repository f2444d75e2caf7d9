using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Gradients;

/// <summary>
/// The adjoint of broadcasting: a gradient in the broadcast shape is summed over the axes along which the operand was repeated.
/// Fixed sizes and equal names of dimensions decide which these are; where they cannot, the shapes decide at run time.
/// </summary>
internal static class BroadcastReduction
{
    /// <summary>The gradient, of shape <paramref name="from"/>, in the shape <paramref name="to"/> of <paramref name="operand"/>.</summary>
    public static string Emit(GradientGraph graph, string gradient, TensorShape? from, string operand, TensorShape? to)
    {
        if (from is null || to is null)
        {
            return AtRunTime(graph, gradient, operand, missing: from is null || to is null ? null : from.Rank - to.Rank);
        }

        int leading = from.Rank - to.Rank;
        List<long> axes = [.. Enumerable.Range(0, leading).Select(i => (long)i)];
        for (int i = 0; i < to.Rank; i++)
        {
            Dimension broadcast = from[leading + i];
            Dimension own = to[i];
            if (own.Value == 1)
            {
                if (broadcast.Value != 1)
                {
                    axes.Add(leading + i);
                }
            }
            else if (own.Value is null && broadcast.Value != 1 && !(own.Symbol is not null && own.Symbol == broadcast.Symbol))
            {
                return AtRunTime(graph, gradient, operand, leading);
            }
        }

        if (axes.Count == 0)
        {
            return gradient;
        }

        if (axes.Count == leading)
        {
            return graph.ReduceSum(gradient, [.. axes], keepDimensions: false);
        }

        string summed = graph.ReduceSum(gradient, [.. axes]);
        return leading == 0 ? summed : graph.Add("Squeeze", summed, graph.Indices([.. Enumerable.Range(0, leading).Select(i => (long)i)]));
    }

    private static string AtRunTime(GradientGraph graph, string gradient, string operand, int? missing)
    {
        // The operand's shape is filled with ones in front up to the gradient's rank; where the two differ, the operand was repeated.
        string own = graph.Add("Shape", operand);
        string broadcast = graph.Add("Shape", gradient);
        string padded = own;
        if (missing != 0)
        {
            string lacking = missing is { } known ? graph.Indices(known) : graph.Add("Sub", graph.Add("Shape", broadcast), graph.Add("Shape", own));
            padded = graph.Add("Concat", NodeAttributes.None.With("axis", 0), graph.Add("Expand", graph.Indices(1), lacking), own);
        }

        string repeated = graph.Add("Not", graph.Add("Equal", padded, broadcast));
        string axes = graph.Reshape(graph.Add("NonZero", repeated), -1);
        NodeAttributes keep = NodeAttributes.None.With("keepdims", 1).With("noop_with_empty_axes", 1);
        return graph.Add("Reshape", graph.Add("ReduceSum", keep, gradient, axes), own);
    }
}
