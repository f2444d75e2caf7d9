using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Operators;

/// <summary>Attributes of QuantizeLinear and DequantizeLinear.</summary>
/// <param name="Axis">Axis along which the scales differ, or of which a block has one; without meaning where the scale is one number.</param>
/// <param name="BlockSize">Entries along the axis that share a scale; 0 where the scales are not in blocks.</param>
/// <param name="Output">Element type of the output where it is stated; else <see cref="ElementType.Undefined"/>.</param>
/// <param name="Precision">QuantizeLinear: element type in which the input is divided where it is stated; else <see cref="ElementType.Undefined"/>.</param>
public sealed record QuantizationAttributes(long Axis, long BlockSize, ElementType Output, ElementType Precision)
{
    internal static AttributeSchema<long> AxisSchema { get; } = AttributeSchema.Int("axis", 1, since: 13);

    internal static AttributeSchema<long> BlockSizeSchema { get; } = new(
        "block_size",
        "int",
        "0",
        attributes => attributes.Int("block_size", 0) is >= 0 and var size ? size : throw new InvalidModelException($"attribute 'block_size' is {attributes.Int("block_size", 0)}; 0 and more is accepted"),
        since: 21);

    internal static AttributeSchema<ElementType> QuantizedOutputSchema { get; } = TypeSchema("output_dtype", "from y_zero_point, or UInt8", ElementTypeSet.Quantized, 21);

    internal static AttributeSchema<ElementType> DequantizedOutputSchema { get; } = TypeSchema("output_dtype", "that of x_scale", ElementTypeSet.ScaleTypes, 23);

    internal static AttributeSchema<ElementType> PrecisionSchema { get; } = TypeSchema("precision", "that of y_scale", ElementTypeSet.ScaleTypes, 23);

    /// <summary>The attributes of <paramref name="node"/>.</summary>
    public static QuantizationAttributes Of(GraphNode node)
    {
        ArgumentNullException.ThrowIfNull(node);
        return node.Operator == "QuantizeLinear"
            ? new(AxisSchema.Of(node), BlockSizeSchema.Of(node), QuantizedOutputSchema.Of(node), PrecisionSchema.Of(node))
            : new(AxisSchema.Of(node), BlockSizeSchema.Of(node), DequantizedOutputSchema.Of(node), ElementType.Undefined);
    }

    /// <summary>The least and the greatest number that an element type of quantized numbers holds.</summary>
    public static (long Least, long Greatest) RangeOf(ElementType element) => element switch
    {
        ElementType.UInt8 => (byte.MinValue, byte.MaxValue),
        ElementType.Int8 => (sbyte.MinValue, sbyte.MaxValue),
        ElementType.UInt16 => (ushort.MinValue, ushort.MaxValue),
        ElementType.Int16 => (short.MinValue, short.MaxValue),
        _ => throw new ArgumentOutOfRangeException(nameof(element), element, $"{ElementTypeSet.Quantized} is accepted."),
    };

    private static AttributeSchema<ElementType> TypeSchema(string name, string @default, ElementTypeSet accepted, int since) => new(
        name,
        "int",
        @default,
        attributes => (ElementType)attributes.Int(name, 0) is var type && (type == ElementType.Undefined || accepted.Contains(type))
            ? type
            : throw new InvalidModelException($"attribute '{name}' is {attributes.Int(name, 0)}; the number of {accepted} is accepted"),
        since);
}

/// <summary>QuantizeLinear, DequantizeLinear and DynamicQuantizeLinear.</summary>
internal static class Quantization
{
    public static OperatorSchema Quantize { get; } = Linear(
        "QuantizeLinear",
        "x / y_scale, rounded to the nearest integer (a half to the even one), plus y_zero_point, saturated.",
        [
            OperandSchema.Of("x", "T1", ElementTypeSet.Quantizable),
            OperandSchema.Of("y_scale", "T2", ElementTypeSet.Quantizable),
            OperandSchema.OrAbsent("y_zero_point", "T3", ElementTypeSet.Quantized),
        ],
        ElementTypeSet.Quantized,
        [QuantizationAttributes.QuantizedOutputSchema, QuantizationAttributes.PrecisionSchema, CastAttributes.SaturateSchema],
        QuantizedElement);

