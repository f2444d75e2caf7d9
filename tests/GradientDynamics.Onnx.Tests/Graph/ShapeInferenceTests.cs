using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Tests.Graph;

public class ShapeInferenceTests
{
    private static readonly TensorType Images = new(ElementType.Float, new(Dimension.Named("batch"), 3, 8, 8));

    [Fact]
    public void A_flattening_that_exporters_write_keeps_the_batch()
    {
        // Shape -> Gather(0) -> Unsqueeze -> Concat(-1) -> Reshape.
        GraphBuilder graph = new();
        Value x = graph.Input("x", Images.Element, Images.Shape);
        Value batch = graph.Add("Gather", [graph.Add("Shape", [x]), graph.Constant(ConstantTensor.Scalar(0L))]);
        Value target = graph.Add("Concat", [graph.Add("Unsqueeze", [batch, graph.Constant(ConstantTensor.Vector(0))]), graph.Constant(ConstantTensor.Vector(-1))], NodeAttributes.None.With("axis", 0));
        Value flat = graph.Add("Reshape", [x, target]);

        flat.Type.ToString().ShouldBe("Float[batch, 192]");
        ShapeInference.Infer(graph.Output(flat, "flat"))["flat"].ShouldBe(flat.Type);
    }

    [Fact]
    public void Sizes_computed_by_arithmetic_are_known()
    {
        GraphBuilder graph = new();
        Value x = graph.Input("x", Images.Element, Images.Shape);
        Value sizes = graph.Add("Shape", [x], NodeAttributes.None.With("start", 2));
        Value halves = graph.Div(graph.Add(sizes, graph.Constant(ConstantTensor.Vector(2, 4))), graph.Constant(ConstantTensor.Scalar(2L)));
        Value zeros = graph.Add("ConstantOfShape", [graph.Add("Cast", [graph.Add("Cast", [halves], NodeAttributes.None.With("to", 6)), ], NodeAttributes.None.With("to", 7))]);

        zeros.Type.ToString().ShouldBe("Float[5, 6]");
    }

    [Theory]
    [InlineData("ReduceProd", "[batch, 192]")]
    [InlineData("ReduceSum", "[batch, 19]")]
    [InlineData("ReduceMax", "[batch, 8]")]
    [InlineData("ReduceMin", "[batch, 3]")]
    public void Sizes_computed_by_reductions_are_known(string reduction, string shape)
    {
        GraphBuilder graph = new();
        Value x = graph.Input("x", Images.Element, Images.Shape);
        Value sizes = graph.Add("Shape", [x], NodeAttributes.None.With("start", 1));
        Value size = graph.Add(reduction, [sizes, graph.Constant(ConstantTensor.Vector(0))]);
        Value batch = graph.Add(reduction, [graph.Add("Shape", [x], NodeAttributes.None.With("end", 1)), graph.Constant(ConstantTensor.Vector(-1))]);

        graph.Add("ConstantOfShape", [graph.Add("Concat", [batch, size], NodeAttributes.None.With("axis", 0))]).Type.Shape!.ToString().ShouldBe(shape);
    }

    // The chain in which torch's exporter turns its own order of pads into the standard's.
    [Fact]
    public void Pads_turned_by_slices_and_transposes_are_known()
    {
        GraphBuilder graph = new(new Random(1));
        Value x = graph.Input("x", ElementType.Float, new(Dimension.Named("batch"), 3, 6, 7));
        Value rows = graph.Reshape(graph.Constant(ConstantTensor.Vector(1, 2, 3, 4, 0, 0, 0, 0)), [-1, 2]);
        Value reversed = graph.Add(
            "Slice",
            [rows, graph.Constant(ConstantTensor.Vector(-1)), graph.Constant(ConstantTensor.Vector(long.MinValue)), graph.Constant(ConstantTensor.Vector(0)), graph.Constant(ConstantTensor.Vector(-1))]);
        Value pads = graph.Reshape(graph.Transpose(reversed, [1, 0]), [-1]);

        Value padded = graph.Add("Pad", [x, pads]);

        padded.Type.ToString().ShouldBe("Float[batch, 3, 13, 10]");
    }

    [Fact]
    public void A_remainder_of_sizes_is_known()
    {
        GraphBuilder graph = new();
        Value x = graph.Input("x", Images.Element, Images.Shape);
        Value sizes = graph.Add("Shape", [x], NodeAttributes.None.With("start", 1));

        graph.Add("ConstantOfShape", [graph.Add("Mod", [sizes, graph.Constant(ConstantTensor.Scalar(5L))])]).Type.ToString().ShouldBe("Float[3, 3, 3]");
    }

    [Fact]
    public void Expand_to_the_shape_of_a_value_keeps_its_names()
    {
        GraphBuilder graph = new();
        Value x = graph.Input("x", Images.Element, Images.Shape);
        Value one = graph.Constant(ConstantTensor.Of<float>([1], 1, 1, 1, 1));

        graph.Add("Expand", [one, graph.Add("Shape", [x])]).Type.ShouldBe(Images);
    }

    [Fact]
    public void Equal_names_cancel_in_a_reshape()
    {
        GraphBuilder graph = new();
        Value x = graph.Input("x", ElementType.Float, new(Dimension.Named("batch"), Dimension.Named("length"), 4));

        graph.Reshape(x, [0, -1, 2]).Type.Shape!.ToString().ShouldBe("[batch, ?, 2]");
        graph.Reshape(x, [0, 0, 2, -1]).Type.Shape!.ToString().ShouldBe("[batch, length, 2, 2]");
        graph.Reshape(x, [-1, 4]).Type.Shape!.ToString().ShouldBe("[?, 4]");
    }

