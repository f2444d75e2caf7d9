using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Runtime.Tests;

/// <summary>Models of one or two nodes, whose results can be worked out by hand.</summary>
internal static class SmallModels
{
    /// <summary>y = x for any element type and shape.</summary>
    public static byte[] Identity(ElementType element, params Dimension[] shape) => Of(
        [Value("x", element, shape)],
        [Value("y", element, shape)],
        [new GraphNode("Identity", ["x"], ["y"])]);

    /// <summary>y = x·W + b on (batch, 2) → (batch, 3), W = [[1, 2, 3], [4, 5, 6]], b = [0.5, -0.5, 0].</summary>
    public static byte[] Linear() => Of(
        [Value("x", ElementType.Float, Dimension.Named("batch"), 2)],
        [Value("y", ElementType.Float, Dimension.Named("batch"), 3)],
        [new GraphNode("Gemm", ["x", "w", "b"], ["y"])],
        ("w", ConstantTensor.Of<float>([1, 2, 3, 4, 5, 6], 2, 3)),
        ("b", ConstantTensor.Of<float>([0.5f, -0.5f, 0], 3)));

    public static byte[] Of(GraphValue[] inputs, GraphValue[] outputs, GraphNode[] nodes, params (string Name, ConstantTensor Value)[] initializers) =>
        OnnxModelFile.ToBytes(Graph(inputs, outputs, nodes, initializers));

    public static OnnxGraph Graph(GraphValue[] inputs, GraphValue[] outputs, GraphNode[] nodes, params (string Name, ConstantTensor Value)[] initializers) =>
        new(inputs, outputs, nodes, initializers.Select(entry => KeyValuePair.Create(entry.Name, entry.Value)));

    public static GraphValue Value(string name, ElementType element, params Dimension[] shape) => new(name, new(element, new TensorShape(shape)));
}
