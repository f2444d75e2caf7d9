using GradientDynamics.Onnx.Operators;

namespace GradientDynamics.Onnx.Gradients.Rules;

/// <summary>
/// Functions of every element by itself: dX = dY times the slope. Each slope has the form that neither cancels nor overflows; where the
/// curve has a kink, the slope there is PyTorch's.
/// </summary>
internal static class Slopes
{
    /// <summary>Y = erf(X): 2/√π·exp(−X²).</summary>
    public static Action<GradientContext> Erf { get; } = Of((x, _) => (-(x * x)).Of("Exp") * (2 / Math.Sqrt(Math.PI)));

    /// <summary>Y = X·Φ(X): Φ(X) + X·φ(X), with Φ and φ of the standard normal distribution; or as <see cref="GeluByTanh"/>.</summary>
    public static void Gelu(GradientContext node) => (GeluAttributes.Of(node.Node).ByTanh ? GeluByTanh : ExactGelu)(node);

    /// <summary>Y = tan(X): 1 + Y².</summary>
    public static Action<GradientContext> Tan { get; } = Of((_, y) => y * y + 1);

    /// <summary>Y = sin(X): cos(X).</summary>
    public static Action<GradientContext> Sin { get; } = Of((x, _) => x.Of("Cos"));

    /// <summary>Y = cos(X): −sin(X).</summary>
    public static Action<GradientContext> Cos { get; } = Of((x, _) => -x.Of("Sin"));

    /// <summary>Y = sinh(X): cosh(X).</summary>
    public static Action<GradientContext> Sinh { get; } = Of((x, _) => x.Of("Cosh"));

    /// <summary>Y = cosh(X): sinh(X).</summary>
    public static Action<GradientContext> Cosh { get; } = Of((x, _) => x.Of("Sinh"));

    /// <summary>Y = arcsin(X): 1 / √((1 − X)·(1 + X)).</summary>
    public static Action<GradientContext> Asin { get; } = Of((x, _) => 1 / Complement(x).Of("Sqrt"));

    /// <summary>Y = arccos(X): −1 / √((1 − X)·(1 + X)).</summary>
    public static Action<GradientContext> Acos { get; } = Of((x, _) => -1 / Complement(x).Of("Sqrt"));

    /// <summary>Y = arctan(X): 1 / (1 + X²).</summary>
    public static Action<GradientContext> Atan { get; } = Of((x, _) => 1 / (x * x + 1));

    /// <summary>Y = arsinh(X): 1 / √(1 + X²) = 1 / cosh(Y), which does not square X.</summary>
    public static Action<GradientContext> Asinh { get; } = Of((_, y) => 1 / y.Of("Cosh"));

    /// <summary>Y = arcosh(X): 1 / (√(X − 1)·√(X + 1)).</summary>
    public static Action<GradientContext> Acosh { get; } = Of((x, _) => 1 / ((x - 1).Of("Sqrt") * (x + 1).Of("Sqrt")));

    /// <summary>Y = artanh(X): 1 / ((1 − X)·(1 + X)).</summary>
    public static Action<GradientContext> Atanh { get; } = Of((x, _) => 1 / Complement(x));

    /// <summary>Y = X / (1 + |X|): 1 / (1 + |X|)².</summary>
    public static Action<GradientContext> Softsign { get; } = Of((x, _) =>
    {
        Term share = 1 / (x.Of("Abs") + 1);
        return share * share;
    });

    /// <summary>Y = X·max(0, min(1, X/6 + ½)): 0 up to −3, 1 from 3 on, X/3 + ½ between.</summary>
    public static Action<GradientContext> HardSwish { get; } = Of((x, _) => (x > -3).Choose((x < 3).Choose(x / 3 + 0.5, x.Number(1)), x.Number(0)));

    /// <summary>Y = X·tanh(S) with S = log(1 + exp(X)): tanh(S) + X·σ(X)·sech²(S), where σ(X) = exp(X − S).</summary>
    public static Action<GradientContext> Mish { get; } = Of((x, _) =>
    {
        Term softplus = x.Of("Softplus");
        return softplus.Of("Tanh") + x * (x - softplus).Of("Exp") * SechSquared(softplus);
    });

    /// <summary>Y = X where X &gt; 0, else alpha·(exp(X) − 1): 1, else alpha·exp(X).</summary>
    public static Action<GradientContext> Elu { get; } = Of((x, _, numbers) => (x > 0).Choose(x.Number(1), x.Of("Exp") * numbers.Alpha));

