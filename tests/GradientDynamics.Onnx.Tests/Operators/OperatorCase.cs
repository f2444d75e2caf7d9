using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Tests.Operators;

/// <summary>One node with concrete operands; a constant operand is an initializer, any other an input of the graph.</summary>
public sealed record OperatorCase(string Operator, IReadOnlyList<OperatorCase.Operand?> Operands, NodeAttributes Attributes, int Outputs, string Label)
{
    public sealed record Operand(ConstantTensor Value, bool IsConstant);

    /// <summary>Opset of the graph.</summary>
    public int Opset { get; init; } = OnnxGraph.WrittenOpset;

    public override string ToString() => $"{Operator} {Label}";

    public static Operand F(params long[] sizes) => new(Floats(sizes), false);

    public static Operand D(params long[] sizes) => new(ConstantTensor.Of<double>([.. Floats(sizes).AsSpan<float>().ToArray().Select(x => (double)x)], sizes), false);

    public static Operand B(params long[] sizes) => new(ConstantTensor.Of<bool>([.. Enumerable.Range(0, Count(sizes)).Select(i => i % 3 == 0)], sizes), false);

    // Integers as a graph input: their values are not known to inference.
    public static Operand I(long[] values, params long[] sizes) => new(ConstantTensor.Of<long>(values, sizes), false);

    public static Operand Known(params long[] values) => new(ConstantTensor.Vector(values), true);

    public static Operand KnownScalar<T>(T value)
        where T : unmanaged => new(ConstantTensor.Scalar(value), true);

    public static Operand KnownFloats(params float[] values) => new(ConstantTensor.Of<float>(values, values.Length), true);

    // Positive numbers: every operator is defined on them.
    private static ConstantTensor Floats(long[] sizes) => ConstantTensor.Of<float>([.. Enumerable.Range(0, Count(sizes)).Select(i => 0.25f + i * 37 % 23 / 10f)], sizes);

    private static int Count(long[] sizes) => (int)sizes.Aggregate(1L, (product, size) => product * size);

    // The graph of the node. The outputs' element types are declared as given (ONNX Runtime refuses wrong ones), their shapes are not.
    public OnnxGraph Graph(IReadOnlyList<ElementType> outputs, bool namedBatch = false)
    {
        GraphNode node = new(Operator, Operands.Select((operand, i) => operand is null ? "" : $"x{i}"), Enumerable.Range(0, Outputs).Select(i => $"y{i}"), Attributes, "node");
        return new(
            Operands.Index().Where(operand => operand.Item is { IsConstant: false }).Select(operand => new GraphValue($"x{operand.Index}", InputType(operand.Item!, namedBatch))),
            outputs.Select((element, i) => new GraphValue($"y{i}", new(element, null))),
            [node],
            Operands.Index().Where(operand => operand.Item is { IsConstant: true }).Select(operand => KeyValuePair.Create($"x{operand.Index}", operand.Item!.Value)),
            Opset);
    }

    public IReadOnlyDictionary<string, ConstantTensor> Inputs =>
        Operands.Index().Where(operand => operand.Item is { IsConstant: false }).ToDictionary(operand => $"x{operand.Index}", operand => operand.Item!.Value);

    private static TensorType InputType(Operand operand, bool namedBatch) => new(
        operand.Value.Element,
        namedBatch && operand.Value.Sizes.Length > 0 ? new([Dimension.Named("batch"), .. operand.Value.Shape.Skip(1)]) : operand.Value.Shape);
}
