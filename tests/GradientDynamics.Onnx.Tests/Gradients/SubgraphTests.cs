using GradientDynamics.Onnx.Gradients;
using GradientDynamics.Onnx.Graph;
using Google.Protobuf;
using OnnxProto;
using AttributeKind = OnnxProto.AttributeProto.Types.AttributeType;

namespace GradientDynamics.Onnx.Tests.Gradients;

public class SubgraphTests
{
    [Fact]
    public void Derive_WithAnIfBesideThePath_KeepsItAndWhatItsGraphsRead()
    {
        // logits = x · W times (flag ? scale : -1): the branch reads an initializer of the graph around it.
        OnnxGraph model = Model(branch: "scale");

        OnnxGraph companion = InputGradientGraph.Derive(model);

        companion.Nodes.ShouldContain(node => node.Operator == "If");
        companion.Initializers.Keys.ShouldContain("scale");
        using RuntimeSession session = new(companion);
        session.Run(
            ("x", new double[] { 1, 1 }, [1, 2]), ("number", new long[] { 1 }, [1]),
            ("labels", new long[] { 0 }, [1]), ("targets", new long[] { 1 }, [1]), ("loss_kind", new long[] { 1 }, [1]))["input_gradient"].ShouldBe([3, 3]);
        session.Run(
            ("x", new double[] { 1, 1 }, [1, 2]), ("number", new long[] { 0 }, [1]),
            ("labels", new long[] { 0 }, [1]), ("targets", new long[] { 1 }, [1]), ("loss_kind", new long[] { 1 }, [1]))["input_gradient"].ShouldBe([-1, -1]);
    }

    [Fact]
    public void Derive_ThroughAGraphThatReadsTheInput_NamesTheNode() => Should.Throw<UnsupportedOperatorException>(() => InputGradientGraph.Derive(Model(branch: "x"))).Message.ShouldBe(
        "Node If 'choice' holds graphs of its own, through which no gradient is derived; If, Loop and Scan are accepted where they do not depend on the differentiated input.");

    private static OnnxGraph Model(string branch)
    {
        // W = [[1, 2], [3, 4]]: from label 0 to target 1 the margin's gradient is (1, 1) times the factor.
        NodeProto choice = new() { Name = "choice", OpType = "If", Input = { "flag" }, Output = { "factor" } };
        choice.Attribute.Add(new AttributeProto { Name = "then_branch", Type = AttributeKind.Graph, G = Identity("then", branch) });
        choice.Attribute.Add(new AttributeProto { Name = "else_branch", Type = AttributeKind.Graph, G = Identity("else", "minus") });
        ModelProto proto = ModelProto.Parser.ParseFrom(OnnxModelFile.ToBytes(new OnnxGraph(
            [new("x", new(ElementType.Float, new([Dimension.Named("batch"), 2]))), new("number", new(ElementType.Int64, new([1])))],
            [new("logits", new(ElementType.Float, new([Dimension.Named("batch"), 2])))],
            [
                new("Cast", ["number"], ["flag"], NodeAttributes.None.With("to", (long)ElementType.Bool)),
                new("MatMul", ["x", "W"], ["product"]),
                new("Mul", ["product", "minus"], ["factor"], name: "placeholder"),
                new("Mul", ["product", "factor"], ["logits"]),
            ],
            [
                KeyValuePair.Create("W", ConstantTensor.Of<float>([1, 2, 3, 4], 2, 2)),
                KeyValuePair.Create("scale", ConstantTensor.Of<float>([3f], 1)),
                KeyValuePair.Create("minus", ConstantTensor.Of<float>([-1f], 1)),
            ])));
        proto.Graph.Node[2] = choice;
        return OnnxModelFile.Parse(proto.ToByteArray());
    }

    private static GraphProto Identity(string name, string read) => new()
    {
        Name = name,
        Node = { new NodeProto { OpType = "Identity", Input = { read }, Output = { name + "_result" } } },
        Output = { new ValueInfoProto { Name = name + "_result", Type = new() { TensorType = new() { ElemType = (int)ElementType.Float } } } },
    };
}
