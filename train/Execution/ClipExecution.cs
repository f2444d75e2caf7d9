using GradientDynamics.Onnx.Graph;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Execution;

/// <summary>Clip between two scalars, each of which may be absent; at a bound the gradient passes.</summary>
internal static class ClipExecution
{
    public static NodeExecution Compile(GraphNode node) => call =>
        call.Return(call.Has(1) || call.Has(2) ? clamp(call[0], call.At(1), call.At(2)) : call[0].alias());
}
