using Google.Protobuf;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Tests.Opsets;
using OnnxProto;
using static GradientDynamics.Onnx.Tests.Graph.Protos;
using AttributeType = OnnxProto.AttributeProto.Types.AttributeType;

namespace GradientDynamics.Onnx.Tests.Graph;

/// <summary>Calls of a model's own functions become the nodes of their bodies; ONNX Runtime inlines the same file by itself.</summary>
public class ModelFunctionsTests
{
    private static readonly Dictionary<string, ConstantTensor> Inputs = new() { ["x"] = ConstantTensor.Of<float>([-2, -0.5f, 1, 3], 2, 2) };

    // A slope as an attribute with a default; two outputs; an optional input; a function within a function; a body of another opset.
    private static ModelProto Valid()
    {
        FunctionProto leaky = Function("leaky", "a", "b", 16, Node("LeakyRelu", "a", "b", Reference("alpha", AttributeType.Float, "slope")));
        leaky.AttributeProto.Add(Float("slope", 0.25f));
        FunctionProto both = Function("both", "a low", "clipped doubled", 13, Node("Clip", "a low", "clipped"), Node("Add", "a a", "t"), Node("Identity", "t", "doubled"));
        FunctionProto nested = Function("nested", "v", "w", 20, Call("leaky", "v", "t", Float("slope", 0.5f)), Call("leaky", "t", "w"));
        FunctionProto old = Function("old", "v", "w", 11, Node("Softmax", "v", "s"), Node("Squeeze", "s", "w"));
        nested.OpsetImport.Add(new OperatorSetIdProto { Domain = "local", Version = 1 });
        ModelProto model = Model(
            20,
            [Value("x", 2, 2)],
            [
                Call("leaky", "x", "l1"), Call("leaky", "l1", "l2", Float("slope", 0.1f)), Call("nested", "l2", "n"), Call("both", "n -", "c d"),
                Call("old", "d", "o"), Node("Add", "o c", "t"), Node("Add", "t n", "y"),
            ],
            "y");
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "local", Version = 1 });
        model.Functions.Add([leaky, both, nested, old]);
        return model;
    }

    [Fact]
    public void What_is_inlined_computes_what_the_calls_did()
    {
        byte[] file = Valid().ToByteArray();

        OnnxGraph graph = OnnxModelFile.Parse(file);

        graph.Nodes.ShouldAllBe(node => node.Domain == "");
        OldModel.Run(OnnxModelFile.ToBytes(graph), Inputs)[0].AsSpan<float>().ToArray().ShouldBe(OldModel.Run(file, Inputs)[0].AsSpan<float>().ToArray(), 1e-6);
        ShapeInference.Infer(graph, strict: true)["y"].Shape.ShouldBe(TensorShape.Of(2, 2));
    }

    [Fact]
    public void Attributes_are_those_of_the_call_or_the_defaults()
    {
        OnnxGraph graph = OnnxModelFile.Parse(Valid().ToByteArray());

        graph.Nodes.Where(node => node.Operator == "LeakyRelu").Select(node => node.Attributes.Float("alpha", 0)).ShouldBe([0.25f, 0.1f, 0.5f, 0.25f]);
    }

    [Fact]
    public void The_definitions_survive_a_round_trip()
    {
        byte[] written = OnnxModelFile.ToBytes(OnnxModelFile.Parse(Valid().ToByteArray()));

        ModelProto.Parser.ParseFrom(written).Functions.ShouldBe(Valid().Functions);
    }

    [Fact]
    public void An_output_that_is_an_input_is_passed_on()
    {
        ModelProto model = Valid();
        model.Functions.Add(Function("through", "v", "v", 20));
        model.Graph.Node.Add(Call("through", "y", "z"));
        model.Graph.Output[0].Name = "z";

        OnnxModelFile.Parse(model.ToByteArray()).Nodes[^1].Operator.ShouldBe("Identity");
    }

    [Fact]
    public void Names_of_the_body_do_not_meet_those_of_the_graph()
    {
        ModelProto model = Valid();
        model.Graph.Node.Insert(0, Node("Relu", "x", "c_node/t"));
        model.Graph.Node.Insert(0, Node("Relu", "x", "t_unused"));

        OnnxGraph graph = OnnxModelFile.Parse(model.ToByteArray());

        graph.Nodes.SelectMany(node => node.Outputs).ShouldBeUnique();
    }

    [Fact]
    public void Subgraphs_of_a_body_are_renamed_with_it()
    {
        // if (sum > 0) then v + v else -v, called twice: the branches' own values and what they use of the body get fresh names.
        FunctionProto choose = Function(
            "choose",
            "v",
            "w",
            17,
            Node("ReduceSum", "v", "sum", Int("keepdims", 0)),
            Node("Sub", "v v", "zeros"),
            Node("ReduceSum", "zeros", "zero", Int("keepdims", 0)),
            Node("Greater", "sum zero", "positive"),
            Node("If", "positive", "w", Subgraph("then_branch", Body("r", Node("Add", "v v", "r"))), Subgraph("else_branch", Body("r", Node("Neg", "v", "q"), Node("Identity", "q", "r")))));
        ModelProto model = Model(20, [Value("x", 2, 2)], [Call("choose", "x", "a"), Node("Neg", "a", "b"), Call("choose", "b", "y")], "y");
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "local", Version = 1 });
        model.Functions.Add(choose);
        byte[] file = model.ToByteArray();

        OnnxGraph graph = OnnxModelFile.Parse(file);

        OldModel.Run(OnnxModelFile.ToBytes(graph), Inputs)[0].AsSpan<float>().ToArray().ShouldBe(OldModel.Run(file, Inputs)[0].AsSpan<float>().ToArray());
    }

    public static TheoryData<string, string> Broken => new()
    {
        { "itself", "The function 'f' calls itself." },
        { "each other", "calls itself." },
        { "too many inputs", "it has 2 inputs and 1 outputs; the function has 1 and 1." },
        { "an attribute that is none", "the function has no attribute 'alpha'." },
        { "a dangling value", "in the function, node Relu 'b_node' uses the value 'nowhere', which nothing in it produces." },
        { "an output that nothing produces", "the function's output 'b' is produced by nothing." },
        { "twice the same function", "the function 'f' of the domain 'local' is given twice." },
        { "doubling without end", "the model's functions, written out, are larger than is accepted" },
        { "nesting without end", "nested more than 64 deep" },
        { "a reference outside", "attribute 'alpha' stands for the attribute 'slope' of a function, and the node is in none" },
    };

    [Theory]
    [MemberData(nameof(Broken))]
    public void What_cannot_be_inlined_is_named(string what, string message)
    {
        ModelProto model = Model(20, [Value("x", 2)], [Call("f", "x", "y")], "y");
        switch (what)
        {
            case "itself":
                model.Functions.Add(Function("f", "a", "b", 20, Call("f", "a", "b")));
                break;
            case "each other":
                model.Functions.Add([Function("f", "a", "b", 20, Call("g", "a", "b")), Function("g", "a", "b", 20, Call("f", "a", "b"))]);
                break;
            case "too many inputs":
                model.Functions.Add(Function("f", "a", "b", 20, Node("Relu", "a", "b")));
                model.Graph.Node[0].Input.Add("x");
                break;
            case "an attribute that is none":
                model.Functions.Add(Function("f", "a", "b", 20, Node("Relu", "a", "b")));
                model.Graph.Node[0].Attribute.Add(Float("alpha", 1));
                break;
            case "a dangling value":
                model.Functions.Add(Function("f", "a", "b", 20, Node("Relu", "nowhere", "b")));
                break;
            case "an output that nothing produces":
                model.Functions.Add(Function("f", "a", "b", 20, Node("Relu", "a", "c")));
                break;
            case "twice the same function":
                model.Functions.Add([Function("f", "a", "b", 20, Node("Relu", "a", "b")), Function("f", "a", "b", 20, Node("Neg", "a", "b"))]);
                break;
            case "doubling without end":
                model.Functions.Add(Enumerable.Range(0, 40).Select(i => Function(i == 0 ? "f" : $"f{i}", "a", "b", 20, Call($"f{i + 1}", "a", "t"), Call($"f{i + 1}", "t", "b"))));
                model.Functions.Add(Function("f40", "a", "b", 20, Node("Relu", "a", "b")));
                break;
            case "nesting without end":
                model.Functions.Add(Enumerable.Range(0, 5000).Select(i => Function(i == 0 ? "f" : $"f{i}", "a", "b", 20, Call($"f{i + 1}", "a", "b"))));
                break;
            default:
                model.Graph.Node.Add(Node("LeakyRelu", "x", "l", Reference("alpha", AttributeType.Float, "slope")));
                break;
        }

        Should.Throw<InvalidModelException>(() => OnnxModelFile.Parse(model.ToByteArray())).Message.ShouldContain(message);
    }
}
