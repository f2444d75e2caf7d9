using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Gradients.Rules;

/// <summary>Y = sum, mean, extremum, product or norm of X over axes. Without axes, by noop_with_empty_axes, every element is reduced by itself.</summary>
internal static class ReduceGradients
{
    /// <summary>ReduceSum: dX = dY, repeated along the axes.</summary>
    public static void EmitSum(GradientContext node) => EmitSpread(node, mean: false);

    /// <summary>ReduceMean: dX = dY over the number of elements, repeated along the axes.</summary>
    public static void EmitMean(GradientContext node) => EmitSpread(node, mean: true);

    /// <summary>ReduceMax and ReduceMin: dY in equal shares to the elements that equal Y, as PyTorch's amax and amin do.</summary>
    public static void EmitExtremum(GradientContext node)
    {
        if (Axes(node) is not { } axes)
        {
            node.SetInputGradient(0, node.OutputGradient());
            return;
        }

        GradientGraph graph = node.Graph;
        string equal = graph.Cast(graph.Add("Equal", node.Input(0), Kept(node, node.Output(), axes)), node.Element);
        string share = graph.Add("Div", Kept(node, node.OutputGradient(), axes), graph.ReduceSum(equal, [.. axes.Select(axis => (long)axis)]));
        node.SetInputGradient(0, graph.Add("Mul", equal, share));
    }

    /// <summary>ReduceL1: dX = dY·sign(X).</summary>
    public static void EmitSumOfMagnitudes(GradientContext node) => EmitProductWith(node, (x, _, gradient) => x.Of("Sign") * gradient);

    /// <summary>ReduceL2: dX = dY·X / Y, 0 where Y is 0.</summary>
    public static void EmitEuclideanNorm(GradientContext node) => EmitProductWith(node, (x, y, gradient) => x * (gradient / y.Is(0).Choose(y.Number(1), y)));

    /// <summary>ReduceSumSquare: dX = 2·dY·X.</summary>
    public static void EmitSumOfSquares(GradientContext node) => EmitProductWith(node, (x, _, gradient) => x * (gradient * 2));

    /// <summary>ReduceLogSumExp: dX = dY·exp(X − Y).</summary>
    public static void EmitLogarithmOfSumOfExponentials(GradientContext node) => EmitProductWith(node, (x, y, gradient) => (x - y).Of("Exp") * gradient);

    /// <summary>ReduceLogSum: dX = dY / ΣX, repeated along the axes.</summary>
    public static void EmitLogarithmOfSum(GradientContext node)
    {
        int[] axes = Axes(node) ?? [];
        Term sum = node.InputTerm(0).Sum([.. axes.Select(axis => (long)axis)]);
        Spread(node, (sum with { Name = Kept(node, node.OutputGradient(), axes) } / sum).Name, axes, mean: false);
    }

    /// <summary>
    /// ReduceProd: dX = dY times the product of the other factors, which is Y / X where no factor is 0, the product of the factors that are
    /// not 0 at the only one that is, and 0 else.
    /// </summary>
    public static void EmitProduct(GradientContext node)
    {
        if (Axes(node) is not { } axes)
        {
            node.SetInputGradient(0, node.OutputGradient());
            return;
        }

        GradientGraph graph = node.Graph;
        long[] along = [.. axes.Select(axis => (long)axis)];
        Term x = node.InputTerm(0);
        Term isZero = x.Is(0);
        Term zeros = (x with { Name = graph.Cast(isZero.Name, node.Element) }).Sum(along);
        Term nonzero = isZero.Choose(x.Number(1), x);
        Term product = nonzero with { Name = graph.Add("ReduceProd", nonzero.Name, graph.Indices(along)) };
        Term others = isZero.Choose(zeros.Is(1).Choose(product, x.Number(0)), zeros.Is(0).Choose(product / nonzero, x.Number(0)));
        node.SetInputGradient(0, (others * (x with { Name = Kept(node, node.OutputGradient(), axes) })).Name);
    }

    /// <summary>The gradient, whose <paramref name="axes"/> have size 1, repeated to the shape of X.</summary>
    public static void Spread(GradientContext node, string gradient, int[] axes, bool mean)
    {
        GradientGraph graph = node.Graph;
        TensorShape? shape = node.InputShapeIfKnown(0);
        if (mean)
        {
            string count = shape is not null && axes.All(axis => shape[axis].Value is not null)
                ? graph.Scalar(node.Element, axes.Aggregate(1.0, (product, axis) => product * shape[axis].Value!.Value))
                : graph.Cast(graph.Add("Div", graph.Add("Size", node.Input(0)), graph.Add("Size", gradient)), node.Element);
            gradient = graph.Add("Div", gradient, count);
        }

        node.SetInputGradient(0, graph.ExpandLike(gradient, node.Input(0), shape, axes));
    }

    private static void EmitSpread(GradientContext node, bool mean)
    {
        if (Axes(node) is not { } axes)
        {
            node.SetInputGradient(0, node.OutputGradient());
            return;
        }

        Spread(node, Kept(node, node.OutputGradient(), axes), axes, mean);
    }

    // A formula of X, Y and dY, the latter two with the reduced axes at size 1, whose result has the shape of X.
    private static void EmitProductWith(GradientContext node, Func<Term, Term, Term, Term> formula)
    {
        int[] axes = Axes(node) ?? [];
        Term x = node.InputTerm(0);
        node.SetInputGradient(0, formula(x, x with { Name = Kept(node, node.Output(), axes) }, x with { Name = Kept(node, node.OutputGradient(), axes) }).Name);
    }

    // The value with the reduced axes at size 1.
    private static string Kept(GradientContext node, string value, int[] axes) =>
        node.Node.Attributes.Int("keepdims", 1) != 0 ? value : node.Graph.Unsqueeze(value, [.. axes.Select(axis => (long)axis)]);

    // The reduced axes, all where none are given; null where none given means none.
    private static int[]? Axes(GradientContext node)
    {
        int rank = node.InputShape(0).Rank;
        long[]? axes = node.Node.Attributes.Ints("axes") ?? node.ConstantIntegers(1, "axes");
        if (axes is null or [])
        {
            return node.Node.Attributes.Int("noop_with_empty_axes", 0) != 0 ? null : [.. Enumerable.Range(0, rank)];
        }

        return [.. axes.Select(axis => (int)(axis < 0 ? axis + rank : axis)).Order()];
    }
}
