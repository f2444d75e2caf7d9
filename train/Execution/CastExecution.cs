using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Operators;

namespace GradientDynamics.Train.Execution;

/// <summary>Cast to another element type; the graph's Float is whatever type the module computes in.</summary>
internal static class CastExecution
{
    public static NodeExecution Compile(GraphNode node)
    {
        ElementType element = CastAttributes.Of(node).To;
        try
        {
            TorchTensors.ToScalarType(element);
        }
        catch (InvalidModelException error)
        {
            throw new UnsupportedOperatorException($"Node {node} cannot be trained: {error.Message}");
        }

        return call => call.Return(call[0].to(call.TypeOf(element)));
    }
}
