using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Gradients.Rules;

/// <summary>Y = 1 / (1 + exp(−X)): dX = dY·Y·(1 − Y).</summary>
internal static class SigmoidGradient
{
    public static void Emit(GradientContext node)
    {
        string rest = node.Graph.Add("Sub", node.Graph.Scalar(node.Element, 1), node.Output());
        node.SetInputGradient(0, node.Graph.Add("Mul", node.OutputGradient(), node.Graph.Add("Mul", node.Output(), rest)));
    }
}

/// <summary>Y = tanh(X): dX = dY·(1 − Y²).</summary>
internal static class TanhGradient
{
    public static void Emit(GradientContext node)
    {
        string rest = node.Graph.Add("Sub", node.Graph.Scalar(node.Element, 1), node.Graph.Add("Mul", node.Output(), node.Output()));
        node.SetInputGradient(0, node.Graph.Add("Mul", node.OutputGradient(), rest));
    }
}

/// <summary>Y = log(1 + exp(X)): dX = dY·exp(X − Y), which is the sigmoid of X at full relative precision.</summary>
internal static class SoftplusGradient
{
    public static void Emit(GradientContext node)
    {
        string sigmoid = node.Graph.Add("Exp", node.Graph.Add("Sub", node.Input(0), node.Output()));
        node.SetInputGradient(0, node.Graph.Add("Mul", node.OutputGradient(), sigmoid));
    }
}

/// <summary>Y = exp(X): dX = dY·Y.</summary>
internal static class ExpGradient
{
    public static void Emit(GradientContext node) => node.SetInputGradient(0, node.Graph.Add("Mul", node.OutputGradient(), node.Output()));
}

/// <summary>Y = log(X): dX = dY / X.</summary>
internal static class LogGradient
{
    public static void Emit(GradientContext node) => node.SetInputGradient(0, node.Graph.Add("Div", node.OutputGradient(), node.Input(0)));
}

/// <summary>Y = −X: dX = −dY.</summary>
internal static class NegGradient
{
    public static void Emit(GradientContext node) => node.SetInputGradient(0, node.Graph.Add("Neg", node.OutputGradient()));
}

/// <summary>Y = |X|: dX = dY·sign(X), 0 at 0.</summary>
internal static class AbsGradient
{
    public static void Emit(GradientContext node) =>
        node.SetInputGradient(0, node.Graph.Add("Mul", node.OutputGradient(), node.Graph.Add("Sign", node.Input(0))));
}

/// <summary>Y = √X: dX = dY / (2·Y).</summary>
internal static class SqrtGradient
{
    public static void Emit(GradientContext node)
    {
        string twice = node.Graph.Add("Mul", node.Output(), node.Graph.Scalar(node.Element, 2));
        node.SetInputGradient(0, node.Graph.Add("Div", node.OutputGradient(), twice));
    }
}

/// <summary>Y = 1 / X: dX = −dY·Y².</summary>
internal static class ReciprocalGradient
{
    public static void Emit(GradientContext node)
    {
        string square = node.Graph.Add("Mul", node.Output(), node.Output());
        node.SetInputGradient(0, node.Graph.Add("Neg", node.Graph.Add("Mul", node.OutputGradient(), square)));
    }
}

/// <summary>Y = X in another element type: dX = dY in X's; quantized integers have single-precision gradients.</summary>
internal static class CastGradient
{
    public static void Emit(GradientContext node)
    {
        if (node.NeedsGradient(0))
        {
            ElementType element = node.InputElement(0);
            node.SetInputGradient(0, node.Graph.Cast(node.OutputGradient(), element.IsFloatingPoint ? element : QuantizedValues.GradientElement));
        }
    }
}

/// <summary>Y = X: dX = dY. Identity, and Dropout, which is the identity in inference.</summary>
internal static class IdentityGradient
{
    public static void Emit(GradientContext node)
    {
        ValueGradient gradient = node.UnscaledOutputGradient();
        node.SetInputGradient(0, gradient.Name, gradient.ChannelFactor);
    }

    public static void EmitDropout(GradientContext node)
    {
        if (node.Node.Input(2) is { } mode && (node.Constant(2) is not { } training || training.Bytes.Span[0] != 0))
        {
            throw node.Unsupported($"its training_mode '{mode}' is not the constant false; a model for inference is accepted");
        }

        Emit(node);
    }
}