    public static OperatorSchema Dequantize { get; } = Linear(
        "DequantizeLinear",
        "(x - x_zero_point) · x_scale.",
        [
            OperandSchema.Of("x", "T1", ElementTypeSet.Dequantizable),
            OperandSchema.Of("x_scale", "T2", ElementTypeSet.ScaleTypes),
            OperandSchema.OrAbsent("x_zero_point", "T1", ElementTypeSet.Dequantizable),
        ],
        ElementTypeSet.ScaleTypes,
        [QuantizationAttributes.DequantizedOutputSchema],
        call => QuantizationAttributes.Of(call.Node).Output is not ElementType.Undefined and var stated ? stated : call.Element(1));

    public static OperatorSchema Dynamic { get; } = new()
    {
        Name = "DynamicQuantizeLinear",
        Summary = "x quantized to UInt8 with the scale and zero point that its own range, 0 included, asks for.",
        FirstOpset = 11,
        Inputs = [OperandSchema.Of("x", "T1", ElementTypeSet.Single)],
        Outputs =
        [
            OperandSchema.Of("y", "T2", ElementTypeSet.UInt8),
            OperandSchema.Of("y_scale", "tensor(float)", ElementTypeSet.Single),
            OperandSchema.Of("y_zero_point", "T2", ElementTypeSet.UInt8),
        ],
        Shapes = call => [call.Shape(0), TensorShape.Scalar, TensorShape.Scalar],
    };

    private static OperatorSchema Linear(
        string name, string summary, OperandSchema[] inputs, ElementTypeSet output, AttributeSchema[] own, Func<OperatorCall, ElementType> element) => new()
    {
        Name = name,
        Summary = summary,
        FirstOpset = 10,
        Inputs = inputs,
        Outputs = [OperandSchema.Of("y", "T3", output)],
        Attributes = [QuantizationAttributes.AxisSchema, QuantizationAttributes.BlockSizeSchema, .. own],
        Shapes = call => [Shape(call)],
        Element = element,
    };

    private static ElementType QuantizedElement(OperatorCall call)
    {
        ElementType stated = QuantizationAttributes.Of(call.Node).Output;
        ElementType zero = call.Element(2);
        if (!call.Has(2))
        {
            return stated == ElementType.Undefined ? ElementType.UInt8 : stated;
        }

        return stated == ElementType.Undefined || zero == ElementType.Undefined || stated == zero
            ? zero
            : throw call.Error($"output_dtype is {stated} and y_zero_point is {zero}; they must be equal");
    }

    // The input's shape; the scale must be a number, a vector along the axis, or blocks along it.
    private static TensorShape? Shape(OperatorCall call)
    {
        (string scale, string zero) = call.Node.Operator == "QuantizeLinear" ? ("y_scale", "y_zero_point") : ("x_scale", "x_zero_point");
        QuantizationAttributes quantization = QuantizationAttributes.Of(call.Node);
        if (call.Shape(1) is { } scales && call.Shape(2) is { } zeros && !(scales.ElementCount == 1 && zeros.ElementCount == 1)
            && (scales.Rank != zeros.Rank || scales.Index().Any(size => !OperatorCall.MayEqual(size.Item, zeros[size.Index]))))
        {
            throw call.Error($"{scale} is {scales} and {zero} is {zeros}; their shapes must be equal");
        }

        if (call.Shape(0) is not { } x || call.Shape(1) is not { } given)
        {
            return call.Shape(0);
        }

        if (quantization.BlockSize > 0)
        {
            int axis = call.Axis(quantization.Axis, x.Rank);
            Dimension blocks = x[axis].Value is { } size ? size / quantization.BlockSize + (size % quantization.BlockSize == 0 ? 0 : 1) : Dimension.Unknown;
            if (given.Rank != x.Rank || given.Index().Any(each => !OperatorCall.MayEqual(each.Item, each.Index == axis ? blocks : x[each.Index])))
            {
                throw call.Error($"{scale} is {given} and x is {x}; with block_size {quantization.BlockSize} along axis {axis} one scale per block is accepted");
            }
        }
        else if (given.Rank > 1)
        {
            throw call.Error($"{scale} is {given}; a scalar, a vector along axis, or blocks (block_size) are accepted");
        }
        else if (given is { Rank: 1 } && given[0].Value is not 1)
        {
            int axis = call.Axis(quantization.Axis, x.Rank);
            if (!OperatorCall.MayEqual(given[0], x[axis]))
            {
                throw call.Error($"{scale} is {given} and x is {x}; one scale per entry of axis {axis} is accepted");
            }
        }

        return x;
    }
}
