using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Operators;

/// <summary>Attributes of CenterCropPad.</summary>
/// <param name="Axes">Axes whose sizes are given; null for all.</param>
public sealed record CenterCropPadAttributes(IReadOnlyList<long>? Axes)
{
    internal static AttributeSchema<long[]?> AxesSchema { get; } = AttributeSchema.OptionalInts("axes", "all");

    /// <summary>The attributes of <paramref name="node"/>.</summary>
    public static CenterCropPadAttributes Of(GraphNode node) => new(AxesSchema.Of(node));
}

internal static class CenterCropPad
{
    public static OperatorSchema Schema { get; } = new()
    {
        Name = "CenterCropPad",
        Summary = "The middle of the input, or the input in the middle of zeros, in the sizes given.",
        FirstOpset = 18,
        Inputs = [OperandSchema.Of("input_data", "T", ElementTypeSet.All), OperandSchema.Of("shape", "Tind", ElementTypeSet.Index)],
        Outputs = [OperandSchema.Of("output_data", "T", ElementTypeSet.All)],
        Attributes = [CenterCropPadAttributes.AxesSchema],
        Shapes = call => [Shape(call)],
    };

    private static TensorShape? Shape(OperatorCall call)
    {
        long? length = call.VectorLength(1, "shape");
        if (call.Shape(0) is not { } input)
        {
            return null;
        }

        int[] axes = CenterCropPadAttributes.Of(call.Node).Axes is { } given ? call.Axes([.. given], input.Rank) : [.. Enumerable.Range(0, input.Rank)];
        if (length is { } entries && entries != axes.Length)
        {
            throw call.Error($"shape has {entries} entries for {axes.Length} axes; one for each is accepted");
        }

        Dimension[] result = [.. input];
        for (int i = 0; i < axes.Length; i++)
        {
            KnownInteger size = call.Integers(1)?.Elements[i] ?? KnownInteger.Unknown;
            result[axes[i]] = size.Value is < 0 ? throw call.Error($"shape has {size.Value}; 0 and more is accepted") : size.ToDimension();
        }

        return new(result);
    }
}
