using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Tests.Opsets;

namespace GradientDynamics.Onnx.Tests.Operators;

/// <summary>What does not fit is refused by name, with what would fit.</summary>
public class OperatorErrorTests
{
    private static readonly NodeAttributes None = NodeAttributes.None;

    public static TheoryData<string, string, string[], NodeAttributes, string> Wrong => new()
    {
        { "rows and columns", "Gemm", ["batch,10", "20,5"], None, "Node Gemm 'n': A is [batch, 10] and B is [20, 5]; A's columns must equal B's rows." },
        { "a bias that does not fit", "Gemm", ["2,3", "3,4", "5"], None, "Node Gemm 'n': C is [5]; it must broadcast to the product's shape [2, 4]." },
        { "a tensor for a matrix", "Gemm", ["2,3,4", "3,4"], None, "Node Gemm 'n': A is [2, 3, 4]; 2 dimensions are accepted." },
        { "MatMul", "MatMul", ["2,3", "4,5"], None, "Node MatMul 'n': A is [2, 3] and B is [4, 5]; A's last dimension must equal B's last but one." },
        { "no broadcasting", "Add", ["2,3", "2,4"], None, "Node Add 'n': inputs [2, 3], [2, 4] do not broadcast: 3 and 4 are neither equal nor 1." },
        { "channels", "Conv", ["1,3,8,8", "4,2,3,3"], None, "Node Conv 'n': X is [1, 3, 8, 8] and W is [4, 2, 3, 3] with group 1; X's channels must be W's second dimension times group, 2." },
        { "a window larger than its image", "Conv", ["1,3,2,8", "4,3,3,3"], None, "Node Conv 'n': its window spans 3 and dimension 2 of the input has 2 with pads." },
        { "too many strides", "Conv", ["1,3,8,8", "4,3,3,3"], None.With("strides", [1L, 1, 1]), "Node Conv 'n': strides has 3 entries; 2 are accepted." },
        { "a stride of 0", "MaxPool", ["1,3,8,8"], None.With("kernel_shape", [2L, 2]).With("strides", [0L, 1]), "Node MaxPool 'n': strides has 0; from 1 to 2147483647 is accepted." },
        { "no kernel", "MaxPool", ["1,3,8,8"], None, "Node MaxPool 'n': attribute 'kernel_shape' is required." },
        { "a word that is none", "Conv", ["1,3,8,8", "4,3,3,3"], None.With("auto_pad", "SAME"), "Node Conv 'n': attribute 'auto_pad' is 'SAME'; accepted are 'NOTSET', 'SAME_UPPER', 'SAME_LOWER', 'VALID'." },
        { "an unknown attribute", "Relu", ["2,3"], None.With("alpha", 1f), "Node Relu 'n': Relu of opset 20 has no attribute 'alpha'; it takes none." },
        { "an attribute of another type", "LeakyRelu", ["2,3"], None.With("alpha", 1L), "Node LeakyRelu 'n': attribute 'alpha' is an integer; a float is accepted." },
        { "a flag that is none", "Gemm", ["2,3", "3,4"], None.With("transB", 2), "Node Gemm 'n': attribute 'transB' is 2; 0 and 1 are accepted." },
        { "too many inputs", "Relu", ["2", "2"], None, "Node Relu 'n': it has 2 inputs; 1 is accepted." },
        { "too few inputs", "Gemm", ["2,3"], None, "Node Gemm 'n': input 1 (B) is missing; 2 to 3 inputs are accepted." },
        { "an axis out of range", "Softmax", ["2,3"], None.With("axis", 2), "Node Softmax 'n': axis is 2; from -2 to 1 is accepted." },
        { "a permutation that is none", "Transpose", ["2,3"], None.With("perm", [0L, 0]), "Node Transpose 'n': perm [0, 0] is no permutation of 0 to 1." },
        { "statistics of another width", "BatchNormalization", ["2,3", "3", "3", "4", "3"], None, "Node BatchNormalization 'n': input_mean is [4] and X is [2, 3]; one entry per channel, [3], is accepted." },
        { "columns of different heights", "Concat", ["2,3", "4,3"], None.With("axis", 1), "Node Concat 'n': its inputs are [2, 3] and [4, 3]; they may differ along axis 1 only." },
        { "blocks that do not divide", "SpaceToDepth", ["1,2,5,4"], None.With("blocksize", 2), "Node SpaceToDepth 'n': dimension 2 of the input [1, 2, 5, 4] does not divide by 2." },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void The_message_names_the_node_and_what_is_accepted(string what, string @operator, string[] shapes, NodeAttributes attributes, string message)
    {
        what.ShouldNotBeEmpty();
        GraphValue[] inputs = [.. shapes.Select((shape, i) => new GraphValue($"x{i}", new(ElementType.Float, Shape(shape))))];
        OnnxGraph graph = new(inputs, [new("y", new(ElementType.Undefined, null))], [new(@operator, inputs.Select(input => input.Name), ["y"], attributes, "n")], []);

        Should.Throw<InvalidModelException>(() => ShapeInference.Infer(graph)).Message.ShouldBe(message);
    }

    [Theory]
    [InlineData("Reshape", new long[] { 4, -1 }, "Node Reshape 'n': the input [2, 3] has 6 elements, which the shape [4, -1] does not divide.")]
    [InlineData("Reshape", new long[] { -1, -1 }, "Node Reshape 'n': shape [-1, -1] has -1 twice; one dimension can be computed.")]
    [InlineData("Reshape", new long[] { 5 }, "Node Reshape 'n': the input [2, 3] has 6 elements and the shape [5] asks for 5.")]
    [InlineData("Reshape", new long[] { 2, 3, 0 }, "Node Reshape 'n': shape [2, 3, 0] copies dimension 2 of the input [2, 3], which has 2 dimensions.")]
    [InlineData("Expand", new long[] { 2, 4 }, "Node Expand 'n': the input [2, 3] and the shape [2, 4] do not broadcast: 3 and 4 are neither equal nor 1.")]
    [InlineData("Squeeze", new long[] { 0 }, "Node Squeeze 'n': axis 0 of data [2, 3] has size 2; only a dimension of size 1 can be left out.")]
    [InlineData("ReduceSum", new long[] { 0, -2 }, "Node ReduceSum 'n': axes [0, -2] name axis 0 twice.")]
    [InlineData("Pad", new long[] { 1, 2 }, "Node Pad 'n': pads has 2 entries; 4 are accepted, two for each of 2 axes.")]
    [InlineData("TopK", new long[] { 4 }, "Node TopK 'n': K is 4 and axis 1 of X [2, 3] has 3 entries; from 0 to that is accepted.")]
    public void Sizes_that_do_not_fit_are_named(string @operator, long[] operand, string message)
    {
        OnnxGraph graph = new(
            [new("x", new(ElementType.Float, TensorShape.Of(2, 3)))],
            [new("y", new(ElementType.Undefined, null))],
            [new(@operator, ["x", "c"], @operator == "TopK" ? ["y", "indices"] : ["y"], name: "n")],
            [KeyValuePair.Create("c", ConstantTensor.Vector(operand))]);

        Should.Throw<InvalidModelException>(() => ShapeInference.Infer(graph)).Message.ShouldBe(message);
    }

    [Fact]
    public void Element_types_are_checked()
    {
        OnnxGraph Graph(string @operator, ElementType left, ElementType right) => new(
            [new("a", new(left, TensorShape.Of(2))), new("b", new(right, TensorShape.Of(2)))],
            [new("y", new(ElementType.Undefined, null))],
            [new(@operator, ["a", "b"], ["y"], name: "n")],
            []);

        Should.Throw<InvalidModelException>(() => ShapeInference.Infer(Graph("Add", ElementType.Float, ElementType.Double)))
            .Message.ShouldBe("Node Add 'n': input B is Double and A is Float; their element types must be equal.");
        Should.Throw<InvalidModelException>(() => ShapeInference.Infer(Graph("And", ElementType.Bool, ElementType.Float)))
            .Message.ShouldBe("Node And 'n': input B is Float; accepted is Bool.");
    }

    // A file of that opset, not a graph: graphs follow newer ones.
    [Theory]
    [InlineData("AveragePool", "dilations", 18)]
    [InlineData("Reshape", "allowzero", 13)]
    [InlineData("Shape", "start", 14)]
    [InlineData("ScatterElements", "reduction", 15)]
    [InlineData("BatchNormalization", "training_mode", 13)]
    [InlineData("MaxPool", "ceil_mode", 9)]
    [InlineData("TopK", "sorted", 10)]
    public void An_attribute_is_refused_before_the_opset_that_brought_it(string @operator, string attribute, int opset)
    {
        int inputs = @operator switch { "BatchNormalization" => 5, "ScatterElements" => 3, "Reshape" or "TopK" => 2, _ => 1 };
        OperatorCase each = new(@operator, [.. Enumerable.Repeat(OperatorCase.F(2), inputs)], None.With(attribute, 1L), 1, "");

        Should.Throw<InvalidModelException>(() => OnnxModelFile.Parse(OldModel.File(each, opset))).Message.ShouldContain($"{@operator} of opset {opset} has no attribute '{attribute}'");
    }

    [Theory]
    [InlineData("Squeeze", 12, "it has 2 inputs; 1 is accepted")]
    [InlineData("ReduceMax", 17, "it has 2 inputs; 1 is accepted")]
    [InlineData("Clip", 10, "it has 2 inputs; 1 is accepted")]
    public void An_input_is_refused_before_the_opset_that_brought_it(string @operator, int opset, string message)
    {
        OperatorCase each = new(@operator, [OperatorCase.F(2), OperatorCase.Known(0)], None, 1, "");

        Should.Throw<InvalidModelException>(() => OnnxModelFile.Parse(OldModel.File(each, opset))).Message.ShouldContain(message);
    }

    [Theory]
    [InlineData("Pad", "mode", "wrap", 18)]
    [InlineData("ScatterElements", "reduction", "max", 17)]
    [InlineData("Resize", "coordinate_transformation_mode", "half_pixel_symmetric", 18)]
    public void A_word_is_refused_before_the_opset_that_brought_it(string @operator, string attribute, string word, int opset)
    {
        OperatorCase each = new(@operator, [OperatorCase.F(2), OperatorCase.Known(0, 0)], None.With(attribute, word), 1, "");

        Should.Throw<InvalidModelException>(() => OnnxModelFile.Parse(OldModel.File(each, opset))).Message.ShouldContain($"{attribute} is '{word}', which exists from opset {opset + 1} on");
    }

    [Theory]
    [InlineData("Range", 10, 11)]
    [InlineData("GreaterOrEqual", 11, 12)]
    public void An_operator_is_refused_before_the_opset_that_brought_it(string @operator, int opset, int first)
    {
        OperatorCase each = new(@operator, [], None, 1, "");

        Should.Throw<UnsupportedOperatorException>(() => OnnxModelFile.Parse(OldModel.File(each, opset))).Message.ShouldContain($"{@operator} is read from opset {first} to opset 24");
    }

    private static TensorShape Shape(string text) => new([.. text.Split(',').Select(size => long.TryParse(size, out long number) ? Dimension.Fixed(number) : Dimension.Named(size))]);
}
