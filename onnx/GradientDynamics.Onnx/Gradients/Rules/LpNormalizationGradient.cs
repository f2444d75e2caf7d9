using GradientDynamics.Onnx.Operators;

namespace GradientDynamics.Onnx.Gradients.Rules;

/// <summary>
/// Y = X / n with the norm n along an axis: dX = (dY − n'·Σ dY·Y) / n, where n' is Y for the Euclidean norm and sign(X) for the sum of
/// magnitudes; 0 where the norm is 0.
/// </summary>
internal static class LpNormalizationGradient
{
    public static void Emit(GradientContext node)
    {
        (long axis, long p) = LpNormalizationAttributes.Of(node.Node);
        Term x = node.InputTerm(0);
        Term y = node.OutputTerm();
        Term gradient = node.OutputGradientTerm();
        Term norm = p == 1 ? x.Of("Abs").Sum(axis) : (x * x).Sum(axis).Of("Sqrt");
        Term slope = p == 1 ? x.Of("Sign") : y;
        Term nothing = norm.Is(0);
        Term divisor = nothing.Choose(norm.Number(1), norm);
        node.SetInputGradient(0, nothing.Choose(x.Number(0), (gradient - slope * (gradient * y).Sum(axis)) / divisor).Name);
    }
}
