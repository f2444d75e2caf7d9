using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Operators;

/// <summary>Attributes of MaxPool, AveragePool and LpPool, as written; <see cref="WindowFor"/> fills in what depends on the input.</summary>
/// <param name="KernelShape">Sizes of the window.</param>
/// <param name="Strides">Steps; null is 1.</param>
/// <param name="Pads">Pads, all beginnings, then all ends; null is 0.</param>
/// <param name="Dilations">Steps between the window's elements; null is 1.</param>
/// <param name="AutoPad">How pads are chosen.</param>
/// <param name="CeilMode">Whether a window that ends behind the padded input still counts.</param>
/// <param name="CountIncludePad">AveragePool: whether pads count in the divisor.</param>
/// <param name="StorageOrder">MaxPool: whether Indices are row-major (0) or column-major (1).</param>
/// <param name="Exponent">LpPool: the p of the norm.</param>
public sealed record PoolAttributes(
    IReadOnlyList<long> KernelShape,
    IReadOnlyList<long>? Strides,
    IReadOnlyList<long>? Pads,
    IReadOnlyList<long>? Dilations,
    AutoPad AutoPad,
    bool CeilMode,
    bool CountIncludePad,
    long StorageOrder,
    long Exponent)
{
    internal static AttributeSchema<long[]> KernelShapeSchema { get; } = new(
        "kernel_shape", "ints", "required", attributes => attributes.Ints("kernel_shape") ?? throw new InvalidModelException("attribute 'kernel_shape' is required"));

    internal static AttributeSchema<bool> CeilModeSchema { get; } = AttributeSchema.Flag("ceil_mode", false, since: 10);

    internal static AttributeSchema<bool> NormCeilModeSchema { get; } = AttributeSchema.Flag("ceil_mode", false, since: 18);

    internal static AttributeSchema<long[]?> NormDilationsSchema { get; } = AttributeSchema.OptionalInts("dilations", "1 per dimension", since: 18);

    internal static AttributeSchema<bool> CountIncludePadSchema { get; } = AttributeSchema.Flag("count_include_pad", false);

    internal static AttributeSchema<bool> StorageOrderSchema { get; } = AttributeSchema.Flag("storage_order", false);

    internal static AttributeSchema<long[]?> MaxDilationsSchema { get; } = AttributeSchema.OptionalInts("dilations", "1 per dimension", since: 10);

    internal static AttributeSchema<long[]?> AverageDilationsSchema { get; } = AttributeSchema.OptionalInts("dilations", "1 per dimension", since: 19);

    internal static AttributeSchema<long> ExponentSchema { get; } = new(
        "p", "int", "2", attributes => attributes.Int("p", 2) is > 0 and var p ? p : throw new InvalidModelException($"attribute 'p' is {attributes.Int("p", 2)}; 1 and more is accepted"));

    /// <summary>The p of a GlobalLpPool.</summary>
    public static long ExponentOf(GraphNode node) => ExponentSchema.Of(node);

    /// <summary>The attributes of <paramref name="node"/>.</summary>
    public static PoolAttributes Of(GraphNode node) => new(
        KernelShapeSchema.Of(node),
        SlidingWindow.StridesSchema.Of(node),
        SlidingWindow.PadsSchema.Of(node),
        SlidingWindow.DilationsSchema.Of(node),
        SlidingWindow.AutoPadSchema.Of(node),
        CeilModeSchema.Of(node),
        CountIncludePadSchema.Of(node),
        StorageOrderSchema.Of(node) ? 1 : 0,
        node.Operator == "LpPool" ? ExponentSchema.Of(node) : 1);

    /// <summary>The window over an input [batch, channels, spatial…]; with SAME pads the input must be fixed.</summary>
    /// <exception cref="InvalidModelException">An attribute does not fit; the message names the node.</exception>
    public SlidingWindow WindowFor(GraphNode node, TensorShape input) =>
        SlidingWindow.Of(node, KernelShape, Strides, Dilations, Pads, AutoPad, [.. input.Skip(2)]);
}

