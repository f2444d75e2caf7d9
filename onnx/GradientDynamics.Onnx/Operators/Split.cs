using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Operators;

/// <summary>Attributes of Split.</summary>
/// <param name="Axis">Axis along which the input is divided; negative counts from the back.</param>
/// <param name="Parts">Number of equal parts, the last of which may be shorter; null where the lengths are an input.</param>
public sealed record SplitAttributes(long Axis, long? Parts)
{
    internal static AttributeSchema<long> AxisSchema { get; } = AttributeSchema.Int("axis", 0);

    internal static AttributeSchema<long?> PartsSchema { get; } = AttributeSchema.OptionalInt("num_outputs", "from split", since: 18);

    /// <summary>The attributes of <paramref name="node"/>.</summary>
    public static SplitAttributes Of(GraphNode node) => new(AxisSchema.Of(node), PartsSchema.Of(node));

    /// <summary>Lengths of <paramref name="parts"/> parts of <paramref name="length"/> entries, equal but for the last; null where the parts before the last have more than there is.</summary>
    public static long[]? EqualParts(long length, int parts)
    {
        long each = (length / parts) + (length % parts == 0 ? 0 : 1);
        long last = length - (each * (parts - 1));
        return last < 0 ? null : [.. Enumerable.Repeat(each, parts - 1), last];
    }
}

internal static class Split
{
    public static OperatorSchema Schema { get; } = new()
    {
        Name = "Split",
        Summary = "Parts of the input along an axis, of the lengths in split or num_outputs equal ones, the last of which may be shorter.",
        Inputs = [OperandSchema.Of("input", "T", ElementTypeSet.All), OperandSchema.OrAbsent("split", "TSplit", ElementTypeSet.Int64)],
        Outputs = [OperandSchema.Many("outputs", "T", ElementTypeSet.All)],
        Attributes = [SplitAttributes.AxisSchema, SplitAttributes.PartsSchema],
        Shapes = Shapes,
        Fold = call => call.Integers(0) is { Sizes.Length: 1 } data && Shapes(call)[0] is { IsFixed: true } first
            ? IntegerTensor.Vector(data.Elements[..(int)first[0].Value!.Value])
            : null,
    };

    private static TensorShape?[] Shapes(OperatorCall call)
    {
        (long given, long? parts) = SplitAttributes.Of(call.Node);
        int count = call.Node.Outputs.Count;
        if (call.Has(1) && parts is not null)
        {
            throw call.Error("it has both split and num_outputs; one of them is accepted");
        }

        if (!call.Has(1) && parts is null && call.Opset >= PartsSchemaOpset)
        {
            throw call.Error("it has neither split nor num_outputs; one of them is required");
        }

        if ((call.Has(1) ? call.VectorLength(1, "split") : parts) is { } asked && asked != count)
        {
            throw call.Error($"{asked} parts are asked for and it has {count} outputs; as many are accepted");
        }

        if (call.Shape(0) is not { } input)
        {
            return new TensorShape?[count];
        }

        int axis = call.Axis(given, input.Rank);
        Dimension[] lengths = Lengths(call, input, axis, count);
        return [.. lengths.Select(length => new TensorShape([.. input.Take(axis), length, .. input.Skip(axis + 1)]))];
    }

    private static int PartsSchemaOpset => SplitAttributes.PartsSchema.Since;

    private static Dimension[] Lengths(OperatorCall call, TensorShape input, int axis, int count)
    {
        Dimension whole = input[axis];
        if (!call.Has(1))
        {
            return count == 1 ? [whole]
                : whole.Value is not { } length ? [.. Enumerable.Repeat(Dimension.Unknown, count)]
                : SplitAttributes.EqualParts(length, count) is { } equal ? [.. equal.Select(Dimension.Fixed)]
                : throw call.Error($"axis {axis} of input {input} has {length} entries, too few for {count} equal parts of which only the last may be shorter");
        }

        if (call.Integers(1) is not { } split)
        {
            return [.. Enumerable.Repeat(Dimension.Unknown, count)];
        }

        if (Array.Find(split.Elements, length => length.Value is < 0) is { Value: { } negative })
        {
            throw call.Error($"split has {negative}; 0 and more is accepted");
        }

        if (split.Numbers is { } numbers && whole.Value is { } size && numbers.Aggregate((Int128)0, (sum, length) => sum + length) is var total && total != size)
        {
            throw call.Error($"split [{string.Join(", ", numbers)}] sums to {total} and axis {axis} of input {input} has {size} entries; the sum must be that");
        }

        return [.. split.Elements.Select(length => length.ToDimension())];
    }
}
