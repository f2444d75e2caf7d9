using static TorchSharp.torch;

namespace GradientDynamics.Train.Execution;

/// <summary>Max and Min of two operands, NaN where one is. Where they are equal the gradient goes to the first; torch's own would give half to each.</summary>
internal static class ExtremumExecution
{
    public static Tensor Max(Tensor a, Tensor b) => IsDifferentiated(a, b) ? First(a, b, a.ge(b)) : a.maximum(b);

    public static Tensor Min(Tensor a, Tensor b) => IsDifferentiated(a, b) ? First(a, b, a.le(b)) : a.minimum(b);

    private static bool IsDifferentiated(Tensor a, Tensor b) => is_grad_enabled() && (a.requires_grad || b.requires_grad);

    private static Tensor First(Tensor a, Tensor b, Tensor wins)
    {
        using (wins)
        {
            using Tensor isNan = a.isnan();
            using Tensor first = wins.logical_or(isNan);
            return where(first, a, b);
        }
    }
}
