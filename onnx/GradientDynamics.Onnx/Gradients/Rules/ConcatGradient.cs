using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Gradients.Rules;

/// <summary>Y = operands one behind the other along an axis: each gets its part of dY.</summary>
internal static class ConcatGradient
{
    public static void Emit(GradientContext node)
    {
        GradientGraph graph = node.Graph;
        int count = node.Node.Inputs.Count;
        int rank = node.OutputShape().Rank;
        long axis = node.Node.Attributes.Int("axis", 0);
        axis = axis < 0 ? axis + rank : axis;
        long?[] sizes = [.. Enumerable.Range(0, count).Select(i => node.InputShapeIfKnown(i)?[(int)axis].Value)];
        if (sizes.All(size => size is not null))
        {
            long start = 0;
            for (int i = 0; i < count; i++)
            {
                long end = start + sizes[i]!.Value;
                if (node.NeedsGradient(i))
                {
                    node.SetInputGradient(i, graph.Add("Slice", node.OutputGradient(), graph.Indices(start), graph.Indices(end), graph.Indices(axis)));
                }

                start = end;
            }

            return;
        }

        string[] lengths = [.. Enumerable.Range(0, count).Select(i => graph.Add("Gather", graph.Add("Shape", node.Input(i)), graph.Indices(axis)))];
        string split = graph.Add("Concat", NodeAttributes.None.With("axis", 0), lengths);
        string[] parts = graph.AddMany("Split", count, NodeAttributes.None.With("axis", axis), node.OutputGradient(), split);
        for (int i = 0; i < count; i++)
        {
            if (node.NeedsGradient(i))
            {
                node.SetInputGradient(i, parts[i]);
            }
        }
    }
}
