using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Operators;

namespace GradientDynamics.Onnx.Gradients.Rules;

/// <summary>
/// Y = X with constants around it, negative pads crop: dX = dY with the pads negated and zeros for what was cropped. Where the border repeats
/// elements of X, each element's gradient is the sum over the places at which it stands.
/// </summary>
internal static class PadGradient
{
    public static void Emit(GradientContext node)
    {
        PadAttributes pad = PadAttributes.Of(node.Node);
        if (pad.Mode != PadMode.Constant)
        {
            node.SetInputGradient(0, OverPlaces(node, pad));
            return;
        }

        node.RequireNoGradient(2, "constant value");
        GradientGraph graph = node.Graph;
        string[] operands = [node.OutputGradient(), graph.Add("Neg", node.Input(1))];
        if (node.Node.Input(3) is { } axes)
        {
            operands = [.. operands, "", axes];
        }

        node.SetInputGradient(0, graph.Add("Pad", operands));
    }

    // Along each padded axis: a zero is put behind the gradient, a table names for every element its places and, where it has fewer than others,
    // the zero, and what the table names is summed.
    private static string OverPlaces(GradientContext node, PadAttributes pad)
    {
        GradientGraph graph = node.Graph;
        TensorShape x = node.InputShape(0);
        long[] pads = node.ConstantIntegers(1, "pads")!;
        int[] axes = [.. (node.ConstantIntegers(3, "axes") ?? [.. Enumerable.Range(0, x.Rank).Select(axis => (long)axis)]).Select(axis => (int)(axis < 0 ? axis + x.Rank : axis))];
        string gradient = node.OutputGradient();
        for (int i = 0; i < axes.Length; i++)
        {
            (int axis, long begin, long end) = (axes[i], pads[i], pads[i + axes.Length]);
            if (begin == 0 && end == 0)
            {
                continue;
            }

            long size = x[axis].Value ?? throw node.Unsupported($"its input {x} has no fixed size along axis {axis}, which is padded by its own elements; a fixed size is accepted");
            long padded = size + begin + end;
            List<long>[] places = [.. Enumerable.Range(0, (int)size).Select(_ => new List<long>())];
            for (long place = 0; place < padded; place++)
            {
                places[pad.SourceOf(place - begin, size)].Add(place);
            }

            int most = Math.Max(1, places.Max(each => each.Count));
            long[] table = [.. Enumerable.Range(0, most).SelectMany(row => places.Select(each => row < each.Count ? each[row] : padded))];
            long[] oneBehind = new long[2 * x.Rank];
            oneBehind[x.Rank + axis] = 1;
            string extended = graph.Add("Pad", gradient, graph.Indices(oneBehind));
            string gathered = graph.Add(
                "Gather", NodeAttributes.None.With("axis", axis), extended, graph.Constant(ConstantTensor.Of<long>(table, most, size)));
            gradient = graph.ReduceSum(gathered, [axis], keepDimensions: false);
        }

        return gradient;
    }
}
