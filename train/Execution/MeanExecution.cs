using GradientDynamics.Onnx.Graph;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Execution;

/// <summary>Mean of any number of operands.</summary>
internal static class MeanExecution
{
    public static NodeExecution Compile(GraphNode node) => call =>
    {
        Tensor sum = TorchOperators.Fold(call, (a, b) => a + b);
        call.Return(sum / call.InputCount);
        if (call.InputCount > 1)
        {
            sum.Dispose();
        }
    };
}
