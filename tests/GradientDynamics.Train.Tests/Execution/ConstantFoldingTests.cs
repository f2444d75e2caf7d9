using GradientDynamics.Onnx.Graph;
using GradientDynamics.Train.Execution;
using TorchSharp;

namespace GradientDynamics.Train.Tests.Execution;

/// <summary>What a number in a file asks for is not computed before it is needed.</summary>
public class ConstantFoldingTests
{
    // 2^50 elements: nothing can hold them.
    public static TheoryData<string, GraphNode> Enormous => new()
    {
        { "ConstantOfShape", new("ConstantOfShape", ["sizes"], ["large"], name: "enormous") },
        { "Expand", new("Expand", ["one", "sizes"], ["large"], name: "enormous") },
        { "Tile", new("Tile", ["one", "sizes"], ["large"], name: "enormous") },
    };

    [Theory]
    [MemberData(nameof(Enormous))]
    public void An_enormous_constant_that_is_asked_for_stops_by_name_and_only_then(string what, GraphNode node)
    {
        what.ShouldBe(node.Operator);
        OnnxGraph graph = new(
            [new("x", new(ElementType.Float, TensorShape.Of(2)))],
            [new("y", new(ElementType.Float, TensorShape.Scalar))],
            [node, new("ReduceSum", ["large"], ["s"], NodeAttributes.None.With("keepdims", 0)), new("ReduceSum", ["x"], ["t"], NodeAttributes.None.With("keepdims", 0)), new("Add", ["s", "t"], ["y"])],
            [KeyValuePair.Create("sizes", ConstantTensor.Vector(1L << 50)), KeyValuePair.Create("one", ConstantTensor.Of<float>([1], 1))]);

        using GraphModule module = new(graph, frozen: new HashSet<string> { "one" });

        using torch.Tensor x = torch.ones(2);
        Should.Throw<Exception>(() => module.forward(x)).Message.ShouldContain("'enormous'");
    }
}
