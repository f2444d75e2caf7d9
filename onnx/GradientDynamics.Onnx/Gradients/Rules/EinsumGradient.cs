using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Operators;

namespace GradientDynamics.Onnx.Gradients.Rules;

/// <summary>
/// The gradient of an operand of Einsum is an Einsum of dY and the other operands, with the operand's letters as result. A letter that only
/// this operand has was summed: its gradient is repeated along it. A letter that the operand has twice was a diagonal: the gradient goes
/// there. A dimension of size 1 where others have more was repeated: its gradient is summed.
/// </summary>
internal static class EinsumGradient
{
    public static void Emit(GradientContext node)
    {
        int count = node.Node.Inputs.Count;
        EinsumEquation equation = EinsumAttributes.Of(node.Node).Equation.SpelledOut([.. Enumerable.Range(0, count).Select(i => node.InputShape(i).Rank)]);
        for (int i = 0; i < count; i++)
        {
            if (node.NeedsGradient(i))
            {
                Emit(node, equation, i);
            }
        }
    }

    private static void Emit(GradientContext node, EinsumEquation equation, int index)
    {
        GradientGraph graph = node.Graph;
        string letters = equation.Operands[index];
        string distinct = string.Concat(letters.Distinct());
        int[] others = [.. Enumerable.Range(0, equation.Operands.Count).Where(i => i != index)];
        Dictionary<char, Dimension> sizes = distinct.ToDictionary(letter => letter, letter => SizeOf(node, equation, letter));

        // Letters along which the product has the full size; along the others it has size 1 or no dimension, and is repeated.
        string full = string.Concat(distinct.Where(letter => equation.Result.Contains(letter) || others.Any(i => HasFullSize(node, equation, i, letter, sizes[letter]))));
        string repeated = string.Concat(distinct.Except(full));
        string present = string.Concat(repeated.Where(letter => others.Any(i => equation.Operands[i].Contains(letter))));
        string ordered = string.Concat(distinct.Where(letter => full.Contains(letter) || present.Contains(letter)));
        TensorShape own = node.InputShape(index);
        string product = graph.Unsqueeze(
            Product(node, equation, others, ordered), [.. distinct.Index().Where(letter => !ordered.Contains(letter.Item)).Select(letter => (long)letter.Index)]);
        if (distinct.Length < letters.Length)
        {
            product = OnDiagonals(node, index, product, letters, distinct);
        }

        int[] expanded = [.. Enumerable.Range(0, letters.Length).Where(axis => repeated.Contains(letters[axis]) && letters.Count(letter => letter == letters[axis]) == 1)];
        if (expanded.Length > 0)
        {
            product = graph.ExpandLike(product, node.Input(index), own, expanded);
        }

        TensorShape from = new([.. letters.Select((letter, axis) => repeated.Contains(letter) ? own[axis] : sizes[letter])]);
        node.SetInputGradient(index, BroadcastReduction.Emit(graph, product, from, node.Input(index), own));
    }

    // dY times the other operands, with the letters given as result. A dY without dimensions is a factor.
    private static string Product(GradientContext node, EinsumEquation equation, int[] others, string letters)
    {
        GradientGraph graph = node.Graph;
        bool factor = equation.Result.Length == 0;
        if (others.Length == 0 && equation.Result == letters)
        {
            return node.OutputGradient();
        }

        string[] names = [.. factor ? [] : new[] { equation.Result }, .. others.Select(i => equation.Operands[i])];
        string[] operands = [.. factor ? [] : new[] { node.OutputGradient() }, .. others.Select(node.Input)];
        string product = graph.Add("Einsum", NodeAttributes.None.With("equation", $"{string.Join(",", names)}->{letters}"), operands);
        return factor ? graph.Add("Mul", product, node.OutputGradient()) : product;
    }

    // The gradient has one axis for each distinct letter; times an identity matrix for each further axis of a letter it has all of them.
    private static string OnDiagonals(GradientContext node, int index, string gradient, string letters, string distinct)
    {
        GradientGraph graph = node.Graph;
        Queue<char> free = new(EinsumEquation.Letters().Except(letters));
        List<string> names = [distinct];
        List<string> operands = [gradient];
        char[] result = letters.ToCharArray();
        for (int axis = 0; axis < result.Length; axis++)
        {
            if (letters.IndexOf(letters[axis]) < axis)
            {
                result[axis] = free.Dequeue();
                names.Add($"{letters[axis]}{result[axis]}");
                operands.Add(Identity(node, index, axis));
            }
        }

        return graph.Add("Einsum", NodeAttributes.None.With("equation", $"{string.Join(",", names)}->{new string(result)}"), [.. operands]);
    }

    private static string Identity(GradientContext node, int index, int axis)
    {
        GradientGraph graph = node.Graph;
        string size = node.InputShape(index)[axis].Value is { } known
            ? graph.Index(known)
            : graph.Add("Gather", graph.Add("Shape", node.Input(index)), graph.Index(axis));
        string positions = graph.Add("Range", graph.Index(0), size, graph.Index(1));
        return graph.Cast(graph.Add("Equal", graph.Unsqueeze(positions, 0), graph.Unsqueeze(positions, 1)), node.Element);
    }

    private static bool HasFullSize(GradientContext node, EinsumEquation equation, int operand, char letter, Dimension size)
    {
        int axis = equation.Operands[operand].IndexOf(letter);
        return axis >= 0 && size != Dimension.Unknown && node.InputShape(operand)[axis] == size;
    }

    private static Dimension SizeOf(GradientContext node, EinsumEquation equation, char letter)
    {
        Dimension size = 1;
        for (int i = 0; i < equation.Operands.Count; i++)
        {
            foreach ((int axis, char other) in equation.Operands[i].Index())
            {
                Dimension own = node.InputShape(i)[axis];
                size = other != letter || own.Value == 1 ? size : size.Value == 1 ? own : OperatorCall.Unify(size, own);
            }
        }

        return size;
    }
}
