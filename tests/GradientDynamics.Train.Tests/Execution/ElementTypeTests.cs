using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Operators;
using GradientDynamics.Train.Execution;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Tests.Execution;

/// <summary>Every element type that an operator accepts is executed, and gives the numbers of the widest type, rounded.</summary>
public sealed class ElementTypeTests
{
    private delegate Value Operand(double[] numbers, params long[] sizes);

    // A few roundings to 23, 10 and 7 bits behind the leading one.
    private static readonly Dictionary<ElementType, double> Tolerances = new()
    {
        [ElementType.Float] = 4 * Math.Pow(2, -24),
        [ElementType.Float16] = 4 * Math.Pow(2, -11),
        [ElementType.BFloat16] = 4 * Math.Pow(2, -8),
        [ElementType.Double] = 0,
    };

    private static readonly NodeAttributes None = NodeAttributes.None;

    private static readonly Dictionary<string, Func<GraphBuilder, Operand, Value>> Samples = Build();

    public static TheoryData<string> Operators => [.. Samples.Keys];

    [Theory]
    [MemberData(nameof(Operators))]
    public void EveryAcceptedElementType_GivesTheNumbersOfTheWidest(string @operator)
    {
        // The operand of the sample that varies: the exponent of Pow, the values of OneHot and Where, the first one else.
        IReadOnlyList<OperandSchema> operands = OperatorTable.All[@operator].Inputs;
        OperandSchema varied = @operator is "Pow" or "OneHot" or "Where" ? operands[^1] : operands[0];
        ElementType[] types = [.. varied.Types.Types.Where(type => type is not (ElementType.Bool or ElementType.String))];
        foreach (ElementType type in types)
        {
            ElementType widest = type.IsFloatingPoint ? ElementType.Double : ElementType.Int64;
            ConstantTensor actual = Run(@operator, type);
            ConstantTensor expected = Run(@operator, widest);

            bool isPosition = @operator is "ArgMax" or "ArgMin";
            actual.Element.ShouldBe(expected.Element == widest && !isPosition ? type : expected.Element, $"{type}");
            Retyped(actual).ShouldAgreeWith(Retyped(expected), Tolerances.GetValueOrDefault(type), 0, $"{@operator} of {type}");
        }
    }

    [Theory]
    [InlineData("Add", new[] { 1, 0, 254 })]
    [InlineData("Sub", new[] { 65535, 65534, 0 })]
    [InlineData("Mul", new[] { 0, 65535, 16129 })]
    public void UnsignedIntegers_WrapAround(string @operator, int[] expected)
    {
        GraphBuilder builder = new();
        Value left = builder.Constant(ConstantTensor.Of<ushort>([0, 65535, 127], 3));
        Value right = builder.Constant(ConstantTensor.Of<ushort>([1, 1, 127], 3));

        ConstantTensor result = Outputs(builder.Build(builder.Add(@operator, [left, right], name: "y")));

        result.AsSpan<ushort>().ToArray().Select(number => (int)number).ShouldBe(expected);
    }

    [Fact]
    public void UInt64OfTwoToThe63_IsAddedExactly_AndRefusedWhereOrderCounts()
    {
        OnnxGraph Graph(string @operator)
        {
            GraphBuilder builder = new();
            Value left = builder.Constant(ConstantTensor.Of<ulong>([ulong.MaxValue, 1UL << 63], 2));
            Value right = builder.Constant(ConstantTensor.Of<ulong>([2, 5], 2));
            return builder.Build(builder.Add(@operator, [left, right], name: "y"));
        }

        Outputs(Graph("Add")).AsSpan<ulong>().ToArray().ShouldBe([1UL, (1UL << 63) + 5]);
        Should.Throw<UnsupportedOperatorException>(() => Outputs(Graph("Greater"))).Message
            .ShouldBe("Node Greater 'y' cannot be trained: it has a UInt64 of 2^63 or more; Greater is executed for smaller ones.");
    }

    private static ConstantTensor Run(string @operator, ElementType type)
    {
        GraphBuilder builder = new(opset: @operator == "Swish" ? 24 : OnnxGraph.WrittenOpset);
        Value Operand(double[] numbers, params long[] sizes)
        {
            using Tensor wide = tensor(numbers);
            using Tensor shaped = wide.reshape(sizes.Length > 0 ? sizes : [numbers.Length]);
            return builder.Constant(TorchTensors.ToConstant(shaped, type));
        }

        return Outputs(builder.Output(Samples[@operator](builder, Operand), "y"));
    }

    private static ConstantTensor Outputs(OnnxGraph graph) => Views.InTorchSharp(graph, new Dictionary<string, ConstantTensor>(), ScalarType.Float32)["y"];

    private static ConstantTensor Retyped(ConstantTensor tensor) => ConstantTensor.Of<double>(Agreement.Numbers(tensor), tensor.Sizes);

