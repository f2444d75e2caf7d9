using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Operators;

/// <summary>Attributes of GatherND.</summary>
/// <param name="BatchDimensions">Number of leading dimensions that data and indices have in common.</param>
public sealed record GatherNDAttributes(long BatchDimensions)
{
    internal static AttributeSchema<long> BatchDimensionsSchema { get; } = AttributeSchema.Int("batch_dims", 0);

    /// <summary>The attributes of <paramref name="node"/>.</summary>
    public static GatherNDAttributes Of(GraphNode node) => new(BatchDimensionsSchema.Of(node));
}

internal static class GatherND
{
    public static OperatorSchema Schema { get; } = new()
    {
        Name = "GatherND",
        Summary = "The parts of data at the positions in the last dimension of indices; the first batch_dims dimensions are common to both.",
        FirstOpset = 11,
        Inputs = [OperandSchema.Of("data", "T", ElementTypeSet.All), OperandSchema.Of("indices", "Tind", ElementTypeSet.Int64)],
        Outputs = [OperandSchema.Of("output", "T", ElementTypeSet.All)],
        Attributes = [GatherNDAttributes.BatchDimensionsSchema],
        Shapes = call => [Shape(call)],
    };

    private static TensorShape? Shape(OperatorCall call)
    {
        long batch = GatherNDAttributes.Of(call.Node).BatchDimensions;
        if (batch < 0)
        {
            throw call.Error($"batch_dims is {batch}; 0 and more is accepted");
        }

        if (call.Shape(0) is not { } data || call.Shape(1) is not { } indices)
        {
            return null;
        }

        if (batch >= Math.Min(data.Rank, indices.Rank))
        {
            throw call.Error($"batch_dims is {batch}, data is {data} and indices is {indices}; a number below both counts of dimensions is accepted");
        }

        if (indices[indices.Rank - 1].Value is not { } depth)
        {
            return null;
        }

        if (depth < 1 || depth > data.Rank - batch)
        {
            throw call.Error($"the last dimension of indices {indices} is {depth} and data is {data}; from 1 to {data.Rank - batch} is accepted");
        }

        Dimension[] common = new Dimension[batch];
        for (int i = 0; i < batch; i++)
        {
            common[i] = OperatorCall.MayEqual(data[i], indices[i])
                ? OperatorCall.Unify(data[i], indices[i])
                : throw call.Error($"data is {data} and indices is {indices}; their first {batch} dimensions must be equal");
        }

        return new([.. common, .. indices.Skip((int)batch).Take(indices.Rank - 1 - (int)batch), .. data.Skip((int)(batch + depth))]);
    }
}
