using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Operators;

/// <summary>How Resize computes an element from those around its place in the input.</summary>
public enum ResizeMode
{
    /// <summary>The nearest one.</summary>
    Nearest,

    /// <summary>Between the two nearest along each axis, on a line.</summary>
    Linear,

    /// <summary>Between the four nearest along each axis, on a cubic curve.</summary>
    Cubic,
}

/// <summary>Which place in the input belongs to an element of the output.</summary>
public enum ResizeCoordinates
{
    /// <summary>The same distance from the border, counted from the elements' centres.</summary>
    HalfPixel,

    /// <summary>The same, with the output's centre at the input's where the size was rounded.</summary>
    HalfPixelSymmetric,

    /// <summary>As <see cref="HalfPixel"/>, but an output of one element lies at the beginning.</summary>
    PytorchHalfPixel,

    /// <summary>The first and the last elements lie on each other.</summary>
    AlignCorners,

    /// <summary>The index over the scale.</summary>
    Asymmetric,

    /// <summary>As <see cref="AlignCorners"/>, within a part of the input.</summary>
    CropAndResize,
}

/// <summary>Which of two neighbours is the nearest.</summary>
public enum ResizeRounding
{
    /// <summary>The nearer, of two as near the first.</summary>
    RoundPreferFloor,

    /// <summary>The nearer, of two as near the second.</summary>
    RoundPreferCeil,

    /// <summary>The first.</summary>
    Floor,

    /// <summary>The second.</summary>
    Ceil,
}

/// <summary>How sizes relate to the input's aspect ratio.</summary>
public enum ResizePolicy
{
    /// <summary>The sizes are taken as they are.</summary>
    Stretch,

    /// <summary>The ratio is kept and no size is larger than the one given.</summary>
    NotLarger,

    /// <summary>The ratio is kept and no size is smaller than the one given.</summary>
    NotSmaller,
}

/// <summary>Attributes of Resize.</summary>
/// <param name="Mode">How elements are computed.</param>
/// <param name="Coordinates">Where they lie in the input.</param>
/// <param name="Rounding">Which neighbour is the nearest.</param>
/// <param name="Antialias">Whether a smaller output averages over all that it covers.</param>
/// <param name="Axes">Axes that the operands are for; null for all.</param>
/// <param name="CubicCoefficient">The coefficient a of the cubic curve.</param>
/// <param name="ExcludeOutside">Whether elements outside of the input have weight 0; otherwise they are the border's.</param>
/// <param name="ExtrapolationValue">What an element outside of the input is, in <see cref="ResizeCoordinates.CropAndResize"/>.</param>
/// <param name="Policy">How sizes relate to the aspect ratio.</param>
public sealed record ResizeAttributes(
    ResizeMode Mode,
    ResizeCoordinates Coordinates,
    ResizeRounding Rounding,
    bool Antialias,
    IReadOnlyList<long>? Axes,
    float CubicCoefficient,
    bool ExcludeOutside,
    float ExtrapolationValue,
    ResizePolicy Policy)
{
    internal static AttributeSchema<ResizeMode> ModeSchema { get; } = AttributeSchema.Choice(
        "mode", 1, ("nearest", ResizeMode.Nearest), ("linear", ResizeMode.Linear), ("cubic", ResizeMode.Cubic));

    internal static AttributeSchema<ResizeCoordinates> CoordinatesSchema { get; } = AttributeSchema.Choice(
        "coordinate_transformation_mode",
        11,
        ("half_pixel", ResizeCoordinates.HalfPixel),
        ("half_pixel_symmetric", ResizeCoordinates.HalfPixelSymmetric),
        ("pytorch_half_pixel", ResizeCoordinates.PytorchHalfPixel),
        ("align_corners", ResizeCoordinates.AlignCorners),
        ("asymmetric", ResizeCoordinates.Asymmetric),
        ("tf_crop_and_resize", ResizeCoordinates.CropAndResize));

    internal static AttributeSchema<ResizeRounding> RoundingSchema { get; } = AttributeSchema.Choice(
        "nearest_mode",
        11,
        ("round_prefer_floor", ResizeRounding.RoundPreferFloor),
        ("round_prefer_ceil", ResizeRounding.RoundPreferCeil),
        ("floor", ResizeRounding.Floor),
        ("ceil", ResizeRounding.Ceil));

    internal static AttributeSchema<bool> AntialiasSchema { get; } = AttributeSchema.Flag("antialias", false, since: 18);

    internal static AttributeSchema<long[]?> AxesSchema { get; } = AttributeSchema.OptionalInts("axes", "all", since: 18);

    internal static AttributeSchema<float> CubicCoefficientSchema { get; } = AttributeSchema.Float("cubic_coeff_a", -0.75f);

    internal static AttributeSchema<bool> ExcludeOutsideSchema { get; } = AttributeSchema.Flag("exclude_outside", false, since: 11);

    internal static AttributeSchema<float> ExtrapolationValueSchema { get; } = AttributeSchema.Float("extrapolation_value", 0);

    internal static AttributeSchema<ResizePolicy> PolicySchema { get; } = AttributeSchema.Choice(
        "keep_aspect_ratio_policy", 18, ("stretch", ResizePolicy.Stretch), ("not_larger", ResizePolicy.NotLarger), ("not_smaller", ResizePolicy.NotSmaller));

    /// <summary>The attributes of <paramref name="node"/>.</summary>
    public static ResizeAttributes Of(GraphNode node) => new(
        ModeSchema.Of(node), CoordinatesSchema.Of(node), RoundingSchema.Of(node), AntialiasSchema.Of(node), AxesSchema.Of(node),
        CubicCoefficientSchema.Of(node), ExcludeOutsideSchema.Of(node), ExtrapolationValueSchema.Of(node), PolicySchema.Of(node));

    /// <summary>The axes of an input of <paramref name="rank"/> dimensions that the operands are for, counted from the front.</summary>
    public int[] AxesFor(int rank) => Axes is null ? [.. Enumerable.Range(0, rank)] : [.. Axes.Select(axis => (int)(axis < 0 ? axis + rank : axis))];
}

