using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Operators;

/// <summary>Attributes of ConvTranspose, as written; <see cref="WindowFor"/> fills in what depends on the operands.</summary>
/// <param name="KernelShape">Sizes of the kernel; null takes them from the weight.</param>
/// <param name="Strides">Steps; null is 1.</param>
/// <param name="Pads">Elements cut from the output, all beginnings, then all ends; null is 0.</param>
/// <param name="Dilations">Steps between the kernel's elements; null is 1.</param>
/// <param name="Group">Number of groups into which the channels are divided.</param>
/// <param name="AutoPad">How pads are chosen.</param>
/// <param name="OutputPadding">Elements added to the output's end; null is 0.</param>
/// <param name="OutputShape">Spatial sizes of the output, from which the pads follow; null computes them from the pads.</param>
public sealed record ConvTransposeAttributes(
    IReadOnlyList<long>? KernelShape,
    IReadOnlyList<long>? Strides,
    IReadOnlyList<long>? Pads,
    IReadOnlyList<long>? Dilations,
    long Group,
    AutoPad AutoPad,
    IReadOnlyList<long>? OutputPadding,
    IReadOnlyList<long>? OutputShape)
{
    internal static AttributeSchema<long[]?> OutputPaddingSchema { get; } = AttributeSchema.OptionalInts("output_padding", "0 per dimension");

    internal static AttributeSchema<long[]?> OutputShapeSchema { get; } = AttributeSchema.OptionalInts("output_shape", "from pads");

    /// <summary>The attributes of <paramref name="node"/>.</summary>
    public static ConvTransposeAttributes Of(GraphNode node) => new(
        ConvAttributes.KernelShapeSchema.Of(node),
        SlidingWindow.StridesSchema.Of(node),
        SlidingWindow.PadsSchema.Of(node),
        SlidingWindow.DilationsSchema.Of(node),
        ConvAttributes.GroupSchema.Of(node),
        SlidingWindow.AutoPadSchema.Of(node),
        OutputPaddingSchema.Of(node),
        OutputShapeSchema.Of(node));

    /// <summary>
    /// The window, with pads as numbers, and the output padding, for an input [batch, channels, spatial…] and a weight
    /// [channels, channels out / group, kernel…]. The output has strides·(input - 1) + output padding + span - pads elements per dimension;
    /// with SAME pads or an output shape the input must be fixed.
    /// </summary>
    /// <exception cref="InvalidModelException">An attribute does not fit; the message names the node.</exception>
    public (SlidingWindow Window, IReadOnlyList<long> OutputPadding) WindowFor(GraphNode node, TensorShape input, TensorShape weight)
    {
        int rank = input.Rank - 2;
        SlidingWindow window = SlidingWindow.Of(
            node, KernelShape ?? [.. weight.Skip(2).Select(size => size.Value ?? 1)], Strides, Dilations, Pads, AutoPad == AutoPad.NotSet ? AutoPad.NotSet : AutoPad.Valid, [.. input.Skip(2)]);
        SlidingWindow.CheckEntries(node, "output_padding", OutputPadding, rank, 0);
        SlidingWindow.CheckEntries(node, "output_shape", OutputShape, rank, 1);
        long[] padding = [.. OutputPadding ?? new long[rank]];
        if (OutputShape is null && AutoPad is AutoPad.NotSet or AutoPad.Valid)
        {
            return (window, padding);
        }

        long[] begin = [.. window.PadsBegin];
        long[] end = [.. window.PadsEnd];
        for (int i = 0; i < rank; i++)
        {
            if (input[i + 2].Value is not { } size)
            {
                continue;
            }

            long full = checked((size - 1) * window.Strides[i] + padding[i] + window.Span(i));
            long cut = full - (OutputShape?[i] ?? checked(size * window.Strides[i]));
            padding[i] += Math.Max(0, -cut);
            cut = Math.Max(0, cut);
            begin[i] = AutoPad == AutoPad.SameUpper ? cut / 2 : cut - cut / 2;
            end[i] = cut - begin[i];
        }

        return (window with { PadsBegin = begin, PadsEnd = end }, padding);
    }
}

internal static class ConvTranspose
{
    public static OperatorSchema Schema { get; } = new()
    {
        Name = "ConvTranspose",
        Summary = "Transposed convolution of X [batch, channels, spatial…] with W [channels, channels out / group, kernel…]: the gradient of Conv with respect to its input.",
        Inputs =
        [
            OperandSchema.Of("X", "T", ElementTypeSet.Floating),
            OperandSchema.Of("W", "T", ElementTypeSet.Floating),
            OperandSchema.OrAbsent("B", "T", ElementTypeSet.Floating),
        ],
        Outputs = [OperandSchema.Of("Y", "T", ElementTypeSet.Floating)],
        Attributes =
        [
            SlidingWindow.AutoPadSchema, SlidingWindow.DilationsSchema, ConvAttributes.GroupSchema, ConvAttributes.KernelShapeSchema,
            ConvTransposeAttributes.OutputPaddingSchema, ConvTransposeAttributes.OutputShapeSchema, SlidingWindow.PadsSchema, SlidingWindow.StridesSchema,
        ],
        Shapes = call => [Shape(call)],
    };

    private static TensorShape? Shape(OperatorCall call)
    {
        ConvTransposeAttributes conv = ConvTransposeAttributes.Of(call.Node);
        if (Conv.Operands(call, conv.KernelShape, conv.Group) is not var (x, w))
        {
            return null;
        }

        if (!OperatorCall.MayEqual(x[1], w[0]))
        {
            throw call.Error($"X is {x} and W is {w}; X's channels must equal W's first dimension");
        }

        if ((x[1].Value ?? w[0].Value) is { } channels && channels % conv.Group != 0)
        {
            throw call.Error($"X is {x} with group {conv.Group}; the channels must divide into the groups");
        }

        Dimension produced = w[1].Value is { } perGroup ? call.Times(perGroup, conv.Group) : conv.Group == 1 ? w[1] : Dimension.Unknown;
        Conv.CheckBias(call, produced);
        var result = new Dimension[x.Rank];
        result[0] = x[0];
        result[1] = produced;
        if (conv.KernelShape is null && w.Skip(2).Any(size => size.Value is null))
        {
            return new(result);
        }

        (SlidingWindow window, IReadOnlyList<long> outputPadding) = conv.WindowFor(call.Node, x, w);
        for (int i = 0; i < x.Rank - 2; i++)
        {
            if (conv.OutputShape is { } output)
            {
                result[i + 2] = output[i];
            }
            else if (x[i + 2].Value is { } size)
            {
                long length = checked((size - 1) * window.Strides[i] + outputPadding[i] + window.Span(i) - window.PadsBegin[i] - window.PadsEnd[i]);
                result[i + 2] = length >= 0 ? length : throw call.Error($"its pads cut more from dimension {i + 2} than the output has");
            }
        }

        return new(result);
    }
}
