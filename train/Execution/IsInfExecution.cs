using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Operators;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Execution;

/// <summary>IsInf: infinite in one of the directions that count.</summary>
internal static class IsInfExecution
{
    public static NodeExecution Compile(GraphNode node)
    {
        IsInfAttributes directions = IsInfAttributes.Of(node);
        return call => call.Return(directions switch
        {
            { DetectNegative: true, DetectPositive: true } => call[0].isinf(),
            { DetectNegative: true } => call[0].isneginf(),
            { DetectPositive: true } => call[0].isposinf(),
            _ => call[0].zeros_like(ScalarType.Bool),
        });
    }
}
