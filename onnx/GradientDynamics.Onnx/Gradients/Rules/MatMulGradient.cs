using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Gradients.Rules;

/// <summary>
/// Y = A·B over the last two axes, the axes in front broadcast: dA = dY·Bᵀ and dB = Aᵀ·dY, each summed over the axes along which its
/// operand was repeated. A vector A counts as a row, a vector B as a column.
/// </summary>
internal static class MatMulGradient
{
    public static void Emit(GradientContext node)
    {
        GradientGraph graph = node.Graph;
        TensorShape a = node.InputShape(0);
        TensorShape b = node.InputShape(1);
        bool row = a.Rank == 1;
        bool column = b.Rank == 1;
        Dimension[] batch = [.. node.OutputShape().Take(node.OutputShape().Rank - (row ? 0 : 1) - (column ? 0 : 1))];
        string gradient = (row, column) switch
        {
            (true, true) => graph.Reshape(node.OutputGradient(), 1, 1),
            (true, false) => graph.Unsqueeze(node.OutputGradient(), -2),
            (false, true) => graph.Unsqueeze(node.OutputGradient(), -1),
            _ => node.OutputGradient(),
        };

        if (node.NeedsGradient(0))
        {
            string right = column ? graph.Unsqueeze(node.Input(1), 0) : Transposed(graph, node.Input(1), b.Rank);
            string product = graph.Add("MatMul", gradient, right);
            Set(node, 0, product, batch, a);
        }

        if (node.NeedsGradient(1))
        {
            string left = row ? graph.Unsqueeze(node.Input(0), 1) : Transposed(graph, node.Input(0), a.Rank);
            string product = graph.Add("MatMul", left, gradient);
            Set(node, 1, product, batch, b);
        }
    }

    private static string Transposed(GradientGraph graph, string matrix, int rank)
    {
        long[] order = [.. Enumerable.Range(0, rank).Select(i => (long)i)];
        (order[^1], order[^2]) = (order[^2], order[^1]);
        return graph.Add("Transpose", NodeAttributes.None.With("perm", order), matrix);
    }

    // The product has the batch axes and the operand's matrix; a vector's matrix has a second axis of size 1: in front for A, behind for B.
    private static void Set(GradientContext node, int index, string product, Dimension[] batch, TensorShape operand)
    {
        GradientGraph graph = node.Graph;
        if (operand.Rank == 1)
        {
            product = graph.Add("Squeeze", product, graph.Indices(index == 0 ? -2 : -1));
            node.SetInputGradient(index, BroadcastReduction.Emit(graph, product, new([.. batch, operand[0]]), node.Input(index), operand));
            return;
        }

        node.SetInputGradient(index, BroadcastReduction.Emit(graph, product, new([.. batch, operand[operand.Rank - 2], operand[operand.Rank - 1]]), node.Input(index), operand));
    }
}
