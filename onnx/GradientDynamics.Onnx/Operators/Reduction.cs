using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Operators;

/// <summary>Attributes of the reductions; the axes are an input.</summary>
/// <param name="KeepDimensions">Whether reduced dimensions stay with size 1.</param>
/// <param name="NothingWithoutAxes">Whether with absent or empty axes every element is reduced by itself; otherwise all are reduced together.</param>
public sealed record ReductionAttributes(bool KeepDimensions, bool NothingWithoutAxes)
{
    internal static AttributeSchema<bool> KeepDimensionsSchema { get; } = AttributeSchema.Flag("keepdims", true);

    internal static AttributeSchema<bool> NothingWithoutAxesSchema { get; } = AttributeSchema.Flag("noop_with_empty_axes", false);

    /// <summary>The attributes of <paramref name="node"/>.</summary>
    public static ReductionAttributes Of(GraphNode node) => new(KeepDimensionsSchema.Of(node), NothingWithoutAxesSchema.Of(node));
}

internal static class Reduction
{
    public static OperatorSchema Sum { get; } = Of("ReduceSum", "Sum along axes.", ElementTypeSet.WideNumeric, 13, Arithmetic.Plus, 0);

    public static OperatorSchema Max { get; } = Of("ReduceMax", "Maximum along axes.", ElementTypeSet.WideNumericOrByte, 18, (a, b) => Extremum(a, b, Math.Max));

    public static OperatorSchema Min { get; } = Of("ReduceMin", "Minimum along axes.", ElementTypeSet.WideNumericOrByte, 18, (a, b) => Extremum(a, b, Math.Min));

    public static OperatorSchema Mean { get; } = Of("ReduceMean", "Mean along axes.", ElementTypeSet.WideNumeric, 18);

    public static OperatorSchema Product { get; } = Of("ReduceProd", "Product along axes.", ElementTypeSet.WideNumeric, 18, Arithmetic.Times, 1);

    public static OperatorSchema SumOfMagnitudes { get; } = Of("ReduceL1", "Sum of the magnitudes along axes.", ElementTypeSet.WideNumeric, 18);

    public static OperatorSchema EuclideanNorm { get; } = Of("ReduceL2", "Root of the sum of squares along axes.", ElementTypeSet.WideNumeric, 18);

    public static OperatorSchema SumOfSquares { get; } = Of("ReduceSumSquare", "Sum of squares along axes.", ElementTypeSet.WideNumeric, 18);

    public static OperatorSchema LogarithmOfSum { get; } = Of("ReduceLogSum", "Logarithm of the sum along axes.", ElementTypeSet.WideNumeric, 18);

    public static OperatorSchema LogarithmOfSumOfExponentials { get; } = Of("ReduceLogSumExp", "Logarithm of the sum of exponentials along axes.", ElementTypeSet.WideNumeric, 18);

    private static KnownInteger Extremum(KnownInteger a, KnownInteger b, Func<long, long, long> choose) =>
        a.Value is { } x && b.Value is { } y ? choose(x, y) : a == b ? a : KnownInteger.Unknown;

    // Before axesSince the axes were an attribute. Integers are known of the reductions that combine two at a time; an empty set gives empty,
    // and where that is null nothing is known of it.
    private static OperatorSchema Of(
        string name, string summary, ElementTypeSet types, int axesSince, Func<KnownInteger, KnownInteger, KnownInteger>? combine = null, long? empty = null) => new()
    {
        Name = name,
        Summary = summary,
        Inputs = [OperandSchema.Of("data", "T", types), OperandSchema.OrAbsent("axes", "TAxes", ElementTypeSet.Int64, axesSince)],
        Outputs = [OperandSchema.Of("reduced", "T", types)],
        Attributes = [ReductionAttributes.KeepDimensionsSchema, ReductionAttributes.NothingWithoutAxesSchema],
        Shapes = call => [Shape(call)],
        Fold = combine is null ? null : call => Fold(call, combine, empty is { } value ? value : KnownInteger.Unknown),
    };

    private static IntegerTensor? Fold(OperatorCall call, Func<KnownInteger, KnownInteger, KnownInteger> combine, KnownInteger empty)
    {
        if (call.Integers(0) is not { } data || (call.Has(1) && call.Integers(1)?.Numbers is null))
        {
            return null;
        }

        ReductionAttributes reduction = ReductionAttributes.Of(call.Node);
        long[] given = call.Integers(1)?.Numbers ?? [];
        int rank = data.Sizes.Length;
        int[] axes = given.Length > 0 ? call.Axes(given, rank) : reduction.NothingWithoutAxes ? [] : [.. Enumerable.Range(0, rank)];
        return data.Reduce(axes, reduction.KeepDimensions, combine, empty);
    }

    private static TensorShape? Shape(OperatorCall call)
    {
        ReductionAttributes reduction = ReductionAttributes.Of(call.Node);
        long? axisCount = call.Has(1) ? call.VectorLength(1, "axes") : 0;
        if (call.Shape(0) is not { } data)
        {
            return null;
        }

        if (axisCount == 0)
        {
            return reduction.NothingWithoutAxes ? data
                : reduction.KeepDimensions ? new([.. Enumerable.Repeat((Dimension)1, data.Rank)])
                : TensorShape.Scalar;
        }

        if (call.Integers(1)?.Numbers is not { } given)
        {
            return reduction.KeepDimensions ? new([.. Enumerable.Repeat(Dimension.Unknown, data.Rank)])
                : axisCount <= data.Rank ? new([.. Enumerable.Repeat(Dimension.Unknown, data.Rank - (int)axisCount.Value)])
                : null;
        }

        int[] axes = call.Axes(given, data.Rank);
        return reduction.KeepDimensions
            ? new([.. data.Index().Select(size => axes.Contains(size.Index) ? 1 : size.Item)])
            : new([.. data.Index().Where(size => !axes.Contains(size.Index)).Select(size => size.Item)]);
    }
}
