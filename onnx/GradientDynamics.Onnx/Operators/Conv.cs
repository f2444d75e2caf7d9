using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Operators;

/// <summary>Attributes of Conv, as written; <see cref="WindowFor"/> fills in what depends on the operands.</summary>
/// <param name="KernelShape">Sizes of the kernel; null takes them from the weight.</param>
/// <param name="Strides">Steps; null is 1.</param>
/// <param name="Pads">Pads, all beginnings, then all ends; null is 0.</param>
/// <param name="Dilations">Steps between the kernel's elements; null is 1.</param>
/// <param name="Group">Number of groups into which the channels are divided.</param>
/// <param name="AutoPad">How pads are chosen.</param>
public sealed record ConvAttributes(
    IReadOnlyList<long>? KernelShape,
    IReadOnlyList<long>? Strides,
    IReadOnlyList<long>? Pads,
    IReadOnlyList<long>? Dilations,
    long Group,
    AutoPad AutoPad)
{
    internal static AttributeSchema<long[]?> KernelShapeSchema { get; } = AttributeSchema.OptionalInts("kernel_shape", "from W");

    internal static AttributeSchema<long> GroupSchema { get; } = AttributeSchema.Int("group", 1);

    /// <summary>The attributes of <paramref name="node"/>.</summary>
    public static ConvAttributes Of(GraphNode node) => new(
        KernelShapeSchema.Of(node),
        SlidingWindow.StridesSchema.Of(node),
        SlidingWindow.PadsSchema.Of(node),
        SlidingWindow.DilationsSchema.Of(node),
        GroupSchema.Of(node),
        SlidingWindow.AutoPadSchema.Of(node));

    /// <summary>The window over an input [batch, channels, spatial…] with a weight [channels out, channels in / group, kernel…]; with SAME pads the input must be fixed.</summary>
    /// <exception cref="InvalidModelException">An attribute does not fit; the message names the node.</exception>
    public SlidingWindow WindowFor(GraphNode node, TensorShape input, TensorShape weight) =>
        SlidingWindow.Of(node, KernelShape ?? [.. weight.Skip(2).Select(size => size.Value ?? 1)], Strides, Dilations, Pads, AutoPad, [.. input.Skip(2)]);
}

internal static class Conv
{
    public static OperatorSchema Schema { get; } = new()
    {
        Name = "Conv",
        Summary = "Convolution (cross-correlation) of X [batch, channels, spatial…] with W [channels out, channels / group, kernel…], plus B per channel.",
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
            SlidingWindow.PadsSchema, SlidingWindow.StridesSchema,
        ],
        Shapes = call => [Shape(call)],
    };

    // X and W with equal rank of at least 3 and a kernel_shape that is W's; null where one is not known.
    internal static (TensorShape X, TensorShape W)? Operands(OperatorCall call, IReadOnlyList<long>? kernelShape, long group)
    {
        if (group < 1)
        {
            throw call.Error($"group is {group}; 1 and more is accepted");
        }

        TensorShape? x = call.Shape(0);
        TensorShape? w = call.Shape(1);
        if (x is { Rank: < 3 } || w is { Rank: < 3 })
        {
            throw call.Error($"X is {x?.ToString() ?? "of unknown rank"} and W is {w?.ToString() ?? "of unknown rank"}; 3 dimensions and more are accepted");
        }

        if (x is null || w is null)
        {
            return null;
        }

        if (x.Rank != w.Rank)
        {
            throw call.Error($"X is {x} and W is {w}; they must have equally many dimensions");
        }

        if (kernelShape is not null && (kernelShape.Count != w.Rank - 2 || kernelShape.Index().Any(size => !OperatorCall.MayEqual(size.Item, w[size.Index + 2]))))
        {
            throw call.Error($"kernel_shape is [{string.Join(", ", kernelShape)}] and W is {w}; they must agree");
        }

        return (x, w);
    }

    internal static void CheckBias(OperatorCall call, Dimension channels)
    {
        call.RequireRank(2, "B", 1);
        if (call.Shape(2) is { } bias && !OperatorCall.MayEqual(bias[0], channels))
        {
            throw call.Error($"B is {bias}; [{channels}] is accepted: one bias per channel of the output");
        }
    }

    private static TensorShape? Shape(OperatorCall call)
    {
        ConvAttributes conv = ConvAttributes.Of(call.Node);
        if (Operands(call, conv.KernelShape, conv.Group) is not var (x, w))
        {
            return null;
        }

        if (x[1].Value is { } channels && w[1].Value is { } perGroup && channels != call.Times(perGroup, conv.Group))
        {
            throw call.Error($"X is {x} and W is {w} with group {conv.Group}; X's channels must be W's second dimension times group, {perGroup * conv.Group}");
        }

        if (w[0].Value is { } produced && produced % conv.Group != 0)
        {
            throw call.Error($"W is {w} with group {conv.Group}; the {produced} channels of the output must divide into the groups");
        }

        CheckBias(call, w[0]);
        if (conv.KernelShape is null && w.Skip(2).Any(size => size.Value is null))
        {
            return new([x[0], w[0], .. Enumerable.Repeat(Dimension.Unknown, x.Rank - 2)]);
        }

        SlidingWindow window = conv.WindowFor(call.Node, x, w);
        return new([x[0], w[0], .. x.Skip(2).Index().Select(size => window.OutputSize(call, size.Index, size.Item, conv.AutoPad, ceilMode: false))]);
    }
}
