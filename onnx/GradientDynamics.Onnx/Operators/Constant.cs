using System.Text;
using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Operators;

/// <summary>Attributes of Constant.</summary>
/// <param name="Value">The constant, whichever attribute gave it.</param>
public sealed record ConstantAttributes(ConstantTensor Value)
{
    internal static AttributeSchema<ConstantTensor?> ValueSchema { get; } = AttributeSchema.OptionalTensor("value", "absent");

    internal static AttributeSchema<float?> FloatSchema { get; } = AttributeSchema.OptionalFloat("value_float");

    internal static AttributeSchema<float[]?> FloatsSchema { get; } = AttributeSchema.OptionalFloats("value_floats");

    internal static AttributeSchema<long?> IntSchema { get; } = AttributeSchema.OptionalInt("value_int", "absent");

    internal static AttributeSchema<long[]?> IntsSchema { get; } = AttributeSchema.OptionalInts("value_ints", "absent");

    internal static AttributeSchema<string?> TextSchema { get; } = AttributeSchema.OptionalText("value_string");

    internal static AttributeSchema<string[]?> TextsSchema { get; } = AttributeSchema.OptionalTexts("value_strings");

    /// <summary>The attributes of <paramref name="node"/>.</summary>
    /// <exception cref="InvalidModelException">Not exactly one value is given.</exception>
    public static ConstantAttributes Of(GraphNode node)
    {
        ConstantTensor?[] given =
        [
            ValueSchema.Of(node),
            FloatSchema.Of(node) is { } number ? ConstantTensor.Scalar(number) : null,
            FloatsSchema.Of(node) is { } numbers ? ConstantTensor.Of<float>(numbers, numbers.Length) : null,
            IntSchema.Of(node) is { } integer ? ConstantTensor.Scalar(integer) : null,
            IntsSchema.Of(node) is { } integers ? ConstantTensor.Vector(integers) : null,
            TextSchema.Of(node) is { } text ? new([], [Encoding.UTF8.GetBytes(text)]) : null,
            TextsSchema.Of(node) is { } texts ? new([texts.Length], texts.Select(each => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(each))) : null,
        ];
        ConstantTensor[] values = [.. given.OfType<ConstantTensor>()];
        return values.Length == 1
            ? new(values[0])
            : throw new InvalidModelException($"Node {node}: {values.Length} values are given; exactly one of value, value_float, value_floats, value_int, value_ints, value_string, value_strings is accepted.");
    }
}

internal static class Constant
{
    public static OperatorSchema Schema { get; } = new()
    {
        Name = "Constant",
        Summary = "The tensor that its attribute holds; never trained.",
        Inputs = [],
        Outputs = [OperandSchema.Of("output", "T", ElementTypeSet.All)],
        Attributes =
        [
            ConstantAttributes.ValueSchema, ConstantAttributes.FloatSchema, ConstantAttributes.FloatsSchema, ConstantAttributes.IntSchema,
            ConstantAttributes.IntsSchema, ConstantAttributes.TextSchema, ConstantAttributes.TextsSchema,
        ],
        Shapes = call => [ConstantAttributes.Of(call.Node).Value.Shape],
        Element = call => ConstantAttributes.Of(call.Node).Value.Element,
        Fold = call => IntegerTensor.Of(ConstantAttributes.Of(call.Node).Value),
    };
}