    /// <summary>Y = gamma·X where X &gt; 0, else gamma·alpha·(exp(X) − 1): gamma, else gamma·alpha·exp(X).</summary>
    public static Action<GradientContext> Selu { get; } = Of((x, _, numbers) =>
        (x > 0).Choose(x.Number(numbers.Second), x.Of("Exp") * ((double)numbers.Alpha * numbers.Second)));

    /// <summary>Y = X where X &gt; 0, else alpha·(exp(X/alpha) − 1): 1, else exp(X/alpha).</summary>
    public static Action<GradientContext> Celu { get; } = Of((x, _, numbers) => (x > 0).Choose(x.Number(1), (x / numbers.Alpha).Of("Exp")));

    /// <summary>Y = X where X &gt; alpha, else 0: 1, else 0.</summary>
    public static Action<GradientContext> ThresholdedRelu { get; } = Of((x, _, numbers) => (x > numbers.Alpha).Choose(x.Number(1), x.Number(0)));

    /// <summary>Y = max(0, min(1, alpha·X + beta)): alpha where 0 &lt; Y &lt; 1, else 0.</summary>
    public static Action<GradientContext> HardSigmoid { get; } = Of((_, y, numbers) => (y > 0).With("And", y < 1).Choose(y.Number(numbers.Alpha), y.Number(0)));

    /// <summary>Y = X·σ(Z) with Z = alpha·X: σ(Z) + Z·σ'(Z), where σ'(Z) = a / (1 + a)² with a = exp(−|Z|).</summary>
    public static Action<GradientContext> Swish { get; } = Of((x, _, numbers) =>
    {
        Term z = x * numbers.Alpha;
        Term decay = (-z.Of("Abs")).Of("Exp");
        Term rest = decay + 1;
        return z.Of("Sigmoid") + z * (decay / (rest * rest));
    });

    private static Action<GradientContext> ExactGelu { get; } = Of((x, _) =>
        ((x * Math.Sqrt(0.5)).Of("Erf") + 1) * 0.5 + x * (x * x * -0.5).Of("Exp") * (1 / Math.Sqrt(2 * Math.PI)));

    /// <summary>Y = X·(1 + tanh U)/2 with U = √(2/π)·(X + c·X³), c = 0.044715: (1 + tanh U)/2 + X·U'·sech²(U)/2.</summary>
    private static Action<GradientContext> GeluByTanh { get; } = Of((x, _) =>
    {
        // Beyond 20 in magnitude the slope is 0 or 1 in every precision, and the cube could overflow.
        const double Cubic = 0.044715;
        Term near = x.With("Max", x.Number(-20)).With("Min", x.Number(20));
        Term square = near * near;
        double factor = Math.Sqrt(2 / Math.PI);
        Term u = near * (square * Cubic + 1) * factor;
        Term slope = (square * (3 * Cubic) + 1) * factor;
        return (u.Of("Tanh") + 1 + near * slope * SechSquared(u.Of("Abs"))) * 0.5;
    });

    // (1 − x)·(1 + x) = 1 − x² without cancellation.
    private static Term Complement(Term x) => (1 - x) * (x + 1);

    // 1 − tanh² of a number that is not negative: 4·a / (1 + a)² with a = exp(−2·number).
    private static Term SechSquared(Term number)
    {
        Term decay = (number * -2).Of("Exp");
        Term rest = decay + 1;
        return decay * 4 / (rest * rest);
    }

    private static Action<GradientContext> Of(Func<Term, Term, Term> slope) =>
        node => node.SetInputGradient(0, (node.OutputGradientTerm() * slope(node.InputTerm(0), node.OutputTerm())).Name);

    private static Action<GradientContext> Of(Func<Term, Term, ParametricActivationAttributes, Term> slope) =>
        node => Of((x, y) => slope(x, y, ParametricActivationAttributes.Of(node.Node)))(node);
}

/// <summary>Y = X where X &gt; 0, else slope·X: dX = dY, else slope·dY; d slope = 0, else X·dY. At 0 the slope counts, as in PyTorch.</summary>
internal static class PReluGradient
{
    public static void Emit(GradientContext node)
    {
        Term gradient = node.OutputGradientTerm();
        Term positive = node.InputTerm(0) > 0;
        if (node.NeedsGradient(0))
        {
            node.SetInputGradient(0, positive.Choose(gradient, gradient * node.InputTerm(1)).Name);
        }

        if (node.NeedsGradient(1))
        {
            node.SetBroadcastInputGradient(1, positive.Choose(gradient.Number(0), gradient * node.InputTerm(0)).Name);
        }
    }
}