    [Fact]
    public void Different_names_do_not_pass_for_each_other()
    {
        GraphBuilder graph = new();
        Value a = graph.Input("a", ElementType.Float, new(Dimension.Named("n"), 3));
        Value b = graph.Input("b", ElementType.Float, new(Dimension.Named("m"), 3));

        graph.Add(a, a).Type.Shape!.ToString().ShouldBe("[n, 3]");
        graph.Add(a, b).Type.Shape!.ToString().ShouldBe("[?, 3]");
    }

    [Fact]
    public void Declared_dimensions_add_to_inferred_ones()
    {
        OnnxGraph graph = OneNode(new("Foreign", ["x"], ["y"], domain: "com.example"), new(ElementType.Float, new(Dimension.Named("batch"), 7)));

        ShapeInference.Infer(graph)["y"].ToString().ShouldBe("Float[batch, 7]");
    }

    [Fact]
    public void An_operator_without_schema_is_unknown_or_refused()
    {
        OnnxGraph graph = OneNode(new("FusedThing", ["x"], ["y"], name: "fused", domain: "com.example"), new(ElementType.Undefined, null));

        ShapeInference.Infer(graph)["y"].ShouldBe(new TensorType(ElementType.Undefined, null));
        Should.Throw<UnsupportedOperatorException>(() => ShapeInference.Infer(graph, strict: true))
            .Message.ShouldBe("Node com.example.FusedThing 'fused': there is no schema for the operator com.example.FusedThing.");
    }

    [Theory]
    [InlineData(12, "Node Relu 'r': the graph follows opset 12; opset 20 and later are accepted, to which files of older ones are raised when they are read.")]
    [InlineData(25, "Node Relu 'r': the model follows opset 25; Relu is read from opset 9 to opset 24.")]
    public void Another_opset_is_refused_with_those_that_are_read(int opset, string message)
    {
        OnnxGraph graph = new([new("x", Images)], [new("y", Images)], [new("Relu", ["x"], ["y"], name: "r")], [], opset);

        Should.Throw<UnsupportedOperatorException>(() => ShapeInference.Infer(graph)).Message.ShouldBe(message);
    }

    [Fact]
    public void A_declared_output_that_contradicts_names_both()
    {
        OnnxGraph shape = OneNode(new("Relu", ["x"], ["y"], name: "r"), new(ElementType.Float, new(Dimension.Named("batch"), 3, 8, 9)));
        OnnxGraph element = OneNode(new("Relu", ["x"], ["y"], name: "r"), Images with { Element = ElementType.Double });

        Should.Throw<InvalidModelException>(() => ShapeInference.Infer(shape)).Message.ShouldBe("Value 'y' is declared Float[batch, 3, 8, 9]; node Relu 'r' gives Float[batch, 3, 8, 8].");
        Should.Throw<InvalidModelException>(() => ShapeInference.Infer(element)).Message.ShouldContain("declared Double[batch, 3, 8, 8]");
    }

    [Fact]
    public void Absurd_sizes_are_refused_without_being_allocated()
    {
        const long Huge = 1L << 40;
        OnnxGraph input = new([new("x", new(ElementType.Float, TensorShape.Of(Huge, Huge)))], [new("x", new(ElementType.Float, null))], [], []);
        GraphBuilder graph = new();
        Value x = graph.Input("x", ElementType.Float, TensorShape.Of(1));
        Value zeros = graph.Add("ConstantOfShape", [graph.Constant(ConstantTensor.Vector(Huge))]);
        OnnxGraph outer = graph.Output(graph.Mul(graph.Reshape(zeros, [-1, 1]), zeros, "outer"), "outer");

        Should.Throw<InvalidModelException>(() => ShapeInference.Infer(input)).Message.ShouldContain("more elements than can be counted");
        Should.Throw<InvalidModelException>(() => ShapeInference.Infer(outer)).Message.ShouldContain("'outer'");
        graph.Add("Range", [graph.Constant(ConstantTensor.Scalar(0L)), graph.Constant(ConstantTensor.Scalar(Huge)), graph.Constant(ConstantTensor.Scalar(1L))]).Type.Shape.ShouldBe(TensorShape.Of(Huge));
        graph.Add("Expand", [x, graph.Constant(ConstantTensor.Vector(Huge))]).Type.Shape.ShouldBe(TensorShape.Of(Huge));
    }

    [Theory]
    [InlineData("ConvTranspose")]
    [InlineData("Conv")]
    public void Absurd_images_are_refused_by_the_node_that_takes_them(string @operator)
    {
        OnnxGraph graph = new(
            [new("x", new(ElementType.UInt8, null)), new("y", new(ElementType.Float, TensorShape.Of(1, 1, 1L << 60)))],
            [new("z", new(ElementType.Undefined, null))],
            [new(@operator, ["y", "w"], ["z"], NodeAttributes.None.With("strides", [int.MaxValue]).With("pads", [int.MaxValue, 0L]), "n")],
            [KeyValuePair.Create("w", ConstantTensor.Of<float>([1], 1, 1, 1))]);

        if (@operator == "Conv")
        {
            ShapeInference.Infer(graph)["z"].Shape![2].Value.ShouldBe(((1L << 60) + int.MaxValue - 1) / int.MaxValue + 1);
        }
        else
        {
            Should.Throw<InvalidModelException>(() => ShapeInference.Infer(graph)).Message.ShouldBe("Node ConvTranspose 'n': its sizes are more than can be counted.");
        }
    }

    private static OnnxGraph OneNode(GraphNode node, TensorType output) => new([new("x", Images)], [new("y", output)], [node], []);
}
