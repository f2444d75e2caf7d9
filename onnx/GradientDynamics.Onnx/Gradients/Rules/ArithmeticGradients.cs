using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Gradients.Rules;

/// <summary>Y = A + B: dA = dY and dB = dY, each summed over the axes along which its operand was repeated. Also Sum, of any number of operands.</summary>
internal static class AddGradient
{
    public static void Emit(GradientContext node)
    {
        for (int i = 0; i < node.Node.Inputs.Count; i++)
        {
            if (node.NeedsGradient(i))
            {
                node.SetBroadcastInputGradient(i, node.OutputGradient());
            }
        }
    }
}

/// <summary>Y = mean of n operands: each has dY / n, summed over the axes along which it was repeated.</summary>
internal static class MeanGradient
{
    public static void Emit(GradientContext node)
    {
        int count = node.Node.Inputs.Count;
        string share = node.Graph.Add("Div", node.OutputGradient(), node.Graph.Scalar(node.Element, count));
        for (int i = 0; i < count; i++)
        {
            if (node.NeedsGradient(i))
            {
                node.SetBroadcastInputGradient(i, share);
            }
        }
    }
}

/// <summary>Y = A − B·q with an integer q: dA = dY, dB = −dY·q. Between the jumps of q, where the derivative exists.</summary>
internal static class ModGradient
{
    public static void Emit(GradientContext node)
    {
        Term gradient = node.OutputGradientTerm();
        if (node.NeedsGradient(0))
        {
            node.SetBroadcastInputGradient(0, gradient.Name);
        }

        if (node.NeedsGradient(1))
        {
            Term quotient = ((node.InputTerm(0) - node.OutputTerm()) / node.InputTerm(1)).Of("Round");
            node.SetBroadcastInputGradient(1, (-(gradient * quotient)).Name);
        }
    }
}

/// <summary>Y = A − B: dA = dY, dB = −dY.</summary>
internal static class SubGradient
{
    public static void Emit(GradientContext node)
    {
        if (node.NeedsGradient(0))
        {
            node.SetBroadcastInputGradient(0, node.OutputGradient());
        }

        if (node.NeedsGradient(1))
        {
            node.SetBroadcastInputGradient(1, node.Graph.Add("Neg", node.OutputGradient()));
        }
    }
}

/// <summary>Y = A·B element by element: dA = dY·B, dB = dY·A.</summary>
internal static class MulGradient
{
    public static void Emit(GradientContext node)
    {
        for (int i = 0; i < 2; i++)
        {
            if (node.NeedsGradient(i))
            {
                node.SetBroadcastInputGradient(i, node.Graph.Add("Mul", node.OutputGradient(), node.Input(1 - i)));
            }
        }
    }
}

/// <summary>Y = A / B: dA = dY / B, dB = −dY·Y / B.</summary>
internal static class DivGradient
{
    public static void Emit(GradientContext node)
    {
        string ratio = node.Graph.Add("Div", node.OutputGradient(), node.Input(1));
        if (node.NeedsGradient(0))
        {
            node.SetBroadcastInputGradient(0, ratio);
        }

        if (node.NeedsGradient(1))
        {
            node.SetBroadcastInputGradient(1, node.Graph.Add("Neg", node.Graph.Add("Mul", ratio, node.Output())));
        }
    }
}

/// <summary>Y = X^P: dX = dY·P·X^(P − 1), 0 where P is 0; dP = dY·Y·ln X, 0 where X is 0.</summary>
internal static class PowGradient
{
    public static void Emit(GradientContext node)
    {
        GradientGraph graph = node.Graph;
        ElementType element = node.Element;
        string zero = graph.Scalar(element, 0);
        string exponent = node.InputElement(1) == element ? node.Input(1) : graph.Cast(node.Input(1), element);
        if (node.NeedsGradient(0))
        {
            string power = graph.Add("Pow", node.Input(0), graph.Add("Sub", exponent, graph.Scalar(element, 1)));
            string slope = graph.Add("Where", graph.Add("Equal", exponent, zero), zero, graph.Add("Mul", exponent, power));
            node.SetBroadcastInputGradient(0, graph.Add("Mul", node.OutputGradient(), slope));
        }

        if (node.NeedsGradient(1))
        {
            string slope = graph.Add("Mul", node.Output(), graph.Add("Log", node.Input(0)));
            string atZero = graph.Add("Equal", node.Input(0), zero);
            node.SetBroadcastInputGradient(1, graph.Add("Mul", node.OutputGradient(), graph.Add("Where", atZero, zero, slope)));
        }
    }
}

/// <summary>Y = A where C, else B: dA = dY where C, else 0; dB = 0 where C, else dY.</summary>
internal static class WhereGradient
{
    public static void Emit(GradientContext node)
    {
        string zero = node.Graph.Scalar(node.Element, 0);
        if (node.NeedsGradient(1))
        {
            node.SetBroadcastInputGradient(1, node.Graph.Add("Where", node.Input(0), node.OutputGradient(), zero));
        }

        if (node.NeedsGradient(2))
        {
            node.SetBroadcastInputGradient(2, node.Graph.Add("Where", node.Input(0), zero, node.OutputGradient()));
        }
    }
}

/// <summary>Y = max or min of the operands: dY goes to the first operand that equals Y, element by element.</summary>
internal static class ExtremumGradient
{
    public static void Emit(GradientContext node)
    {
        GradientGraph graph = node.Graph;
        string zero = graph.Scalar(node.Element, 0);
        string? taken = null;
        for (int i = 0; i < node.Node.Inputs.Count; i++)
        {
            string equal = graph.Add("Equal", node.Input(i), node.Output());
            if (node.NeedsGradient(i))
            {
                string first = taken is null ? equal : graph.Add("And", equal, graph.Add("Not", taken));
                node.SetBroadcastInputGradient(i, graph.Add("Where", first, node.OutputGradient(), zero));
            }

            taken = taken is null ? equal : graph.Add("Or", taken, equal);
        }
    }
}

/// <summary>Y = min(max(X, L), U): dX = dY where L ≤ X ≤ U, else 0, as in PyTorch.</summary>
internal static class ClipGradient
{
    public static void Emit(GradientContext node)
    {
        node.RequireNoGradient(1, "lower bound");
        node.RequireNoGradient(2, "upper bound");
        GradientGraph graph = node.Graph;
        string? above = node.Node.Input(1) is { } lower ? graph.Add("GreaterOrEqual", node.Input(0), lower) : null;
        string? below = node.Node.Input(2) is { } upper ? graph.Add("LessOrEqual", node.Input(0), upper) : null;
        string? inside = above is not null && below is not null ? graph.Add("And", above, below) : above ?? below;
        node.SetInputGradient(0, inside is null ? node.OutputGradient() : graph.Add("Where", inside, node.OutputGradient(), graph.Scalar(node.Element, 0)));
    }
}
