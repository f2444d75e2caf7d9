using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Operators;

namespace GradientDynamics.Train.Execution;

/// <summary>Mod: the remainder with the divisor's sign, or with the dividend's if fmod.</summary>
internal static class ModExecution
{
    public static NodeExecution Compile(GraphNode node)
    {
        bool ofDividend = ModAttributes.Of(node).SignOfDividend;
        return call => call.Return(ofDividend ? call[0].fmod(call[1]) : call[0].remainder(call[1]));
    }
}