internal static class Pool
{
    public static OperatorSchema Max { get; } = new()
    {
        Name = "MaxPool",
        Summary = "Maximum of every window; Indices are the maxima's positions in the flattened input.",
        Inputs = [OperandSchema.Of("X", "T", ElementTypeSet.FloatingOrByte)],
        Outputs = [OperandSchema.Of("Y", "T", ElementTypeSet.FloatingOrByte), OperandSchema.OrAbsent("Indices", "I", ElementTypeSet.Int64)],
        Attributes =
        [
            SlidingWindow.AutoPadSchema, PoolAttributes.CeilModeSchema, PoolAttributes.MaxDilationsSchema, PoolAttributes.KernelShapeSchema,
            SlidingWindow.PadsSchema, PoolAttributes.StorageOrderSchema, SlidingWindow.StridesSchema,
        ],
        Shapes = call => Shape(call) is var shape ? [shape, shape] : [],
    };

    public static OperatorSchema Average { get; } = Windows(
        "AveragePool", "Mean of every window; pads count only with count_include_pad.", PoolAttributes.CeilModeSchema, PoolAttributes.AverageDilationsSchema, PoolAttributes.CountIncludePadSchema);

    public static OperatorSchema Norm { get; } = Windows(
        "LpPool", "The p-norm of every window; pads count as 0.", PoolAttributes.NormCeilModeSchema, PoolAttributes.NormDilationsSchema, PoolAttributes.ExponentSchema);

    public static OperatorSchema GlobalAverage { get; } = Global("GlobalAveragePool", "Mean over all spatial dimensions, which are kept with size 1.");

    public static OperatorSchema GlobalMax { get; } = Global("GlobalMaxPool", "Maximum over all spatial dimensions, which are kept with size 1.");

    public static OperatorSchema GlobalNorm { get; } = Global("GlobalLpPool", "The p-norm over all spatial dimensions, which are kept with size 1.", PoolAttributes.ExponentSchema);

    private static OperatorSchema Windows(string name, string summary, params AttributeSchema[] own) => new()
    {
        Name = name,
        Summary = summary,
        Inputs = [OperandSchema.Of("X", "T", ElementTypeSet.Floating)],
        Outputs = [OperandSchema.Of("Y", "T", ElementTypeSet.Floating)],
        Attributes =
        [
            .. own.Concat([SlidingWindow.AutoPadSchema, PoolAttributes.KernelShapeSchema, SlidingWindow.PadsSchema, SlidingWindow.StridesSchema])
                .OrderBy(attribute => attribute.Name, StringComparer.Ordinal),
        ],
        Shapes = call => [Shape(call)],
    };

    private static OperatorSchema Global(string name, string summary, params AttributeSchema[] attributes) => new()
    {
        Name = name,
        Summary = summary,
        Inputs = [OperandSchema.Of("X", "T", ElementTypeSet.Floating)],
        Outputs = [OperandSchema.Of("Y", "T", ElementTypeSet.Floating)],
        Attributes = attributes,
        Shapes = call =>
        {
            RequireSpatial(call);
            return [call.Shape(0) is { } x ? new([x[0], x[1], .. Enumerable.Repeat((Dimension)1, x.Rank - 2)]) : null];
        },
    };

    private static TensorShape? Shape(OperatorCall call)
    {
        PoolAttributes pool = PoolAttributes.Of(call.Node);
        RequireSpatial(call);
        if (call.Shape(0) is not { } x)
        {
            return null;
        }

        SlidingWindow window = pool.WindowFor(call.Node, x);
        return new([x[0], x[1], .. x.Skip(2).Index().Select(size => window.OutputSize(call, size.Index, size.Item, pool.AutoPad, pool.CeilMode))]);
    }

    private static void RequireSpatial(OperatorCall call)
    {
        if (call.Shape(0) is { Rank: < 3 } x)
        {
            throw call.Error($"X is {x}; 3 dimensions and more are accepted: batch, channels and space");
        }
    }
}
