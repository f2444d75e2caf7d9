using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Train.Execution;

/// <summary>Cast to another element type; the graph's Float is whatever type the module computes in.</summary>
internal static class CastExecution
{
    public static NodeExecution Compile(GraphNode node)
    {
        ElementType element = (ElementType)node.Attributes.Int("to", 0);
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
