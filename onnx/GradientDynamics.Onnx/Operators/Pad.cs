using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Operators;

/// <summary>What Pad adds around a tensor.</summary>
public enum PadMode
{
    /// <summary>A constant.</summary>
    Constant,

    /// <summary>The tensor mirrored at its border, which is not repeated.</summary>
    Reflect,

    /// <summary>The border's elements.</summary>
    Edge,

    /// <summary>The tensor again from its other side.</summary>
    Wrap,
}

/// <summary>Attributes of Pad.</summary>
/// <param name="Mode">What is added.</param>
public sealed record PadAttributes(PadMode Mode)
{
    internal static AttributeSchema<PadMode> ModeSchema { get; } = AttributeSchema.Choice(
        "mode", 1, ("constant", PadMode.Constant), ("reflect", PadMode.Reflect), ("edge", PadMode.Edge), ("wrap", PadMode.Wrap));

    /// <summary>The attributes of <paramref name="node"/>.</summary>
    public static PadAttributes Of(GraphNode node) => new(ModeSchema.Of(node));

    /// <summary>Along an axis of <paramref name="size"/> elements, the one that stands at <paramref name="position"/>, which counts from the first and may lie outside.</summary>
    /// <exception cref="InvalidOperationException">The mode is Constant, or the axis is empty.</exception>
    public long SourceOf(long position, long size)
    {
        if (size < 1 || Mode == PadMode.Constant)
        {
            throw new InvalidOperationException($"An axis of {size} elements has none at position {position} in mode {Mode}.");
        }

        switch (Mode)
        {
            case PadMode.Edge:
                return Math.Clamp(position, 0, size - 1);
            case PadMode.Wrap:
                return ((position % size) + size) % size;
            default:
                long period = Math.Max(1, 2 * (size - 1));
                long within = ((position % period) + period) % period;
                return within < size ? within : period - within;
        }
    }
}

internal static class Pad
{
    public static OperatorSchema Schema { get; } = new()
    {
        Name = "Pad",
        Summary = "data with elements added before and after along axes; negative pads cut.",
        Inputs =
        [
            OperandSchema.Of("data", "T", ElementTypeSet.All),
            OperandSchema.Of("pads", "TPads", ElementTypeSet.Int64, since: 11),
            OperandSchema.OrAbsent("constant_value", "T", ElementTypeSet.All, since: 11),
            OperandSchema.OrAbsent("axes", "Tind", ElementTypeSet.Index, since: 18),
        ],
        Outputs = [OperandSchema.Of("output", "T", ElementTypeSet.All)],
        Attributes = [PadAttributes.ModeSchema],
        Shapes = call => [Shape(call)],
    };

    private static TensorShape? Shape(OperatorCall call)
    {
        call.VectorLength(1, "pads");
        call.VectorLength(3, "axes");
        if (call.Shape(2) is { } constant && (constant.Rank > 1 || constant.Rank == 1 && !OperatorCall.MayEqual(constant[0], 1)))
        {
            throw call.Error($"constant_value is {constant}; one element is accepted");
        }

        if (call.Shape(0) is not { } data)
        {
            return null;
        }

        long[]? given = call.Has(3) ? call.Integers(3)?.Numbers : [.. Enumerable.Range(0, data.Rank).Select(i => (long)i)];
        if (call.Integers(1) is not { } pads || given is null)
        {
            return new([.. Enumerable.Repeat(Dimension.Unknown, data.Rank)]);
        }

        int[] axes = call.Axes(given, data.Rank);
        if (pads.Elements.Length != 2 * axes.Length)
        {
            throw call.Error($"pads has {pads.Elements.Length} entries; {2 * axes.Length} are accepted, two for each of {axes.Length} axes");
        }

        Dimension[] result = [.. data];
        for (int i = 0; i < axes.Length; i++)
        {
            KnownInteger before = pads.Elements[i];
            KnownInteger after = pads.Elements[i + axes.Length];
            Dimension size = data[axes[i]];
            if (before.Value is { } begin && after.Value is { } end && size.Value is { } length)
            {
                Int128 padded = (Int128)length + begin + end;
                result[axes[i]] = padded >= 0 && padded <= long.MaxValue
                    ? (long)padded
                    : throw call.Error($"pads {begin} and {end} make dimension {axes[i]} of size {length} one of size {padded}");
            }
            else if (before.Value != 0 || after.Value != 0)
            {
                result[axes[i]] = Dimension.Unknown;
            }
        }

        return new(result);
    }
}
