using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Operators;

/// <summary>Attributes of ReduceSum, ReduceMax and ReduceMean; the axes are an input.</summary>
/// <param name="KeepDimensions">Whether reduced dimensions stay with size 1.</param>
/// <param name="NothingWithoutAxes">Whether absent or empty axes reduce nothing; otherwise they reduce everything.</param>
public sealed record ReductionAttributes(bool KeepDimensions, bool NothingWithoutAxes)
{
    internal static AttributeSchema<bool> KeepDimensionsSchema { get; } = AttributeSchema.Flag("keepdims", true);

    internal static AttributeSchema<bool> NothingWithoutAxesSchema { get; } = AttributeSchema.Flag("noop_with_empty_axes", false);

    /// <summary>The attributes of <paramref name="node"/>.</summary>
    public static ReductionAttributes Of(GraphNode node) => new(KeepDimensionsSchema.Of(node), NothingWithoutAxesSchema.Of(node));
}

internal static class Reduction
{
    public static OperatorSchema Sum { get; } = Of("ReduceSum", "Sum along axes.", ElementTypeSet.WideNumeric, 13);

    public static OperatorSchema Max { get; } = Of("ReduceMax", "Maximum along axes.", ElementTypeSet.WideNumericOrByte, 18);

    public static OperatorSchema Mean { get; } = Of("ReduceMean", "Mean along axes.", ElementTypeSet.WideNumeric, 18);

    // Before axesSince the axes were an attribute.
    private static OperatorSchema Of(string name, string summary, ElementTypeSet types, int axesSince) => new()
    {
        Name = name,
        Summary = summary,
        Inputs = [OperandSchema.Of("data", "T", types), OperandSchema.OrAbsent("axes", "TAxes", ElementTypeSet.Int64, axesSince)],
        Outputs = [OperandSchema.Of("reduced", "T", types)],
        Attributes = [ReductionAttributes.KeepDimensionsSchema, ReductionAttributes.NothingWithoutAxesSchema],
        Shapes = call => [Shape(call)],
    };

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
