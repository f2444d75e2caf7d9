using Google.Protobuf;
using GradientDynamics.Onnx.Gradients;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Tests.Opsets;
using OnnxProto;
using static GradientDynamics.Onnx.Tests.Graph.Protos;

namespace GradientDynamics.Onnx.Tests.Graph;

/// <summary>If, Loop and Scan are kept with their subgraphs, which are raised and whose use of outer values counts.</summary>
public class SubgraphTests
{
    private static readonly Dictionary<string, ConstantTensor> Inputs = new() { ["x"] = ConstantTensor.Of<float>([-2, -0.5f, 1, 3], 2, 2) };

    // Of opset 11: the branches have old forms, and one of them uses a value that nothing else does. The branch stands before what it uses.
    private static ModelProto Conditional() => Model(
        11,
        [Value("x", 2, 2)],
        [
            Node("If", "positive", "y",
                Subgraph("then_branch", Body("t", Node("Softmax", "shifted", "s", Int("axis", 0)), Node("Unsqueeze", "s", "u", new AttributeProto { Name = "axes", Type = AttributeProto.Types.AttributeType.Ints, Ints = { 0 } }), Node("ReduceSum", "u", "t", new AttributeProto { Name = "axes", Type = AttributeProto.Types.AttributeType.Ints, Ints = { 0 } }, Int("keepdims", 0)))),
                Subgraph("else_branch", Body("t", Node("Relu", "x", "t")))),
            Node("Add", "x x", "shifted"),
            Node("ReduceSum", "x", "sum", Int("keepdims", 0)),
            Node("Cast", "sum", "positive", Int("to", 9)),
        ],
        "y");

    [Fact]
    public void Old_forms_in_subgraphs_compute_what_they_did()
    {
        // ONNX Runtime takes nodes in order only.
        ModelProto sorted = Conditional();
        NodeProto conditional = sorted.Graph.Node[0];
        sorted.Graph.Node.RemoveAt(0);
        sorted.Graph.Node.Add(conditional);

        OnnxGraph graph = OnnxModelFile.Parse(Conditional().ToByteArray());

        graph.Nodes[^1].Operator.ShouldBe("If");
        graph.Nodes[^1].Uses.ShouldBe(["positive", "shifted", "x"], ignoreOrder: true);
        OldModel.Run(OnnxModelFile.ToBytes(graph), Inputs)[0].AsSpan<float>().ToArray().ShouldBe(OldModel.Run(sorted.ToByteArray(), Inputs)[0].AsSpan<float>().ToArray(), 1e-6);
    }

    [Fact]
    public void A_loop_and_a_scan_run_as_they_did()
    {
        // Loop: h becomes relu(h + x) three times, and the clipped values are collected. Scan: the rows' running sums.
        GraphProto body = Body("more", Node("Identity", "goes", "more"), Node("Add", "h x", "sum"), Node("Relu", "sum", "next"), Node("Clip", "next", "seen", Float("min", 0), Float("max", 2)));
        body.Input.Add([Typed("i", 7), Typed("goes", 9), Value("h", 2, 2)]);
        body.Output.Add([new ValueInfoProto { Name = "next" }, new ValueInfoProto { Name = "seen" }]);
        GraphProto rows = Body("total", Node("Add", "before row", "total"), Node("Identity", "total", "each"));
        rows.Input.Add([Value("before", 2), Value("row", 2)]);
        rows.Output.Add(new ValueInfoProto { Name = "each" });
        ModelProto model = Model(
            10,
            [Value("x", 2, 2)],
            [
                Node("Loop", "count - x", "last all", Subgraph("body", body)),
                Node("Scan", "start last", "end sums", Subgraph("body", rows), Int("num_scan_inputs", 1)),
                Node("Add", "sums last", "y"),
            ],
            "y", "all");
        model.Graph.Initializer.Add([new TensorProto { Name = "count", DataType = 7, Int64Data = { 3 } }, Floats("start", 0, 0)]);
        byte[] file = model.ToByteArray();

        OnnxGraph graph = OnnxModelFile.Parse(file);

        ConstantTensor[] raised = OldModel.Run(OnnxModelFile.ToBytes(graph), Inputs);
        ConstantTensor[] asItStands = OldModel.Run(file, Inputs);
        raised.Length.ShouldBe(2);
        raised.Zip(asItStands).ShouldAllBe(pair => pair.First.Shape.Equals(pair.Second.Shape) && pair.First.Bytes.ToArray().SequenceEqual(pair.Second.Bytes.ToArray()));
    }

    [Fact]
    public void A_gradient_through_a_branch_stops_by_name()
    {
        ModelProto model = Conditional();
        model.Graph.Output[0] = Value("y", 2, 2);

        UnsupportedOperatorException error = Should.Throw<UnsupportedOperatorException>(() => InputGradientGraph.Derive(OnnxModelFile.Parse(model.ToByteArray())));

        error.Message.ShouldContain("If 'y_node'");
    }

    [Theory]
    [InlineData("a dangling value", "Node If 'y_node' uses the value 'nowhere', which nothing produces.")]
    [InlineData("a value twice", "Node If 'y_node': in its subgraph 'else_branch': Node Neg 't_node' produces the value 't', which exists already.")]
    [InlineData("a cycle through the branch", "depends on its own output")]
    [InlineData("an operator that did not exist", "Node If 'y_node': in its subgraph 'else_branch': Node GreaterOrEqual 'q_node': the model follows opset 11")]
    public void What_is_wrong_in_a_subgraph_is_named(string what, string message)
    {
        ModelProto model = Conditional();
        GraphProto branch = model.Graph.Node[0].Attribute[1].G;
        switch (what)
        {
            case "a dangling value":
                branch.Node[0].Input[0] = "nowhere";
                break;
            case "a value twice":
                branch.Node.Add(Node("Neg", "x", "t"));
                break;
            case "a cycle through the branch":
                branch.Node[0].Input[0] = "y";
                break;
            default:
                branch.Node.Add(Node("GreaterOrEqual", "x x", "q"));
                break;
        }

        Should.Throw<InvalidModelException>(() => OnnxModelFile.Parse(model.ToByteArray())).Message.ShouldContain(message);
    }
}
