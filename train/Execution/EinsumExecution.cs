using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Operators;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Execution;

/// <summary>Einsum: torch reads the equation, of which the result is spelled out.</summary>
internal static class EinsumExecution
{
    public static NodeExecution Compile(GraphNode node)
    {
        string equation = EinsumAttributes.Of(node).Equation.ToString();
        return call =>
        {
            var operands = new Tensor[call.InputCount];
            for (int i = 0; i < operands.Length; i++)
            {
                operands[i] = call[i];
            }

            call.Return(einsum(equation, operands));
        };
    }
}
