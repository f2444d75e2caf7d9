using static TorchSharp.torch;

namespace GradientDynamics.Train.Execution;

/// <summary>Pow: X to the power of Y, in X's element type.</summary>
internal static class PowExecution
{
    public static Tensor Run(Tensor x, Tensor y)
    {
        Tensor power = x.pow(y);
        if (power.dtype == x.dtype)
        {
            return power;
        }

        using (power)
        {
            return power.to(x.dtype);
        }
    }
}