    private static Dictionary<string, Func<GraphBuilder, Operand, Value>> Build()
    {
        Dictionary<string, Func<GraphBuilder, Operand, Value>> samples = [];
        foreach (string name in new[]
        {
            "Abs", "Sign", "Neg", "Relu", "Identity", "Erf", "ReduceSum", "ReduceMax", "ReduceMin", "ReduceMean", "ReduceProd", "ReduceL1", "ReduceL2", "ReduceSumSquare", "ReduceLogSum",
            "ReduceLogSumExp", "ArgMax", "ArgMin",
        })
        {
            samples[name] = name.StartsWith("Reduce", StringComparison.Ordinal)
                ? (g, x) => g.Add(name, [x([1, 2, 3, 1], 2, 2), g.Constant(ConstantTensor.Vector(1))])
                : (g, x) => g.Add(name, [x([1, 2, 3, 0])]);
        }

        foreach (string name in new[]
        {
            "Sigmoid", "Tanh", "Exp", "Log", "Sqrt", "Reciprocal", "LeakyRelu", "Softmax", "LogSoftmax", "Softplus", "Softsign", "HardSwish", "Mish", "Gelu", "Elu", "Selu", "ThresholdedRelu",
            "HardSigmoid", "Swish", "Floor", "Ceil", "Round", "Sin", "Cos", "Tan", "Sinh", "Cosh", "Asin", "Acos", "Atan", "Asinh", "Atanh", "IsNaN", "IsInf", "Hardmax", "LpNormalization",
        })
        {
            samples[name] = (g, x) => g.Add(name, [x([0.5, 0.25, 0, -0.5])]);
        }

        samples["Acosh"] = (g, x) => g.Add("Acosh", [x([1, 1.5, 2, 4])]);
        foreach (string name in new[] { "Add", "Sub", "Mul", "Div", "Max", "Min", "Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual", "PRelu", "Sum", "Mean", "Mod" })
        {
            samples[name] = (g, x) =>
            {
                Value left = x([7, 2, 3, 5]);
                return g.Add(name, [left, x([2, 2, 1, 3])], name == "Mod" && left.Type.Element.IsFloatingPoint ? None.With("fmod", 1) : None);
            };
        }

        samples["Pow"] = (g, x) => g.Add("Pow", [g.Constant(ConstantTensor.Of<float>([1, 2, 3], 3)), x([2, 3, 1])]);
        samples["MatMul"] = (g, x) => g.Add("MatMul", [x([1, 2, 3, 4], 2, 2), x([2, 0, 1, 3], 2, 2)]);
        samples["Gemm"] = (g, x) => g.Add("Gemm", [x([1, 2, 3, 4], 2, 2), x([2, 0, 1, 3], 2, 2), x([1, 2])], None.With("transB", 1));
        samples["Where"] = (g, x) => g.Add("Where", [g.Constant(ConstantTensor.Of<bool>([true, false, true], 3)), x([1, 2, 3]), x([4, 5, 6])]);
        samples["Clip"] = (g, x) => g.Add("Clip", [x([1, 5, 3]), g.Reshape(x([2]), []), g.Reshape(x([4]), [])]);
        samples["Concat"] = (g, x) => g.Add("Concat", [x([1, 2]), x([3])], None.With("axis", 0));
        samples["Transpose"] = (g, x) => g.Add("Transpose", [x([1, 2, 3, 4], 2, 2)]);
        samples["CastLike"] = (g, x) => g.Add("CastLike", [x([1, 2, 3]), x([0])]);
        samples["OneHot"] = (g, x) => g.Add("OneHot", [g.Constant(ConstantTensor.Vector(0, 2)), g.Constant(ConstantTensor.Scalar(3L)), x([1, 7])]);
        samples["ScatterElements"] = (g, x) => g.Add("ScatterElements", [x([1, 2, 3]), g.Constant(ConstantTensor.Vector(2, 0)), x([8, 9])]);
        samples["LRN"] = (g, x) => g.Add("LRN", [x([0.5, 2, 0.25, 1], 1, 4, 1, 1)], None.With("size", 3).With("alpha", 0.5f));
        samples["GlobalMaxPool"] = (g, x) => g.Add("GlobalMaxPool", [x([0.5, 2, 0.25, 1], 1, 2, 2)]);
        samples["GlobalLpPool"] = (g, x) => g.Add("GlobalLpPool", [x([0.5, 2, 0.25, 1], 1, 2, 2)]);
        samples["LpPool"] = (g, x) => g.Add("LpPool", [x([0.5, 2, 0.25, 1], 1, 1, 4)], None.With("kernel_shape", [2L]).With("p", 3));
        samples["GlobalAveragePool"] = (g, x) => g.Add("GlobalAveragePool", [x([0.5, 2, 0.25, 1], 1, 2, 2)]);
        samples["AveragePool"] = (g, x) => g.Add("AveragePool", [x([0.5, 2, 0.25, 1], 1, 1, 4)], None.With("kernel_shape", [3L]));
        samples["Conv"] = (g, x) => g.Add("Conv", [x([0.5, 2, 0.25, 1], 1, 1, 4), x([1, 2], 1, 1, 2), x([0.5])]);
        samples["ConvTranspose"] = (g, x) => g.Add("ConvTranspose", [x([0.5, 2, 0.25, 1], 1, 1, 4), x([1, 2], 1, 1, 2), x([0.5])]);
        samples["BatchNormalization"] = (g, x) => g.Add("BatchNormalization", [x([0.5, 2, 0.25, 1], 2, 2), x([1, 2]), x([0.5, 1]), x([0.25, 1]), x([1, 4])]);
        return samples;
    }
}
