using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Operators;

/// <summary>Attributes of ArgMax and ArgMin.</summary>
/// <param name="Axis">Axis along which the extremum is sought; negative counts from the back.</param>
/// <param name="KeepDimensions">Whether that axis stays with size 1.</param>
/// <param name="SelectLastIndex">Whether the last of equal extrema counts, not the first.</param>
public sealed record ArgMaxAttributes(long Axis, bool KeepDimensions, bool SelectLastIndex)
{
    internal static AttributeSchema<long> AxisSchema { get; } = AttributeSchema.Int("axis", 0);

    internal static AttributeSchema<bool> KeepDimensionsSchema { get; } = AttributeSchema.Flag("keepdims", true);

    internal static AttributeSchema<bool> SelectLastIndexSchema { get; } = AttributeSchema.Flag("select_last_index", false, since: 12);

    /// <summary>The attributes of <paramref name="node"/>.</summary>
    public static ArgMaxAttributes Of(GraphNode node) => new(AxisSchema.Of(node), KeepDimensionsSchema.Of(node), SelectLastIndexSchema.Of(node));
}

internal static class ArgMax
{
    public static OperatorSchema Schema { get; } = Of("ArgMax", "Index of the maximum along an axis.");

    public static OperatorSchema Least { get; } = Of("ArgMin", "Index of the minimum along an axis.");

    private static OperatorSchema Of(string name, string summary) => new()
    {
        Name = name,
        Summary = summary,
        Inputs = [OperandSchema.Of("data", "T", ElementTypeSet.Numeric)],
        Outputs = [OperandSchema.Of("reduced", "tensor(int64)", ElementTypeSet.Int64)],
        Attributes = [ArgMaxAttributes.AxisSchema, ArgMaxAttributes.KeepDimensionsSchema, ArgMaxAttributes.SelectLastIndexSchema],
        Shapes = call =>
        {
            if (call.Shape(0) is not { } data)
            {
                return [null];
            }

            ArgMaxAttributes argMax = ArgMaxAttributes.Of(call.Node);
            int axis = call.Axis(argMax.Axis, data.Rank);
            return [new([.. data.Take(axis), .. argMax.KeepDimensions ? [1] : Array.Empty<Dimension>(), .. data.Skip(axis + 1)])];
        },
    };
}
