using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Operators;

/// <summary>How pads are chosen for a window that slides over an image.</summary>
public enum AutoPad
{
    /// <summary>As the pads attribute says.</summary>
    NotSet,

    /// <summary>As many as make the output the input's size over the stride, the odd one at the end.</summary>
    SameUpper,

    /// <summary>As many as make the output the input's size over the stride, the odd one at the beginning.</summary>
    SameLower,

    /// <summary>None.</summary>
    Valid,
}

/// <summary>A window over the spatial dimensions with every default filled in and every pad a number; one entry per spatial dimension.</summary>
/// <param name="Kernel">Sizes of the window.</param>
/// <param name="Strides">Steps between windows.</param>
/// <param name="Dilations">Steps between elements of a window.</param>
/// <param name="PadsBegin">Elements added before the first.</param>
/// <param name="PadsEnd">Elements added after the last.</param>
public sealed record SlidingWindow(
    IReadOnlyList<long> Kernel,
    IReadOnlyList<long> Strides,
    IReadOnlyList<long> Dilations,
    IReadOnlyList<long> PadsBegin,
    IReadOnlyList<long> PadsEnd)
{
    internal static AttributeSchema<AutoPad> AutoPadSchema { get; } = AttributeSchema.Choice(
        "auto_pad", 1, ("NOTSET", AutoPad.NotSet), ("SAME_UPPER", AutoPad.SameUpper), ("SAME_LOWER", AutoPad.SameLower), ("VALID", AutoPad.Valid));

    internal static AttributeSchema<long[]?> StridesSchema { get; } = AttributeSchema.OptionalInts("strides", "1 per dimension");

    internal static AttributeSchema<long[]?> PadsSchema { get; } = AttributeSchema.OptionalInts("pads", "0 per side");

    internal static AttributeSchema<long[]?> DilationsSchema { get; } = AttributeSchema.OptionalInts("dilations", "1 per dimension");

    /// <summary>Number of elements that a dilated window spans in a dimension.</summary>
    public long Span(int dimension) => (Kernel[dimension] - 1) * Dilations[dimension] + 1;

    // Fills in defaults and checks counts and signs. The spatial sizes are needed for SAME pads only; unknown ones give pads of 0 there.
    internal static SlidingWindow Of(
        GraphNode node,
        IReadOnlyList<long> kernel,
        IReadOnlyList<long>? strides,
        IReadOnlyList<long>? dilations,
        IReadOnlyList<long>? pads,
        AutoPad autoPad,
        IReadOnlyList<Dimension> spatial)
    {
        int rank = kernel.Count;
        CheckEntries(node, "kernel_shape", kernel, spatial.Count, 1);
        CheckEntries(node, "strides", strides, rank, 1);
        CheckEntries(node, "dilations", dilations, rank, 1);
        CheckEntries(node, "pads", pads, 2 * rank, 0);
        if (autoPad != AutoPad.NotSet && pads is not null && pads.Any(pad => pad != 0))
        {
            throw new InvalidModelException($"Node {node}: it has both auto_pad and pads; one of them is accepted.");
        }

        long[] ones = [.. Enumerable.Repeat(1L, rank)];
        var begin = new long[rank];
        var end = new long[rank];
        for (int i = 0; i < rank; i++)
        {
            if (autoPad == AutoPad.NotSet)
            {
                begin[i] = pads?[i] ?? 0;
                end[i] = pads?[rank + i] ?? 0;
            }
            else if (autoPad != AutoPad.Valid && spatial[i].Value is { } size)
            {
                long stride = strides?[i] ?? 1;
                long output = size / stride + (size % stride == 0 ? 0 : 1);
                long total = Math.Max(0, checked((output - 1) * stride + (kernel[i] - 1) * (dilations?[i] ?? 1) + 1 - size));
                begin[i] = autoPad == AutoPad.SameUpper ? total / 2 : total - total / 2;
                end[i] = total - begin[i];
            }
        }

        return new([.. kernel], strides ?? ones, dilations ?? ones, begin, end);
    }

    // An attribute with one entry per dimension, or per side of each, none below the least.
    internal static void CheckEntries(GraphNode node, string name, IReadOnlyList<long>? values, int count, long least)
    {
        if (values is null)
        {
            return;
        }

        if (values.Count != count)
        {
            throw new InvalidModelException($"Node {node}: {name} has {values.Count} entries; {count} are accepted.");
        }

        // Above 2^31 the arithmetic of positions could overflow, and no image is that large.
        foreach (long value in values)
        {
            if (value < least || value > int.MaxValue)
            {
                throw new InvalidModelException($"Node {node}: {name} has {value}; from {least} to {int.MaxValue} is accepted.");
            }
        }
    }

    // Size of the output in a dimension; unknown where the input's is.
    internal Dimension OutputSize(OperatorCall call, int dimension, Dimension input, AutoPad autoPad, bool ceilMode)
    {
        if (input.Value is not { } size)
        {
            // A window of 1 with stride 1 and without pads keeps the dimension, whatever its size; so does SAME with stride 1.
            bool keeps = Strides[dimension] == 1 && (autoPad is AutoPad.SameUpper or AutoPad.SameLower || PadsBegin[dimension] + PadsEnd[dimension] == Span(dimension) - 1);
            return keeps ? input : Dimension.Unknown;
        }

        if (size > long.MaxValue - PadsBegin[dimension] - PadsEnd[dimension])
        {
            throw call.Error($"dimension {dimension + 2} of the input is {size}, more than can be counted with its pads");
        }

        long room = size + PadsBegin[dimension] + PadsEnd[dimension] - Span(dimension);
        if (room < 0)
        {
            throw call.Error($"its window spans {Span(dimension)} and dimension {dimension + 2} of the input has {size + PadsBegin[dimension] + PadsEnd[dimension]} with pads");
        }

        long stride = Strides[dimension];
        long output = room / stride + 1;
        if (ceilMode && room % stride != 0 && output * stride < size + PadsBegin[dimension])
        {
            // A window that would start in the pads behind the input is dropped.
            output++;
        }

        return output;
    }
}
