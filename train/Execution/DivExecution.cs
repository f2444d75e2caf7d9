using static TorchSharp.torch;

namespace GradientDynamics.Train.Execution;

/// <summary>Div: A / B; integers divide towards 0.</summary>
internal static class DivExecution
{
    public static Tensor Run(Tensor a, Tensor b) => a.is_floating_point() || b.is_floating_point() ? a / b : a.div(b, RoundingMode.trunc);
}