internal static class Resize
{
    private const int RegionInput = 1;
    private const int ScalesInput = 2;
    private const int SizesInput = 3;

    public static OperatorSchema Schema { get; } = new()
    {
        Name = "Resize",
        Summary = "X in other sizes, by scales or to sizes, its elements repeated or interpolated.",
        FirstOpset = 10,
        Inputs =
        [
            OperandSchema.Of("X", "T1", ElementTypeSet.Numeric), OperandSchema.OrAbsent("roi", "T2", ElementTypeSet.Floating),
            OperandSchema.OrAbsent("scales", "TScales", ElementTypeSet.Float), OperandSchema.OrAbsent("sizes", "TSizes", ElementTypeSet.Int64),
        ],
        Outputs = [OperandSchema.Of("Y", "T1", ElementTypeSet.Numeric)],
        Attributes =
        [
            ResizeAttributes.AntialiasSchema, ResizeAttributes.AxesSchema, ResizeAttributes.CoordinatesSchema, ResizeAttributes.CubicCoefficientSchema,
            ResizeAttributes.ExcludeOutsideSchema, ResizeAttributes.ExtrapolationValueSchema, ResizeAttributes.PolicySchema, ResizeAttributes.ModeSchema,
            ResizeAttributes.RoundingSchema,
        ],
        Shapes = call => [Shape(call)],
    };

    private static TensorShape? Shape(OperatorCall call)
    {
        ResizeAttributes resize = ResizeAttributes.Of(call.Node);
        if (call.Has(ScalesInput) == call.Has(SizesInput))
        {
            throw call.Error($"it has {(call.Has(SizesInput) ? "both scales and sizes" : "neither scales nor sizes")}; one of them is accepted");
        }

        if (resize.Antialias && resize.Mode == ResizeMode.Nearest)
        {
            throw call.Error("antialias is 1 and mode is 'nearest'; 'linear' and 'cubic' are accepted with it");
        }

        call.RequireRank(RegionInput, "roi", 1);
        call.RequireRank(ScalesInput, "scales", 1);
        call.RequireRank(SizesInput, "sizes", 1);
        if (call.Shape(0) is not { } x)
        {
            return null;
        }

        int[] axes = resize.Axes is null ? resize.AxesFor(x.Rank) : call.Axes([.. resize.Axes], x.Rank);
        foreach ((int index, string name, int each) in new[] { (RegionInput, "roi", 2), (ScalesInput, "scales", 1), (SizesInput, "sizes", 1) })
        {
            if (call.Shape(index)?[0].Value is { } length && length != each * axes.Length && !(index == RegionInput && resize.Coordinates != ResizeCoordinates.CropAndResize))
            {
                throw call.Error($"{name} has {length} entries for {axes.Length} axes; {each * axes.Length} are accepted");
            }
        }

        Dimension[] result = [.. x];
        if (call.Has(ScalesInput))
        {
            ReadOnlySpan<float> scales = call.Constant(ScalesInput) is { Element: ElementType.Float } constant ? constant.AsSpan<float>() : [];
            for (int i = 0; i < axes.Length; i++)
            {
                result[axes[i]] = scales.IsEmpty ? Dimension.Unknown
                    : scales[i] is not > 0 ? throw call.Error($"scales has {scales[i]}; positive numbers are accepted")
                    : scales[i] == 1 ? x[axes[i]]
                    : x[axes[i]].Value is { } size ? ResizeAxis.ScaledSize(size, scales[i])
                    : Dimension.Unknown;
            }

            return new(result);
        }

        long?[] wanted = [.. Enumerable.Range(0, axes.Length).Select(i => call.Integers(SizesInput)?.Elements[i].Value)];
        for (int i = 0; i < axes.Length; i++)
        {
            result[axes[i]] = resize.Policy != ResizePolicy.Stretch ? Dimension.Unknown
                : wanted[i] is < 0 ? throw call.Error($"sizes has {wanted[i]}; 0 and more is accepted")
                : call.Integers(SizesInput)?.Elements[i].ToDimension() ?? Dimension.Unknown;
        }

        long?[] own = [.. axes.Select(axis => x[axis].Value)];
        if (resize.Policy != ResizePolicy.Stretch && wanted.All(size => size is >= 0) && own.All(size => size is > 0))
        {
            ResizeAxis[] kept = ResizeAxis.ToSizes(resize, [.. own.Select(size => size!.Value)], [.. wanted.Select(size => size!.Value)]);
            for (int i = 0; i < axes.Length; i++)
            {
                result[axes[i]] = kept[i].To;
            }
        }

        return new(result);
    }
}
