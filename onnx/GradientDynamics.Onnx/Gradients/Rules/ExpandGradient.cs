namespace GradientDynamics.Onnx.Gradients.Rules;

/// <summary>Y = X repeated along axes of size 1: dX = dY summed over these axes.</summary>
internal static class ExpandGradient
{
    public static void Emit(GradientContext node) => node.SetBroadcastInputGradient(0, node.OutputGradient());
}
