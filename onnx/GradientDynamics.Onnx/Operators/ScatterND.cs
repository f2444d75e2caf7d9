using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Operators;

/// <summary>Attributes of ScatterND.</summary>
/// <param name="Reduction">How updates combine with the data.</param>
public sealed record ScatterNDAttributes(ScatterReduction Reduction)
{
    /// <summary>The attributes of <paramref name="node"/>.</summary>
    public static ScatterNDAttributes Of(GraphNode node) => new(ScatterElementsAttributes.ReductionSchema.Of(node));
}

internal static class ScatterND
{
    public static OperatorSchema Schema { get; } = new()
    {
        Name = "ScatterND",
        Summary = "data with updates written at, or combined with, the parts at the positions in the last dimension of indices.",
        FirstOpset = 11,
        Inputs = [OperandSchema.Of("data", "T", ElementTypeSet.All), OperandSchema.Of("indices", "Tind", ElementTypeSet.Int64), OperandSchema.Of("updates", "T", ElementTypeSet.All)],
        Outputs = [OperandSchema.Of("output", "T", ElementTypeSet.All)],
        Attributes = [ScatterElementsAttributes.ReductionSchema],
        Shapes = call => [Shape(call)],
    };

    private static TensorShape? Shape(OperatorCall call)
    {
        TensorShape? data = call.Shape(0);
        if (data is { Rank: 0 } || call.Shape(1) is { Rank: 0 })
        {
            throw call.Error("data or indices is a scalar, which is not accepted");
        }

        if (data is null || call.Shape(1) is not { } indices || indices[indices.Rank - 1].Value is not { } depth)
        {
            return data;
        }

        if (depth < 1 || depth > data.Rank)
        {
            throw call.Error($"the last dimension of indices {indices} is {depth} and data is {data}; from 1 to {data.Rank} is accepted");
        }

        Dimension[] expected = [.. indices.Take(indices.Rank - 1), .. data.Skip((int)depth)];
        if (call.Shape(2) is { } updates && (updates.Rank != expected.Length || updates.Zip(expected).Any(pair => !OperatorCall.MayEqual(pair.First, pair.Second))))
        {
            throw call.Error($"data is {data}, indices is {indices} and updates is {updates}; {new TensorShape(expected)} is accepted for updates");
        }

        return data;
    }
}
